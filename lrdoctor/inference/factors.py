"""What an examined run says about the two edges, as log-factors."""

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.tables import Tables
from lrdoctor.inference.verdict import divergence_log_factors
from lrdoctor.measurement.case import SETTING_SIGN_NAMES, Case
from lrdoctor.measurement.fine_tuning import customary_log_lr
from lrdoctor.measurement.kind import Kind
from lrdoctor.records.run import Floats
from lrdoctor.vocabulary.optimizers import PLAIN

HALF_BAND = 0.35  # decades between the middle of a usual band and its edges
FLOOR = -6.0  # of one edge's log-factor: custom is no law


def sign_log_factors(case: Case, tables: Tables) -> dict[str, Floats]:
    """Each sign's log-factors, shape (2 * cells,) each, empty without signs; a doubtful curve's count for less.

    So do those of a kind of training that the fit has not seen: the answer then leans on what is customary.
    """
    if not case.signs:
        return {}
    new = is_unfamiliar(case, tables)
    trust = case.quality.trust * (limits.UNFAMILIAR if new else 1.0)
    custom = limits.UNFAMILIAR_CUSTOM if new else 1.0
    # What is customary for SGD is so in vision: hardly anyone trains language models with it.
    no_custom = case.kind is Kind.LANGUAGE_MODEL and case.setting.optimizer in PLAIN
    # How long a flat curve is says as little as the curve.
    setting = 0.0 if case.quality.flat else 1.0
    return {
        name: (custom if name in tables.customs else setting if name in SETTING_SIGN_NAMES else trust) * part
        for name, part in tables.contributions(case.signs).items()
        if name in case.signs and not (no_custom and name in tables.customs)
    }


def tuned_log_factors(parts: dict[str, Floats], case: Case, tables: Tables) -> Floats:
    """The same sum where the run tunes pretrained weights, shape (2 * cells,).

    What is customary from scratch says nothing of them, and what the curve says counts for less; the LR is held against
    what is customary for such a tuning: half a band to either side of it.
    """
    curve = {name: limits.TUNED_TRUST * part for name, part in parts.items() if name not in tables.customs}
    total = summed_log_factors(curve, tables)
    if case.setting.lr is None:
        return total
    middle, spread = customary_log_lr(case.quality.fine_tuning, case.setting.optimizer)
    off = middle - float(np.log10(case.setting.lr))
    edges = [-0.5 * ((tables.middles - off - side) / spread) ** 2 for side in (-HALF_BAND, HALF_BAND)]
    return total + np.maximum(np.concatenate(edges), FLOOR)


def is_unfamiliar(case: Case, tables: Tables) -> bool:
    """Whether the fit has seen no training of the case's kind."""
    return bool(tables.kinds) and case.kind not in tables.kinds


def log_factors(case: Case, tables: Tables) -> Floats:
    """Everything that an examined run says about the two edges, shape (2 * cells,)."""
    return summed_log_factors(sign_log_factors(case, tables), tables) + divergence_log_factors(tables, case.quality)


def summed_log_factors(parts: dict[str, Floats], tables: Tables) -> Floats:
    """The sum of the signs' log-factors, shape (2 * cells,); zeros where there is none."""
    return np.sum(list(parts.values()), axis=0) if parts else np.zeros(2 * tables.cells)
