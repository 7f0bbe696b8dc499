"""A distribution over the band's edges -> verdict, suggestion, interval, evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.band import Joint, below_and_above, inside_of_cells, normalise, on_cells
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.measurement.signs import SIGNS
from lrdoctor.measurement.signs.sign import Signs
from lrdoctor.posterior import Tables
from lrdoctor.records.diagnosis import Belief, Evidence, Verdict
from lrdoctor.records.run import Floats

# What a report draws, and how far advice may lead: an LR of 100 with Adam is five decades off.
DECADES: Floats = np.round(np.arange(-4.0, 4.0001, 0.05), 2)
REACH: Floats = np.round(np.arange(-6.5, 6.5001, 0.05), 2)
# Signs that say where the LR stands, against custom and by itself.
PLACED = frozenset({"log_lr", "over_customary_adaptive", "over_customary_sgd"})
FOUR = (Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.DIVERGENT)


@dataclass(frozen=True)
class Prescription:
    """What to do next: a factor on the LR, and the 80 % interval of log10(band's middle / this LR)."""

    factor: float
    interval_decades: tuple[float, float]


def verdict_probabilities(below: float, above: float, quality: Quality) -> dict[Verdict, float]:
    """Probabilities of the four verdicts from P(below the band), P(above it) and what was seen.

    Divergence is an observation: seen, it leaves only the chance that the run was below the band
    all the same; not seen, it is possible only where the end stands about where the start did.
    """
    if quality.diverged:
        slow = min(below, limits.DIVERGED_BELOW)
        return {Verdict.TOO_SLOW: slow, Verdict.WELL_TUNED: 0.0, Verdict.TOO_HIGH: 0.0, Verdict.DIVERGENT: 1 - slow}
    low, high = limits.DIVERGED_UNSURE, limits.DIVERGED_SURE
    ratio = quality.diverged.end_ratio
    known = np.isfinite(ratio) and not quality.moving_target  # whose loss may rise with what it earns
    unsure = 0.5 * float(np.clip((ratio - low) / (high - low), 0, 1)) if known else 0.0
    return {
        Verdict.TOO_SLOW: below,
        Verdict.WELL_TUNED: max(1 - below - above, 0.0),
        Verdict.TOO_HIGH: above * (1 - unsure),
        Verdict.DIVERGENT: above * unsure,
    }


def given_divergence(tables: Tables, quality: Quality) -> Floats:
    """Log-factors (as of a sign) for having seen the run diverge: it lies above the band, with a little doubt."""
    factors = np.zeros(2 * tables.cells)
    if quality.diverged:
        doubt = float(np.log(limits.DIVERGED_BELOW))
        factors[tables.cells + tables.zero :] = doubt
        factors[tables.zero : tables.cells] = doubt
    return factors


def choose(probabilities: Mapping[Verdict, float], quality: Quality) -> tuple[Verdict, str]:
    """The verdict, and the reason where it is `inconclusive`."""
    if quality.refusal:
        return Verdict.INCONCLUSIVE, quality.refusal
    ranked = sorted(FOUR, key=lambda v: -probabilities[v])
    best, second = ranked[0], ranked[1]
    if quality.moving_target and not quality.diverged:
        why = "the loss of reinforcement learning follows a moving target and is no measure of progress"
        return Verdict.INCONCLUSIVE, f"{best} ({probabilities[best]:.0%}) at best: {why}"
    if probabilities[best] < limits.CONFIDENT:
        humps = {best, second} == {Verdict.TOO_SLOW, Verdict.TOO_HIGH}
        why = (
            "a flat loss is what a far too low and a far too high LR both leave"
            if humps
            else "the log fits both about as well"
        )
        return (
            Verdict.INCONCLUSIVE,
            f"{best} ({probabilities[best]:.0%}) or {second} ({probabilities[second]:.0%}): {why}",
        )
    return best, ""


def prescribe(
    joint: Joint, tables: Tables, quality: Quality, verdict: Verdict, decades: Floats = REACH
) -> Prescription:
    """The candidate most likely inside the band, above-band mass counted against it; 1 where staying is good.

    Regret is steeper above the band than below it, so a candidate pays `ABOVE_COSTS` times the
    probability that it lies above.  A run below the band is never sent further down, nor one above it further up,
    wherever the likeliest single candidate stands.
    """
    band = on_cells(joint, tables.borders, decades)
    here = int(np.argmin(np.abs(decades)))
    gain = band.gain
    side = _SIDES.get(verdict, 0)
    reach = limits.PRETRAINED_REACH if quality.pretrained else np.inf
    best = int(np.where((side * decades >= 0) & (np.abs(decades) <= reach + 1e-9), gain, -np.inf).argmax())
    stay = bool(quality.refusal) or (
        not quality.diverged and (band.inside[here] >= limits.STAY or gain[best] - gain[here] < limits.WORTH_MOVING)
    )
    factor = 1.0 if stay else float(10.0 ** decades[best])
    return Prescription(factor, band.interval())


_SIDES = {Verdict.TOO_SLOW: 1, Verdict.TOO_HIGH: -1, Verdict.DIVERGENT: -1}


def belief(joint: Joint, tables: Tables, advice: Prescription) -> Belief:
    """The distribution as a report draws it: four decades to either side, more where the advice leads farther."""
    farthest = max(abs(edge) for edge in advice.interval_decades)
    decades = DECADES if farthest < float(DECADES[-1]) else REACH
    band = on_cells(joint, tables.borders, decades)
    return Belief(
        decades=decades,
        in_band=band.inside,
        middle=band.middle,
        prior_in_band=inside_of_cells(normalise(tables.prior), tables.borders, decades),
    )


def evidence(
    tables: Tables, signs: Signs, parts: Mapping[str, Floats], total: Floats, quality: Quality
) -> Sequence[Evidence]:
    """How each sign moved the odds of each verdict, the strongest first: all signs against all but it."""
    full = tables.joint(total)
    known = verdict_probabilities(*below_and_above(full, tables.zero), quality)
    centre = _mean_middle(full, tables)
    label = {s.name: s for s in SIGNS}
    found = []
    for name, part in _merged(parts).items():
        if name not in label or not np.isfinite(signs.get(name, np.nan)):
            continue
        without = tables.joint(total - part)
        unknown = verdict_probabilities(*below_and_above(without, tables.zero), quality)
        odds = {v: _odds(known[v]) / _odds(unknown[v]) for v in FOUR}
        shift = centre - _mean_middle(without, tables)
        found.append(Evidence(name, label[name].label, signs[name], label[name].unit, odds, shift))
    return sorted(found, key=lambda e: -max(abs(float(np.log(o))) for o in e.odds.values()))


def _merged(parts: Mapping[str, Floats]) -> dict[str, Floats]:
    """The log-factors with the signs that place the run by its LR as one: they are one fact, read in two ways."""
    placed = [part for name, part in parts.items() if name in PLACED]
    others = {name: part for name, part in parts.items() if name not in PLACED}
    return {**others, "log_lr": np.sum(placed, axis=0)} if placed else others


def _odds(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return p / (1 - p)


def _mean_middle(joint: Joint, tables: Tables) -> float:
    return float(0.5 * (joint.sum(axis=1) @ tables.middles + joint.sum(axis=0) @ tables.middles))
