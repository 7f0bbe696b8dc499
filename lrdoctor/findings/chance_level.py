"""The finding chance-level: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Chance level: the loss stands where a model stands that has learned nothing.

What it says: from its first epoch to its end the loss is the log of the number of classes, within about 1 %.
Why it matters: every class has the same chance; the labels, the data or the gradient do not reach the weights.
What it is not: a direction for the LR: far too low, far too high, shuffled labels, a dead net and a detached loss
all leave it.
Known false alarms: a regression whose level happens to be such a number; a task that nobody can learn.
Evidence shown: the level, and the number of classes it is the log of.
Limits used: AT_CHANCE_LEVEL, CHANCE_NOISE, CHANCE_START, GUESSED_NOISE, BELOW_CHANCE.
References: Karpathy 2019, "A recipe for training neural networks": verify the loss at initialisation.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss never left chance."""
    chance, loss = case.quality.chance, case.loss
    if chance is None or loss is None:
        return None
    return RULE.found(
        f"the loss stands at {chance.level:.4g}, the log of {chance.classes} classes"
        f"{': ' if chance.named else '; if there are as many, '}nothing was learned: overfit one batch first, and look "
        "at the labels and at what gets a gradient",
        value=chance.level,
        limit=limits.AT_CHANCE_LEVEL,
        unit=limits.AT_CHANCE_LEVEL.unit,
        steps=(float(loss.step[0]), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR108", "chance-level", Severity.WARNING, PAGE, check)
