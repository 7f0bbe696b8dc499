"""The finding wrong-sign: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.display import LOSS_OPTION
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Wrong sign: what was taken for the training loss rises with the accuracy.

What it says: the series taken for the loss and the validation accuracy both rise steadily, so the series is something
to be maximised: a likelihood, a reward, a score.
Why it matters: judged as a loss, the best run would look the worst; no verdict is given.
What it is not: a turned sign is not a diverged run: where the loss rises because training breaks, accuracy falls.
Known false alarms: a loss whose scale grows on purpose while the model improves (a growing KL or regularisation
weight).
Evidence shown: the rank correlation of the series with time.
Limits used: WRONG_SIGN, FEW_POINTS.
References: none; log-likelihoods and rewards are logged under names with "loss" in them.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss looks like something to be maximised."""
    loss, rising = case.loss, case.quality.rising_with_accuracy
    if loss is None or rising is None:
        return None
    return RULE.found(
        f"{case.roles.loss} rises with {case.roles.val_accuracy}: it looks like a likelihood or a reward, not a loss; "
        f"name the loss with {LOSS_OPTION}",
        value=rising,
        limit=limits.WRONG_SIGN,
        unit=limits.WRONG_SIGN.unit,
        steps=(float(loss.step[0]), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR911", "wrong-sign", Severity.FAULT, PAGE, check)
