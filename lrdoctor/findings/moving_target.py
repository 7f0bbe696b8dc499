"""The finding moving-target: its page, its test and its rule."""

from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Moving target: the run is one of reinforcement learning, whose loss is no measure of progress.

What it says: the log holds what episodes earned, or a policy's loss, so the loss taken is one of policy and value.
Why it matters: such a loss follows the policy that makes its data: it may rise while the run gets better, and fall
while it gets worse. The curve's evidence counts for a fifth, a rising end is not called divergent, and no verdict but
a non-finite loss is given: the probabilities stand, and the best guess is called weak.
What it is not: not a fault of the run or of its log.
Known false alarms: supervised training that logs a "reward" of episodes beside its loss.
Evidence shown: the reward series, if there is one.
Limits used: MOVING_TARGET.
References: Andrychowicz et al. 2021 (What matters for on-policy deep actor-critic methods?): LRs are judged by return.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the run is one of reinforcement learning."""
    if case.loss is None or not case.quality.moving_target:
        return None
    return RULE.found(
        f"reinforcement learning: {case.roles.loss} follows a moving target and is no measure of progress; "
        "compare runs by the return of their episodes",
        series=case.roles.loss,
    )


RULE = Rule("LR912", "moving-target", Severity.WARNING, PAGE, check)
