"""Still falling: the loss was going down when the run ended.

What it says: over the second half of the run's LR-time the loss falls, by its fitted slope in
log-time, faster than 3 % of the whole descent per e-fold of time, beyond its 95 % interval.
Why it matters: training longer, or faster, would have paid.
Known false alarms: it is *not* by itself a too-small LR: a run with the best LR that was given too
few steps falls to its end as well.
Evidence shown: the slope with its standard error (HAC), drawn on the loss.
Limits used: FALLING_GAIN, FLAT.
References: Tuning Playbook, "still improving at the end".
"""

import numpy as np

from lrdoctor import limits
from lrdoctor.curve import slope
from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.findings.rule import Case, Rule
from lrdoctor.signs.descent import tail


def check(case: Case) -> Finding | None:
    """The finding, if the end of the curve falls beyond its interval."""
    trace = case.trace
    if trace is None or case.quality.diverged:
        return None
    time, loss = tail(trace, 0.5)
    fitted = slope(np.log(time), loss)
    gain = -fitted.value / trace.descent
    if not (gain > limits.FALLING_GAIN.value and -fitted.t > limits.FLAT.value):
        return None
    return RULE.found(
        f"over its second half the loss fell by {gain:.1%} of the whole descent per e-fold of time "
        f"(± {fitted.error / trace.descent:.1%})",
        value=gain,
        limit=limits.FALLING_GAIN.value,
        unit=limits.FALLING_GAIN.unit,
        steps=(float(trace.step[-len(time)]), float(trace.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR201", "still-falling", Severity.INFO, __doc__, check)
