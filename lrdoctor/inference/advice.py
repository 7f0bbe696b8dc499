"""A distribution over the band's edges -> the LR to use next, its interval, and what a report draws."""

from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.band import Joint, inside_of_cells, normalise, on_cells
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import Belief, Verdict
from lrdoctor.records.run import Floats

# What a report draws, and how far advice may lead: an LR of 100 with Adam is five decades off.
DRAWN_DECADES: Floats = np.round(np.arange(-4.0, 4.0001, 0.05), 2)
CANDIDATE_DECADES: Floats = np.round(np.arange(-6.5, 6.5001, 0.05), 2)


@dataclass(frozen=True)
class Prescription:
    """What to do next: a factor on the LR, and the 80 % interval of log10(band's middle / this LR)."""

    factor: float
    interval_decades: tuple[float, float]


def prescribe(
    joint: Joint, tables: Tables, quality: Quality, verdict: Verdict, decades: Floats = CANDIDATE_DECADES
) -> Prescription:
    """The candidate most likely inside the band, above-band mass counted against it; 1 where staying is good.

    Regret is steeper above the band than below it, so a candidate pays `ABOVE_COSTS` times the
    probability that it lies above.  A run below the band is never sent further down, nor one above it further up,
    wherever the likeliest single candidate lies.

    Args:
        joint: probabilities of (low, high), shape (cells, cells).
        tables: whose cells they are.
        quality: of the run's log.
        verdict: says in which direction the advice may lead.
        decades: candidates, log10 of a factor on this run's LR, ascending and even, shape (n,); 0 is one of them.
    """
    band = on_cells(joint, tables.borders, decades)
    here = int(np.argmin(np.abs(decades)))
    gain = band.gain
    side = _ONLY_WAY.get(verdict, 0)
    reach = limits.PRETRAINED_REACH if quality.pretrained else np.inf
    best = int(np.where((side * decades >= 0) & (np.abs(decades) <= reach + 1e-9), gain, -np.inf).argmax())
    stay = bool(quality.refusal) or (
        not quality.diverged and (band.inside[here] >= limits.STAY or gain[best] - gain[here] < limits.WORTH_MOVING)
    )
    factor = 1.0 if stay else float(10.0 ** decades[best])
    return Prescription(factor, band.interval())


# In which direction alone a verdict lets the LR move; either way for the others.
_ONLY_WAY = {Verdict.TOO_SLOW: 1, Verdict.TOO_HIGH: -1, Verdict.DIVERGENT: -1}


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
