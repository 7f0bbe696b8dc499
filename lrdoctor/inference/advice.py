"""A distribution over the band's edges -> the LR to use next, its interval, and what a report draws."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.band import Joint, inside_of_cells, normalise, on_cells
from lrdoctor.inference.regret import chance_of_harm, expected_regret
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import Belief, Verdict
from lrdoctor.records.run import Floats

# What a report draws, and how far advice may lead: an LR of 100 with Adam is five decades off.
DRAWN_DECADES: Floats = np.round(np.arange(-4.0, 4.0001, 0.05), 2)
CANDIDATE_DECADES: Floats = np.round(np.arange(-6.5, 6.5001, 0.05), 2)


@dataclass(frozen=True)
class Prescription:
    """What to do next.

    Args:
        factor: on the LR, where it leads in the end; None where nothing is prescribed.
        interval_decades: the 80 % interval of log10(band's middle / this LR).
    """

    factor: float | None
    interval_decades: tuple[float, float]


def prescribe(
    joint: Joint,
    tables: Tables,
    quality: Quality,
    verdict: Verdict,
    probabilities: Mapping[Verdict, float],
    *,
    blew_up_at: float | None = None,
    decades: Floats = CANDIDATE_DECADES,
) -> Prescription:
    """The candidate of least expected regret that one would dare; 1 where the run is good, or moving is not worth it.

    A run below the band is never sent further down, nor one above it further up, wherever the least regret lies.

    Args:
        joint: probabilities of (low, high), shape (cells, cells).
        tables: whose cells they are.
        quality: of the run's log.
        verdict: says in which direction the advice may lead; nothing is prescribed where it is inconclusive.
        probabilities: of the four verdicts.
        blew_up_at: log10 of the LR at which this run blew up over its own LR, or None: no candidate reaches it.
        decades: candidates, log10 of a factor on this run's LR, ascending and even, shape (n,); 0 is one of them.
    """
    band = on_cells(joint, tables.borders, decades)
    interval = band.interval()
    if verdict is Verdict.INCONCLUSIVE:
        return Prescription(None, interval)
    tuned = quality.fine_tuning.probability >= limits.MAYBE_TUNED
    if verdict is Verdict.WELL_TUNED and (tuned or probabilities[verdict] >= limits.LIKELY):
        return Prescription(1.0, interval)
    regret = expected_regret(joint, tables.borders, decades, tables.regret)
    cost = regret + limits.MISSES * (1 - band.inside)
    here = int(np.argmin(np.abs(decades)))
    lowest, highest = _reach(quality, verdict, probabilities[verdict])
    if blew_up_at is not None:
        highest = min(highest, blew_up_at - 1e-6)
    allowed = (decades >= lowest - 1e-9) & (decades <= highest + 1e-9)
    best = int(np.where(allowed, cost, np.inf).argmin()) if allowed.any() else 0
    # Half of the gain by a shorter way harms less often: come back until harm is unlikely.
    while best != here and not quality.diverged and _harms(joint, tables, float(decades[best])):
        best += 1 if best < here else -1
    gain = float(cost[here] - cost[best])
    if best == here or (not quality.diverged and gain < limits.WORTH_MOVING):
        return Prescription(1.0, interval)
    return Prescription(float(10.0 ** decades[best]), interval)


def _harms(joint: Joint, tables: Tables, place: float) -> bool:
    return chance_of_harm(joint, tables.borders, place, tables.regret, limits.BAND_LOSS) > limits.HARM


def _reach(quality: Quality, verdict: Verdict, probability: float) -> tuple[float, float]:
    """How far down and up, in decades, one would dare to go on this log and verdict.

    Up is where a run breaks: more than ten times the LR takes a whole log and a very likely verdict.  Down costs time
    alone, and where the run broke, an absurd LR is not left in steps of ten.
    """
    whole = not quality.no_beginning and not quality.caveats
    step = limits.FIRST_STEP if probability >= limits.LIKELY else limits.CAREFUL_STEP
    up = math.inf if whole and probability >= limits.VERY_LIKELY else step
    down = math.inf if quality.diverged or (whole and probability >= limits.LIKELY) else step
    if quality.fine_tuning.probability >= limits.MAYBE_TUNED:
        up, down = min(up, limits.PRETRAINED_REACH), min(down, limits.PRETRAINED_REACH)
    return {
        Verdict.TOO_SLOW: (0.0, up),
        Verdict.WELL_TUNED: (-min(down, limits.CAREFUL_STEP), min(up, limits.CAREFUL_STEP)),
        Verdict.TOO_HIGH: (-down, 0.0),
        Verdict.DIVERGENT: (-down, 0.0),
    }[verdict]


def belief(joint: Joint, tables: Tables, advice: Prescription) -> Belief:
    """The distribution as a report draws it: four decades to either side, more where the advice leads farther."""
    farthest = max(abs(edge) for edge in advice.interval_decades)
    decades = DRAWN_DECADES if farthest < float(DRAWN_DECADES[-1]) else CANDIDATE_DECADES
    band = on_cells(joint, tables.borders, decades)
    return Belief(
        decades=decades,
        in_band=band.inside,
        middle=band.middle,
        prior_in_band=inside_of_cells(normalise(tables.prior), tables.borders, decades),
    )
