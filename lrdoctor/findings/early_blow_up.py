"""The finding early-blow-up: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.marks import points
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.records.run import Floats

PAGE = """\
Early blow-up: the loss rose far above its start early on and came back.

What it says: in the first fifth of the run a logged loss stood above 1.5 times the first one (or was not finite, for
more than a point or two), and the run ended below nine tenths of its start.
Why it matters: a "catapult": the LR is above the stability limit of the initial weights; a warm-up removes it.
What it is not: an early blow-up that training survived is not by itself a reason for a lower LR.
Known false alarms: a first logged loss that is unusually low by chance.
Evidence shown: the highest loss over the first, and when.
Limits used: EARLY, BLOW_UP, RECOVERED, ISOLATED.
References: Lewkowycz et al. 2020 (arXiv:2003.02218).
"""


def check(case: Case) -> Finding | None:
    """The finding, if the run blew up early and recovered."""
    loss, curve = case.loss, case.curve
    if loss is None or curve is None or case.quality.diverged or curve.start <= 0:
        return None
    if curve.end > limits.RECOVERED * curve.start:
        return None
    early = loss.step <= loss.step[0] + limits.EARLY * (loss.step[-1] - loss.step[0])
    height = heights(loss.value, curve.start)[early]
    high = np.flatnonzero(height > limits.BLOW_UP)
    if not len(high):
        return None
    peak = float(height.max())
    text = f"{peak:.3g} times its start" if np.isfinite(peak) else "a non-finite value"
    at = int(height.argmax())
    return RULE.found(
        f"the loss rose to {text} at step {loss.step[at]:g} and recovered",
        value=peak,
        limit=limits.BLOW_UP,
        unit=limits.BLOW_UP.unit,
        steps=(float(loss.step[high[0]]), float(loss.step[high[-1]])),
        series=case.roles.loss,
        drawn=(points(loss.step[at : at + 1], loss.value[at : at + 1], "highest early loss", text),)
        if np.isfinite(peak)
        else (),
    )


def heights(value: Floats, start: float) -> Floats:
    """Losses over the start, shape (n,); infinite in stretches of non-finite ones, 0 where one stands alone."""
    bad = ~np.isfinite(value)
    edges = np.flatnonzero(np.diff(np.r_[0, bad, 0]))
    height = np.where(bad, 0.0, value) / start
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if end - first >= limits.ISOLATED:
            height[first:end] = np.inf
    return height


RULE = Rule("LR104", "early-blow-up", Severity.INFO, PAGE, check)
