"""The finding flat-after-decay: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.marks import level_line
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Flat after decay: the loss moves little at the end because the LR had been decayed.

What it says: the LR ends at or below a fifth of its peak, and in the part of the run where it was that low the loss
moved by less than 3 % of the whole progress.
Why it matters: the flat end says nothing about the peak LR; the schedule, not a stuck model, made it.
What it is not: a flat end after a decay is not a plateau of the peak LR.
Known false alarms: a run that had converged before the decay began; on a log scale so small a move may still be seen.
Evidence shown: the steps below the limit, and the level there, drawn on the loss.
Limits used: DECAYED, MOVED, FEW_POINTS.
References: Tissue et al. 2024 (arXiv:2408.11029) on the two parts of a loss curve under a moving LR.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the end of the schedule is low and the end of the loss is flat."""
    curve = case.curve
    if curve is None or curve.lr is None or case.quality.diverged:
        return None
    share = curve.lr / curve.lr.max()
    low = int(np.flatnonzero(share > limits.DECAYED)[-1]) + 1
    loss, step = curve.loss[low:], curve.finite_step[low:]
    if len(loss) < limits.FEW_POINTS or not curve.learned:
        return None
    fifth = max(len(loss) // 5, 3)
    moved = (float(np.median(loss[:fifth])) - float(np.median(loss[-fifth:]))) / curve.descent
    if abs(moved) > limits.MOVED:
        return None
    level = float(np.median(loss))
    return RULE.found(
        f"from step {step[0]:g} on the LR was below {100 * limits.DECAYED:.0f} % of its peak, and the loss moved "
        f"by {100 * abs(moved):.1f} % of the whole progress: that is the schedule, not a stuck model",
        value=abs(moved),
        limit=limits.MOVED,
        unit=limits.MOVED.unit,
        steps=(float(step[0]), float(step[-1])),
        series=case.roles.loss,
        drawn=(level_line(curve, low, level, "level after the decay", f"{level:.4g}"),),
    )


RULE = Rule("LR202", "flat-after-decay", Severity.INFO, PAGE, check)
