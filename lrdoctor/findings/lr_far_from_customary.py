"""The finding lr-far-from-customary: its page, its test and its rule."""

import math

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.vocabulary.customary import customary
from lrdoctor.vocabulary.model_kind import kind_of_tuning, training_kind
from lrdoctor.vocabulary.model_size import parameters

PAGE = """\
LR far from customary: the LR is not where people start with this optimizer and kind of training.

What it says: the peak LR lies more than two decades from what is customary for the optimizer, in the kind of training
that settings, names and series show, for a model of that size and batches of that size where they are known.
Why it matters: most such runs are typing errors or were taken over from another optimizer.
What it is not: what is usual is no law: five of seventeen published repairs use LRs that fixed limits call faults.
Known false alarms: losses summed over a batch or averaged over pixels; muP; very small or very wide nets;
fine-tuning that went unnoticed.
Evidence shown: the LR over the customary one, in decades.
Limits used: FAR_FROM_CUSTOM.
References: torch's and Keras's defaults; Chen et al. 2023 (Lion, arXiv:2302.06675); DeepFD's 52 programs (Cao et al.
2022).
"""


def check(case: Case) -> Finding | None:
    """The finding, if the LR is far from custom."""
    lr, optimizer = case.setting.lr, case.setting.optimizer
    kind, tuned = training_kind(case.run), case.quality.fine_tuning
    if case.quality.pretrained:
        kind = kind_of_tuning(kind, tuned.method)
    usual = customary(optimizer, kind, parameters(case.run.hparams), case.setting.batch_size)
    if lr is None or usual is None:
        return None
    off = math.log10(lr / usual.lr)
    if abs(off) <= limits.FAR_FROM_CUSTOM:
        return None
    way = "above" if off > 0 else "below"
    return RULE.found(
        f"the LR {lr:.2g} lies {abs(off):.1f} decades {way} the {usual.lr:.2g} customary for {usual.why} "
        f"({usual.source})",
        value=off,
        limit=math.copysign(limits.FAR_FROM_CUSTOM, off),
        unit=limits.FAR_FROM_CUSTOM.unit,
    )


RULE = Rule("LR301", "lr-far-from-customary", Severity.INFO, PAGE, check)
