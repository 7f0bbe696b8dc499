"""The finding still-falling: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.marks import second_half
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.signs.descent import falls
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Still falling: the loss was going down when the run ended.

What it says: over the second half of the run's LR-time the loss falls, by its fitted slope in log-time, faster than 3
% of the whole progress per 2.7-fold time, beyond its 95 % interval.
Why it matters: training longer, or faster, would have paid.
What it is not: still falling is not by itself too slow: a run with the best LR that was given too few steps falls to
its end as well.
Known false alarms: a schedule that decays to zero, which makes most losses fall at the end.
Evidence shown: the slope with its standard error (HAC), drawn on the loss.
Limits used: FALLING_GAIN, FLAT.
References: Tuning Playbook, "still improving at the end".
"""


def check(case: Case) -> Finding | None:
    """The finding, if the end of the curve falls beyond its interval."""
    curve = case.curve
    if curve is None or case.quality.diverged:
        return None
    if not curve.learned or not falls(curve):
        return None
    half = second_half(curve)
    return RULE.found(
        f"{half.where} the loss fell by {half.words}",
        value=half.gain,
        limit=limits.FALLING_GAIN,
        unit=limits.FALLING_GAIN.unit,
        steps=half.steps,
        series=case.roles.loss,
        drawn=(half.line,),
    )


RULE = Rule("LR201", "still-falling", Severity.INFO, PAGE, check)
