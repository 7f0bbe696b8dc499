"""From the distribution over the band to a verdict."""

from collections.abc import Mapping

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import VERDICTS, Verdict
from lrdoctor.records.run import Floats


def verdict_probabilities(below: float, above: float, quality: Quality) -> dict[Verdict, float]:
    """Probabilities of the four verdicts from P(below the band), P(above it) and what was seen.

    Divergence is an observation: seen, it leaves only the chance that the run was below the band
    all the same; not seen, it is possible only where the loss ends about where it started.  They sum to 1.
    """
    if quality.diverged:
        slow = min(below, limits.DIVERGED_BELOW)
        return {Verdict.TOO_SLOW: slow, Verdict.WELL_TUNED: 0.0, Verdict.TOO_HIGH: 0.0, Verdict.DIVERGENT: 1 - slow}
    unsure = _diverged_unseen(quality)
    return {
        Verdict.TOO_SLOW: below,
        Verdict.WELL_TUNED: max(1 - below - above, 0.0),
        Verdict.TOO_HIGH: above * (1 - unsure),
        Verdict.DIVERGENT: above * unsure,
    }


def _diverged_unseen(quality: Quality) -> float:
    """Of the chance to lie above the band, the share that the run diverged without being seen to."""
    low, high = limits.DIVERGED_UNSURE, limits.DIVERGED_SURE
    ratio = quality.diverged.end_ratio
    if quality.moving_target:  # whose loss may rise with what it earns
        return 0.0
    if not np.isfinite(ratio):
        return float(limits.DIVERGED_UNSEEN) if quality.no_beginning else 0.0
    return limits.DIVERGED_BORDER * float(np.clip((ratio - low) / (high - low), 0, 1))


def divergence_log_factors(tables: Tables, quality: Quality) -> Floats:
    """Log-factors of having seen the run diverge, shape (2 * cells,): it lies above the band, with a little doubt.

    Zeros where it did not diverge.
    """
    factors = np.zeros(2 * tables.cells)
    if quality.diverged:
        doubt = float(np.log(limits.DIVERGED_BELOW))
        factors[tables.cells + tables.zero :] = doubt
        factors[tables.zero : tables.cells] = doubt
    return factors


def _least_confidence(quality: Quality) -> float:
    """The probability below which no verdict is named on this log."""
    if quality.flat:
        return limits.CONFIDENT_FLAT
    return limits.CONFIDENT_LATE if quality.no_beginning else limits.CONFIDENT


def choose(probabilities: Mapping[Verdict, float], quality: Quality) -> tuple[Verdict, str]:
    """The verdict, and the reason where it is `inconclusive`, else ""; `probabilities` has all of `VERDICTS`."""
    if quality.refusal:
        return Verdict.INCONCLUSIVE, quality.refusal
    ranked = sorted(VERDICTS, key=lambda v: -probabilities[v])
    best, second = ranked[0], ranked[1]
    if quality.moving_target and not quality.diverged:
        why = "the loss of reinforcement learning follows a moving target and is no measure of progress"
        return Verdict.INCONCLUSIVE, f"{best} ({probabilities[best]:.0%}) at best: {why}"
    least = _least_confidence(quality)
    # Without the beginning nobody can see whether a run above the band diverged: its two names are one verdict then.
    above = probabilities[Verdict.TOO_HIGH] + probabilities[Verdict.DIVERGENT]
    if quality.no_beginning and not quality.diverged and above >= least:
        return Verdict.TOO_HIGH, ""
    if probabilities[best] >= least and probabilities[best] - probabilities[second] >= limits.CLOSE:
        return best, ""
    if quality.flat:
        return Verdict.INCONCLUSIVE, f"{quality.flat}; a far too low and a far too high LR both leave that"
    humps = {best, second} == {Verdict.TOO_SLOW, Verdict.TOO_HIGH}
    why = (
        "a flat loss is what a far too low and a far too high LR both leave"
        if humps
        else f"{quality.no_beginning}, and the rest fits both about as well"
        if quality.no_beginning
        else "the log fits both about as well"
    )
    return Verdict.INCONCLUSIVE, f"{best} ({probabilities[best]:.0%}) or {second} ({probabilities[second]:.0%}): {why}"
