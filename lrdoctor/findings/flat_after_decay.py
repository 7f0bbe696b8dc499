"""Flat after decay: the loss is flat at the end because the LR had been decayed.

What it says: the LR ends at or below a fifth of its peak, and the loss has no slope beyond its interval in the part
of the run where it was that low.
Why it matters: the flat end says nothing about the peak LR; the schedule, not a stuck model, made it.
What it is not: a flat end after a decay is not a plateau of the peak LR.
Known false alarms: a run that had converged before the decay began.
Evidence shown: the last LR over its peak, and the steps below the limit.
Limits used: DECAYED, FLAT, FLAT_GAIN, FEW_POINTS.
References: Tissue et al. 2024 (arXiv:2408.11029) on the two parts of a loss curve under a moving LR.
"""

import numpy as np

from lrdoctor import limits
from lrdoctor.curve import slope
from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.findings.marks import level_line
from lrdoctor.findings.rule import Case, Rule


def check(case: Case) -> Finding | None:
    """The finding, if the end of the schedule is low and the end of the loss is flat."""
    trace = case.trace
    if trace is None or trace.lr is None or case.quality.diverged:
        return None
    share = trace.lr / trace.lr.max()
    low = np.flatnonzero(share > limits.DECAYED.value)[-1] + 1
    step = trace.finite_step[low:]
    if len(step) < limits.FEW_POINTS.value:
        return None
    fitted = slope(np.log(step - trace.step[0] + 1), trace.loss[low:])
    gain = -fitted.value / trace.descent
    if gain > limits.FLAT_GAIN.value and -fitted.t > limits.FLAT.value:
        return None
    first, level = low, float(np.median(trace.loss[low:]))
    return RULE.found(
        f"from step {step[0]:g} on the LR was below {100 * limits.DECAYED.value:.0f} % of its peak and the loss stood "
        "still: the schedule ended, which is not a stuck model",
        value=float(share[-1]),
        limit=limits.DECAYED.value,
        unit=limits.DECAYED.unit,
        steps=(float(step[0]), float(step[-1])),
        series=case.roles.loss,
        drawn=(level_line(trace, first, level, "level after the decay", f"{level:.4g}"),),
    )


RULE = Rule("LR202", "flat-after-decay", Severity.INFO, __doc__, check)
