"""The finding spikes: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.marks import points
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.numerics import MAD_TO_SIGMA
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.records.run import Floats

PAGE = """\
Spikes: single losses stand far above their neighbours, again and again.

What it says: after the first tenth of the run, losses rise more than 6 sigma above the local level and by more than a
tenth of the whole progress.
Why it matters: each spike is a step that was too long for where the weights were; those that do not come back at once
cost steps.
What it is not: a spike that comes back is by itself no reason for a lower LR: a bad batch does the same; it is how
often they come, and how long they take to come back, that counts.
Known false alarms: rare hard batches in small data sets; a loss logged on one batch in many.
Evidence shown: the spikes, marked on the loss; how many a thousand points, and the longest way back.
Limits used: SPIKE_SIGMA, SPIKE_HEIGHT, SPIKE_RATE.
References: OLMo's SpikeScore (6 sigma over 128 steps); llm-foundry's KillLossSpike.
"""

MIN_POINTS = 64  # points; fewer have no local level and spread
LEVEL_BLOCKS, MIN_BLOCK = 40, 16  # the local level is the median of a fortieth of the points, at least sixteen


def check(case: Case) -> Finding | None:
    """The finding, if losses spike more often than the limit."""
    curve = case.curve
    if curve is None or case.quality.diverged or len(curve.loss) < MIN_POINTS:
        return None
    # The noise of a positive loss is about proportional to it: on its logarithm the tail of large batch losses is none.
    unusual, sigma = _residual(np.log(curve.loss) if (curve.loss > 0).all() else curve.loss)
    above, _ = _residual(curve.loss)
    first = len(curve.loss) // 10
    high = (unusual > limits.SPIKE_SIGMA * sigma) & (above > limits.SPIKE_HEIGHT * curve.descent)
    high[:first] = False
    starts = np.flatnonzero(high & ~np.r_[False, high[:-1]])
    rate = 1000 * len(starts) / (len(curve.loss) - first)
    if not len(starts) or rate < limits.SPIKE_RATE:
        return None
    calm = unusual <= 2 * sigma
    back = [int(np.argmax(calm[at:])) if calm[at:].any() else None for at in starts]
    lost = None in back
    slowest = max(points_ or 0 for points_ in back)
    way = "the last did not come back" if lost else f"back to the level after {slowest} points at most"
    step = curve.finite_step[starts]
    height = float(above[high].max()) / curve.descent
    return RULE.found(
        f"{len(starts)} spike{'s' if len(starts) > 1 else ''}, {height:.2g} times the progress at most; {way}",
        value=rate,
        limit=limits.SPIKE_RATE,
        unit=limits.SPIKE_RATE.unit,
        steps=(float(step[0]), float(step[-1])),
        series=case.roles.loss,
        drawn=(points(step, curve.loss[starts], "spikes", f"{rate:.2g} a thousand points"),),
    )


def _residual(loss: Floats) -> tuple[Floats, Floats]:
    """How far each loss stands above its local level, and the local noise (one sigma), shape (n,) each."""
    width = max(MIN_BLOCK, len(loss) // LEVEL_BLOCKS)
    count = len(loss) // width
    blocks = loss[: count * width].reshape(count, width)
    middle, every = (np.arange(count) + 0.5) * width, np.arange(len(loss))
    level = np.interp(every, middle, np.median(blocks, axis=1))
    above = loss - level
    spread = MAD_TO_SIGMA * np.median(np.abs(above[: count * width].reshape(count, width)), axis=1)
    return above, np.interp(every, middle, spread)


RULE = Rule("LR105", "spikes", Severity.WARNING, PAGE, check)
