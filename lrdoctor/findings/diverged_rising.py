"""The finding diverged-rising: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule, at_lr
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.divergence import DivergenceKind, tail
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Diverged: the training loss ends above where it started.

What it says: the mean of the last 2 % of the logged losses is more than 5 % above the first one, beyond step-to-step
noise.
Why it matters: the run is worse than an untrained model, and every step made it so.
What it is not: a rising end does not prove that the LR alone did it: a broken batch or a wrong sign rises as well.
Known false alarms: a first log entry that is not the untrained model (a resumed run, a fine-tuning run whose data
changed); a loss whose scale is changed on purpose, such as a growing KL weight.
Evidence shown: end over start, the steps averaged.
Limits used: DIVERGED_TAIL, DIVERGED_RISE, DIVERGED_SURE, DIVERGED_NOISE.
References: the README, "What a verdict means": divergence is an observation.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the log ends above its start."""
    loss = case.loss
    if loss is None or case.quality.diverged.kind is not DivergenceKind.RISING:
        return None
    start = loss.step[len(loss) - len(tail(loss.value))]
    finite = loss.value[np.isfinite(loss.value)]
    low = np.flatnonzero(~(loss.value > finite[0] + (limits.DIVERGED_RISE - 1) * abs(float(finite[0]))))
    risen = float(loss.step[min(int(low[-1]) + 1, len(loss) - 1)])
    return RULE.found(
        f"the training loss ends at {case.quality.diverged.end_ratio:.3g} times its first logged value, above which it "
        f"stands for good from step {risen:g} on{at_lr(case, risen)}",
        value=case.quality.diverged.end_ratio,
        limit=limits.DIVERGED_RISE,
        unit=limits.DIVERGED_RISE.unit,
        steps=(float(start), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR102", "diverged-rising", Severity.FAULT, PAGE, check)
