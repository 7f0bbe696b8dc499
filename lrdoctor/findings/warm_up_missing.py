"""The finding warm-up-missing: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.early_blow_up import heights
from lrdoctor.findings.marks import points
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Warm-up missing: the LR starts at its peak, and the loss rose at once.

What it says: the first logged LR is at least half of the peak, and in the first tenth of the run the loss stood above
1.2 times its start, or was not finite.
Why it matters: the first weights bear less than later ones; a warm-up gets past them at the same peak.
What it is not: a missing warm-up is not by itself a fault: many good runs have none; it is the rise that calls for
one.
Known false alarms: a first logged loss that is unusually low by chance.
Evidence shown: the highest early loss over the start, marked on the loss.
Limits used: FULL_AT_ONCE, EARLY_RISE, ISOLATED.
References: Goyal et al. 2017 (arXiv:1706.02677); Gilmer et al. 2021 (arXiv:2110.04369); Tuning Playbook, warm-up.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the LR began at its peak and the loss rose."""
    curve, loss = case.curve, case.loss
    if curve is None or loss is None or curve.lr is None or curve.start <= 0:
        return None
    early = loss.step <= loss.step[0] + 0.1 * (loss.step[-1] - loss.step[0])
    height = heights(loss.value, curve.start)[early]
    first = float(curve.lr[0] / curve.lr.max())
    at = int(height.argmax())
    if first < limits.FULL_AT_ONCE or not height[at] > limits.EARLY_RISE:
        return None
    rose = f"{height[at]:.3g} times its start" if np.isfinite(height[at]) else "a non-finite value"
    seen = np.isfinite(height[at])
    return RULE.found(
        f"the LR began at {100 * first:.0f} % of its peak, and the loss rose to {rose} at step {loss.step[at]:g}",
        value=float(height[at]),
        limit=limits.EARLY_RISE,
        unit=limits.EARLY_RISE.unit,
        steps=(float(loss.step[0]), float(loss.step[at])),
        series=case.roles.loss,
        drawn=(points(loss.step[at : at + 1], loss.value[at : at + 1], "highest early loss", rose),) if seen else (),
    )


RULE = Rule("LR302", "warm-up-missing", Severity.INFO, PAGE, check)
