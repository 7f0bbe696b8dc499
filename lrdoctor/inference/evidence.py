"""What each sign did to the verdict, in words a report can use."""

from collections.abc import Mapping, Sequence

import numpy as np

from lrdoctor.inference.band import Joint, below_and_above
from lrdoctor.inference.tables import Tables
from lrdoctor.inference.verdict import verdict_probabilities
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.measurement.signs import BY_NAME
from lrdoctor.measurement.signs.sign import Signs
from lrdoctor.records.diagnosis import VERDICTS, Evidence
from lrdoctor.records.run import Floats

# Signs of the LR itself: against custom, and its absolute value.
ABSOLUTE_LR_SIGNS = frozenset({"log_lr", "over_customary_adaptive", "over_customary_sgd"})


def evidence(
    tables: Tables, signs: Signs, parts: Mapping[str, Floats], total: Floats, quality: Quality
) -> Sequence[Evidence]:
    """How each sign moved the odds of each verdict, the strongest first: all signs against all but it.

    Args:
        tables: the fitted posterior.
        signs: the run's signs; those that are NaN are left out.
        parts: each sign's log-factors, shape (2 * cells,) each.
        total: their sum and what divergence adds, shape (2 * cells,).
        quality: of the run's log.
    """
    full = tables.joint(total)
    with_sign = verdict_probabilities(*below_and_above(full, tables.zero), quality)
    centre = _mean_middle(full, tables)
    found = []
    for name, part in _merge_absolute_lr_signs(parts).items():
        if name not in BY_NAME or not np.isfinite(signs.get(name, np.nan)):
            continue
        without = tables.joint(total - part)
        without_sign = verdict_probabilities(*below_and_above(without, tables.zero), quality)
        odds = {v: _odds(with_sign[v]) / _odds(without_sign[v]) for v in VERDICTS}
        shift = centre - _mean_middle(without, tables)
        found.append(Evidence(name, BY_NAME[name].label, signs[name], BY_NAME[name].unit, odds, shift))
    return sorted(found, key=lambda e: -max(abs(float(np.log(o))) for o in e.odds.values()))


def _merge_absolute_lr_signs(parts: Mapping[str, Floats]) -> dict[str, Floats]:
    """The log-factors, those of the LR itself as one: they are one fact, read in two ways."""
    absolute = [part for name, part in parts.items() if name in ABSOLUTE_LR_SIGNS]
    others = {name: part for name, part in parts.items() if name not in ABSOLUTE_LR_SIGNS}
    return {**others, "log_lr": np.sum(absolute, axis=0)} if absolute else others


def _odds(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return p / (1 - p)


def _mean_middle(joint: Joint, tables: Tables) -> float:
    return float(0.5 * (joint.sum(axis=1) @ tables.middles + joint.sum(axis=0) @ tables.middles))
