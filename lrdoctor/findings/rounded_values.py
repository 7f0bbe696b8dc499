"""The finding rounded-values: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.numerics import decimals
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Rounded values: the losses were written with so few digits that neighbours are equal.

What it says: in the second half many neighbouring losses are exactly equal, and all lie on a decimal grid.
Why it matters: what the digits hide, small noise and late progress, tells a good LR from one too low.
What it is not: rounding says nothing about the run; the answer only rests on less.
Known false alarms: counts and error rates on a small data set, which are coarse by nature.
Evidence shown: the share of equal neighbours, and the grid.
Limits used: ROUNDED, THIN_POINTS.
References: none; logs printed for people have two to four decimals.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the losses were rounded coarsely."""
    loss = case.loss
    if loss is None or case.quality.points < limits.THIN_POINTS or case.quality.diverged:
        return None
    value = loss.value[np.isfinite(loss.value)]
    digits, half = decimals(value), value[len(value) // 2 :]
    share = float(np.mean(half[1:] == half[:-1]))
    if digits is None or share <= limits.ROUNDED or float(np.ptp(value)) == 0:
        return None
    return RULE.found(
        f"the losses were written with {digits} decimals, and {100 * share:.0f} % of the neighbours in the second half "
        "are equal: write more digits",
        value=share,
        limit=limits.ROUNDED,
        unit=limits.ROUNDED.unit,
        steps=(float(loss.step[len(loss) // 2]), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR910", "rounded-values", Severity.INFO, PAGE, check)
