"""The finding own-step-size: its page, its test and its rule."""

from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.vocabulary.optimizers import SETS_OWN

PAGE = """\
Own step size: the optimizer sets the length of its steps by itself.

What it says: the LR that the log names is a factor on what the optimizer finds, not a step size (Prodigy,
D-Adaptation, DoG, MoMo), or only where the steps begin (AdaBound).
Why it matters: such an LR cannot be held against what is customary for others; most of these are left at 1.
What it is not: a fault.
Known false alarms: none known; the optimizer's name comes from the settings.
Evidence shown: none.
Limits used: none.
References: Mishchenko and Defazio 2023 (arXiv:2306.06101); Defazio and Mishchenko 2023 (arXiv:2301.07733); Ivgi et
al. 2023 (arXiv:2302.12022); Schaipp et al. 2023 (arXiv:2305.07583); Luo et al. 2019 (arXiv:1902.09843).
"""


def check(case: Case) -> Finding | None:
    """The finding, if the optimizer is one of those."""
    name = case.setting.optimizer or ""
    why = SETS_OWN.get(name)
    if why is None:
        return None
    return RULE.found(f"{name}'s LR is no step size: {why}; its steps were not held against what is usual")


RULE = Rule("LR304", "own-step-size", Severity.INFO, PAGE, check)
