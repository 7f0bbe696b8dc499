"""The finding too-few-points: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Too few points: the log is too short or too thin for slopes that can be trusted.

What it says: fewer finite training losses than the analysis needs (a refusal) or wants (a caution).
Why it matters: slope, noise and the shape of the progress each need points of their own.
What it is not: few points are no property of the run: a log written more often would show it.
Known false alarms: none; log more often.
Evidence shown: the number of points.
Limits used: FEW_POINTS, THIN_POINTS.
References: none.
"""


def check(case: Case) -> Finding | None:
    """The finding, if there are few points."""
    points = case.quality.points
    if case.loss is None or points >= limits.THIN_POINTS:
        return None
    refused = points < limits.FEW_POINTS
    limit = limits.FEW_POINTS if refused else limits.THIN_POINTS
    # That a run diverged is seen in a log of any length; then a verdict is given, without the curve.
    thin = "too few to measure a curve on" if case.quality.diverged else "too few for a verdict"
    worth = thin if refused else "slopes have wide intervals"
    return RULE.found(
        f"{points} finite training losses were logged: {worth}; log more often",
        value=float(points),
        limit=limit,
        unit=limit.unit,
        series=case.roles.loss,
    )


RULE = Rule("LR901", "too-few-points", Severity.WARNING, PAGE, check)
