"""What an examined run says about the two edges, as log-factors."""

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.evidence import ABSOLUTE_LR_SIGNS
from lrdoctor.inference.tables import Tables
from lrdoctor.inference.verdict import divergence_log_factors
from lrdoctor.measurement.case import SETTING_SIGN_NAMES, Case
from lrdoctor.records.run import Floats


def sign_log_factors(case: Case, tables: Tables) -> dict[str, Floats]:
    """Each sign's log-factors, shape (2 * cells,) each, empty without signs; a doubtful curve's count for less.

    So do those of a kind of training that the fit has not seen: the answer then leans on what is customary.
    """
    if not case.signs:
        return {}
    new = is_unfamiliar(case, tables)
    trust = case.quality.trust * (limits.UNFAMILIAR if new else 1.0)
    custom = limits.UNFAMILIAR_CUSTOM if new else 1.0
    # How long a flat curve is says as little as the curve.
    setting = 0.0 if case.quality.flat else 1.0
    # What is customary from scratch says nothing of pretrained weights.
    silent = ABSOLUTE_LR_SIGNS if case.quality.pretrained else frozenset()
    return {
        name: (custom if name in tables.customs else setting if name in SETTING_SIGN_NAMES else trust) * part
        for name, part in tables.contributions(case.signs).items()
        if name in case.signs and name not in silent
    }


def is_unfamiliar(case: Case, tables: Tables) -> bool:
    """Whether the fit has seen no training of the case's kind."""
    return bool(tables.kinds) and case.kind not in tables.kinds


def log_factors(case: Case, tables: Tables) -> Floats:
    """Everything that an examined run says about the two edges, shape (2 * cells,)."""
    return summed_log_factors(sign_log_factors(case, tables), tables) + divergence_log_factors(tables, case.quality)


def summed_log_factors(parts: dict[str, Floats], tables: Tables) -> Floats:
    """The sum of the signs' log-factors, shape (2 * cells,); zeros where there is none."""
    return np.sum(list(parts.values()), axis=0) if parts else np.zeros(2 * tables.cells)
