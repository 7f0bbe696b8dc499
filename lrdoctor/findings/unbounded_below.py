"""The finding unbounded-below: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import runs_below_zero
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Unbounded below: the loss runs away below zero, faster and faster.

What it says: the loss ends far below zero, and its second half fell more than twice as far as its first.
Why it matters: a loss without a lower bound is won by growing the weights, not by learning.
What it is not: a negative log-likelihood of a density, which is below zero and settles there.
Known false alarms: none known.
Evidence shown: the last loss over the first one's size.
Limits used: BELOW_ZERO.
References: threads that end with a turned sign, a maximised objective that was minimised, or a margin without a floor.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss has no lower bound."""
    loss = case.loss
    if loss is None:
        return None
    finite = loss.value[np.isfinite(loss.value)]
    if not runs_below_zero(finite):
        return None
    return RULE.found(
        f"the loss ends at {finite[-1]:.4g} and falls ever faster: look for a turned sign, or a term without a floor",
        value=abs(float(finite[-1])) / max(abs(float(finite[0])), 1.0),
        limit=limits.BELOW_ZERO,
        unit=limits.BELOW_ZERO.unit,
        steps=(float(loss.step[0]), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR110", "unbounded-below", Severity.FAULT, PAGE, check)
