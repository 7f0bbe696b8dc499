"""The finding shallow-descent: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.marks import power_line
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.numerics import Slope, slope
from lrdoctor.measurement.signs.descent import falls, later_part
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.records.run import Floats

PAGE = """\
Shallow fall: the loss falls, but far more slowly than good runs do.

What it says: the loss still falls at its end, and its slope on log-log axes, with its interval, lies below what nine
in ten good runs that were still falling reach.
Why it matters: at this slope ten times the steps buy little; a higher LR makes the same way in fewer steps.
What it is not: still falling is not by itself too slow, and neither is a shallow slope where the loss starts near its
floor: fine-tuning, or a loss with a large part that nothing can reduce.
Known false alarms: fine-tuning; a task that is mostly noise; labels mixed at random.
Evidence shown: the fitted slope with its standard error (HAC), and the attainable one, both drawn on the loss.
Limits used: SHALLOW, ATTAINABLE, FALLING_GAIN, FLAT.
References: `python -m benchmarks findings`; DeepFD's 52 programs (Cao et al. 2022): of 15 LR faults 11 were too
small.
"""

FIT_FROM = 0.01  # share of the run's LR-time after which the slope is fitted: the first steps are no power law


def check(case: Case) -> Finding | None:
    """The finding, if the loss falls more slowly than the limit, beyond its interval."""
    curve = case.curve
    if curve is None or case.quality.diverged or not (curve.loss > 0).all():
        return None
    if not falls(curve):
        return None
    time, fitted = log_log(curve)
    exponent, error = -fitted.value, fitted.half_width
    if not exponent + error < limits.SHALLOW:
        return None
    attainable, words = limits.ATTAINABLE, f"{exponent:.2g} ± {error:.1g}"
    first = len(curve.time) - len(time)
    step = curve.finite_step[first:]
    begin = float(np.exp(fitted.intercept + fitted.value * np.log(time[0])))
    return RULE.found(
        f"the loss falls as time to the power -{words}; good runs that are still falling reach -{attainable:g}",
        value=exponent,
        limit=limits.SHALLOW,
        unit=limits.SHALLOW.unit,
        steps=(float(step[0]), float(step[-1])),
        series=case.roles.loss,
        drawn=(
            power_line(curve, first, begin, exponent, "slope", "fitted slope", f"exponent {words}"),
            power_line(curve, first, begin, attainable, "attainable", "attainable slope", f"exponent {attainable:g}"),
        ),
    )


def log_log(curve: LossCurve) -> tuple[Floats, Slope]:
    """The line of log loss on log LR-time, of a positive loss, with the times it was fitted on."""
    time, loss = later_part(curve, FIT_FROM)
    return time, slope(np.log(time), np.log(loss))


RULE = Rule("LR203", "shallow-descent", Severity.WARNING, PAGE, check)
