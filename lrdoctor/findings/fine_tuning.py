"""The finding fine-tuning: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Fine-tuning: the run starts from pretrained weights, which the fitted tables do not know.

What it says: settings, names, the trainer that wrote the log, or the LR and the curve make it likelier than not that a
pretrained model is tuned.
Why it matters: its loss starts near where it ends and its good LRs lie far lower than those of training from scratch,
from which the tables were made. So the LR is held against what is customary for tuning (all weights, adapters or a
head), the curve counts for less, and advice leads no further than a factor of ten at once.
What it is not: not a fault; and not every run of such a trainer is a fine-tuning.
Known false alarms: small models trained from scratch with Hugging Face's Trainer at an LR below 0.001.
Evidence shown: the probability, and what speaks most for it.
Limits used: LIKELY_TUNED, FINE_TUNING_LR, FEW_EPOCHS, FROM_SCRATCH, TUNED_TRUST, PRETRAINED_REACH, DOUBT.
References: Devlin et al. 2018 (BERT, arXiv:1810.04805); Baevski et al. 2020 (wav2vec 2.0, arXiv:2006.11477); Hu et al.
2021 (LoRA, arXiv:2106.09685); Dettmers et al. 2023 (QLoRA, arXiv:2305.14314).
"""


def check(case: Case) -> Finding | None:
    """The finding, if something says that a pretrained model is tuned."""
    if case.loss is None or not case.quality.pretrained:
        return None
    tuned = case.quality.fine_tuning
    return RULE.found(
        f"looks like a fine-tuning of pretrained weights ({100 * tuned.probability:.0f} %: {case.quality.pretrained}); "
        "the tables come from training from scratch, so go by small steps, or settle it with lrdoctor replay",
        value=tuned.probability,
        limit=limits.LIKELY_TUNED,
        unit=limits.LIKELY_TUNED.unit,
        series=case.roles.loss,
    )


RULE = Rule("LR913", "fine-tuning", Severity.WARNING, PAGE, check)
