"""The finding constant-loss: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import is_constant
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Constant loss: the loss is the same at every step, but for rounding.

What it says: the logged losses differ by no more than single precision rounds.
Why it matters: no weight that the loss depends on was changed: frozen parameters, a detached graph, an optimizer that
holds other parameters, a gradient that is never applied.
What it is not: a plateau: batches differ, and so do their losses.
Known false alarms: a constant that was logged in place of the loss; full-batch training at an LR that is nothing.
Evidence shown: the spread over the level.
Limits used: ROUNDING.
References: PyTorch forums: `loss.item()` put back into the graph, `requires_grad=False`, `optimizer.step()` missing.
"""


MIN_POINTS = 4  # losses; fewer may be alike by chance


def check(case: Case) -> Finding | None:
    """The finding, if nothing was trained."""
    loss = case.loss
    if loss is None:
        return None
    finite = loss.value[np.isfinite(loss.value)]
    if len(finite) < MIN_POINTS or not is_constant(finite) or not float(np.abs(finite).max()) > 0:
        return None
    return RULE.found(
        f"the loss is {finite[0]:.6g} at every step: look at what gets a gradient, and whether it is applied",
        value=float(np.ptp(finite) / np.abs(finite).max()),
        limit=limits.ROUNDING,
        unit=limits.ROUNDING.unit,
        steps=(float(loss.step[0]), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR111", "constant-loss", Severity.FAULT, PAGE, check)
