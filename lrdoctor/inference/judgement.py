"""Case -> what is believed of the band, the verdict and what to do: all that is inferred of one run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.advice import Prescription, prescribe
from lrdoctor.inference.band import Joint, below_and_above
from lrdoctor.inference.factors import sign_log_factors, summed_log_factors, tuned_log_factors
from lrdoctor.inference.tables import Tables
from lrdoctor.inference.verdict import choose, divergence_log_factors, verdict_probabilities
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Floats


@dataclass(frozen=True, eq=False)
class Judgement:
    """What is inferred of one run.

    Args:
        tables: that it was inferred with: those suited to the log.
        parts: each sign's log-factors, shape (2 * cells,) each.
        total: their sum and what divergence adds, shape (2 * cells,).
        joint: probabilities of (low, high), shape (cells, cells).
        probabilities: of the four verdicts.
        verdict, reason: the word, and why it is `inconclusive`, else "".
        advice: what to do.
    """

    tables: Tables
    parts: Mapping[str, Floats]
    total: Floats
    joint: Joint
    probabilities: Mapping[Verdict, float]
    verdict: Verdict
    reason: str
    advice: Prescription


def outside_the_band(joint: Joint, tables: Tables) -> Joint:
    """The joint of a run that has learned nothing: wherever the band lies, it hardly lies here; shape as given."""
    inside = np.zeros_like(joint, dtype=bool)
    inside[: tables.zero, tables.zero :] = True
    left = np.where(inside, limits.LEARNED_NOTHING * joint, joint)
    return np.asarray(left / left.sum())


def judge(case: Case, tables: Tables) -> Judgement:
    """What the fitted `tables` make of an examined run."""
    tables = tables.suited_to(case.curve)
    parts = sign_log_factors(case, tables)
    seen, tuned = divergence_log_factors(tables, case.quality), case.quality.fine_tuning.probability
    total = summed_log_factors(parts, tables) + seen
    joint = tables.joint(total)
    if tuned > 0 and case.signs:
        # Either it was trained from scratch or it was not: a mixture, not a sum of evidence.
        joint = (1 - tuned) * joint + tuned * tables.joint(tuned_log_factors(parts, case, tables) + seen)
    if case.quality.chance is not None and case.quality.chance.named:
        joint = outside_the_band(joint, tables)
    probabilities = verdict_probabilities(*below_and_above(joint, tables.zero), case.quality)
    verdict, reason = choose(probabilities, case.quality)
    advice = prescribe(joint, tables, case.quality, verdict, probabilities)
    return Judgement(tables, parts, total, joint, probabilities, verdict, reason, advice)
