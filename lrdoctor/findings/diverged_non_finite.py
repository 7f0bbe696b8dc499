"""The finding diverged-non-finite: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule, at_lr
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.divergence import DivergenceKind, tail
from lrdoctor.measurement.other_causes import calm_before
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Diverged: the training loss is NaN or infinite at the end.

What it says: at least one of the last 2 % of the logged losses (five points at least) is not finite.
Why it matters: the weights are lost; nothing after that step trains.
What it is not: the first NaN is not the place of the fault: the step that broke the weights lies before it.
Known false alarms: a metric that is undefined on the last, partial batch; fp16 overflow with a loss scaler that had
not skipped the step yet. It is the log's end that counts: a NaN that training recovered from is
`transient-non-finite`.
Evidence shown: the first step without a finite loss after the last finite one.
Limits used: DIVERGED_TAIL, DIVERGED_TAIL_POINTS, CALM.
References: the README, "What a verdict means": divergence is an observation.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the log ends without a finite loss."""
    loss = case.loss
    if loss is None or case.quality.diverged.kind is not DivergenceKind.NON_FINITE:
        return None
    bad = ~np.isfinite(loss.value)
    last_good = np.flatnonzero(~bad)[-1] if not bad.all() else -1
    first = min(int(last_good) + 1, len(bad) - 1) if bad[-1] else int(np.flatnonzero(bad)[-1])
    share = float(np.mean(~np.isfinite(tail(loss.value))))
    return RULE.found(
        f"the training loss is not finite from step {loss.step[first]:g} on{at_lr(case, float(loss.step[first]))}"
        f"{_how_it_came(calm_before(loss.value))}"
        if bad[-1]
        else f"the training loss is not finite at step {loss.step[first]:g}, at the very end",
        value=share,
        limit=0.0,
        unit=f"non-finite share of the last {100 * limits.DIVERGED_TAIL:.0f} %",
        steps=(float(loss.step[first]), float(loss.step[-1])),
        series=case.roles.loss,
    )


def _how_it_came(height: float | None) -> str:
    """Whether the losses had grown before, which says too high, or were calm, which says a bad batch or an overflow."""
    if height is None:
        return ""
    if height > limits.CALM:
        return f"; before it the losses grew to {height:.2g} times their level, as where the LR is too high"
    return "; until then they were calm: look at the batch and the operation there (log of 0, overflow) before the LR"


RULE = Rule("LR101", "diverged-non-finite", Severity.FAULT, PAGE, check)
