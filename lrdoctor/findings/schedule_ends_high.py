"""The finding schedule-ends-high: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Schedule ends high: the LR was never decayed, and the end of the loss is noisy.

What it says: the logged LR ends at no less than half its peak, while the step-to-step noise at the end is more than 2
% of the whole progress.
Why it matters: a decay to zero over the last fifth releases what the LR holds up, at the same peak and the same cost.
What it is not: a high end is no sign of a wrong peak LR; constant schedules are used on purpose, and cut short.
Known false alarms: a run that was stopped before its decay; small batches, whose noise no schedule removes.
Evidence shown: the last LR over its peak.
Limits used: NOT_DECAYED, NOISY_END.
References: Hägele et al. 2024 (arXiv:2405.18392); Tissue et al. 2024 (arXiv:2408.11029).
"""


def check(case: Case) -> Finding | None:
    """The finding, if the LR ends high on a noisy loss."""
    curve = case.curve
    if curve is None or curve.last_lr is None or case.quality.diverged or not curve.learned:
        return None
    noise = curve.jitter / curve.descent
    if curve.last_lr < limits.NOT_DECAYED or noise < limits.NOISY_END:
        return None
    return RULE.found(
        f"the LR ends at {100 * curve.last_lr:.0f} % of its peak, on noise of {noise:.2g} times the progress",
        value=curve.last_lr,
        limit=limits.NOT_DECAYED,
        unit=limits.NOT_DECAYED.unit,
        steps=(float(curve.step[0]), float(curve.step[-1])),
        series=case.roles.lr,
    )


RULE = Rule("LR303", "schedule-ends-high", Severity.INFO, PAGE, check)
