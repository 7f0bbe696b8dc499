"""The finding target-scale: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Target scale: the loss begins enormous.

What it says: the first loss is above ten thousand.
Why it matters: targets in a large unit, or a sum over many elements, scale the gradient with them: the LR that fits is
then far from what is customary, and clipping sets the steps.
What it is not: a fault by itself; a sum over pixels is usual for some models.
Known false alarms: sums by design (ELBOs, physics losses).
Evidence shown: the first loss.
Limits used: TARGET_SCALE.
References: Keras and PyTorch forums on regression: standardise the targets, average rather than sum.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss begins in a large unit."""
    curve = case.curve
    if curve is None or not curve.begins or curve.start <= limits.TARGET_SCALE:
        return None
    return RULE.found(
        f"the first loss is {curve.start:.3g}: standardise the targets, or average where the loss sums; customary LRs "
        "are for losses near 1",
        value=curve.start,
        limit=limits.TARGET_SCALE,
        unit=limits.TARGET_SCALE.unit,
        steps=(float(curve.step[0]), float(curve.step[0])),
        series=case.roles.loss,
    )


RULE = Rule("LR114", "target-scale", Severity.INFO, PAGE, check)
