"""The finding oscillation: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Oscillation: the loss goes up and down from one logged point to the next.

What it says: around its trend the last third of the losses alternates: neighbours are negatively correlated, beyond
what chance gives.
Why it matters: steps overshoot and come back, as at the edge of stability, or two kinds of batches take turns.
What it is not: oscillation is not by itself too high: full-batch training at its best LR oscillates (edge of
stability).
Known false alarms: batches drawn in a fixed order; a loss logged alternately on two data sets.
Evidence shown: the lag-1 autocorrelation of the residuals.
Limits used: OSCILLATION, OSCILLATION_POINTS.
References: Cohen et al. 2021 (arXiv:2103.00065) on the edge of stability.
"""


def check(case: Case) -> Finding | None:
    """The finding, if neighbouring losses alternate."""
    curve, value = case.curve, case.signs.get("tail_autocorrelation", 0.0)
    if curve is None or case.quality.diverged or len(curve.loss) // 3 < limits.OSCILLATION_POINTS:
        return None
    if not value < limits.OSCILLATION:
        return None
    step = curve.finite_step
    return RULE.found(
        f"over its last third the loss alternates from point to point (correlation of neighbours {value:.2f})",
        value=value,
        limit=limits.OSCILLATION,
        unit=limits.OSCILLATION.unit,
        steps=(float(step[-(len(step) // 3)]), float(step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR107", "oscillation", Severity.INFO, PAGE, check)
