"""The finding zero-loss: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import zero_from
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Zero loss: the loss is exactly 0 from some step on.

What it says: after losses that were far from it, every logged loss is 0.
Why it matters: trainers write 0 for what was not finite, and a mask that leaves no token has a loss of 0: either way
nothing is learned from there on.
What it is not: a perfect fit: that comes down to zero slowly.
Known false alarms: hinge losses that every example satisfies at once.
Evidence shown: the first step of the zeros.
Limits used: FILTERED_POINTS, NEAR_ZERO.
References: Hugging Face's `logging_nan_inf_filter`; labels of -100 throughout after truncation.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss became exactly 0."""
    loss = case.loss
    since = None if loss is None else zero_from(loss)
    if loss is None or since is None:
        return None
    return RULE.found(
        f"the loss is exactly 0 from step {since:g} on: look for a non-finite loss that was replaced, and for batches "
        "whose every label is masked",
        value=float((loss.step >= since).sum()),
        limit=limits.FILTERED_POINTS,
        unit="losses of 0 at the end",
        steps=(since, float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR109", "zero-loss", Severity.FAULT, PAGE, check)
