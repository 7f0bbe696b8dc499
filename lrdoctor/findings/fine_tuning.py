"""The finding fine-tuning: its page, its test and its rule."""

from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Fine-tuning: the run starts from pretrained weights, which the fitted tables do not know.

What it says: the settings, or the trainer that wrote the log, say that a pretrained model is tuned.
Why it matters: its loss starts near where it ends and its good LRs lie far lower than those of training from scratch,
from which the tables were made. So what is customary there is left out, and advice leads no further than a factor of
ten at once.
What it is not: not a fault; and not every run of such a trainer is a fine-tuning.
Known false alarms: small models trained from scratch with Hugging Face's Trainer at an LR below 0.001.
Evidence shown: the setting or the format that says so.
Limits used: FROM_SCRATCH, PRETRAINED_REACH, DOUBT.
References: none; no sweep that was fitted is a fine-tuning.
"""


def check(case: Case) -> Finding | None:
    """The finding, if something says that a pretrained model is tuned."""
    if case.loss is None or not case.quality.pretrained:
        return None
    return RULE.found(
        f"looks like the fine-tuning of a pretrained model ({case.quality.pretrained}): the tables come from training "
        "from scratch, so go by small steps, or settle it with lrdoctor replay",
        series=case.roles.loss,
    )


RULE = Rule("LR913", "fine-tuning", Severity.WARNING, PAGE, check)
