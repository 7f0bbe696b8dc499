"""The finding no-learning-rate: its page, its test and its rule."""

from lrdoctor.display import LR_OPTION
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
No learning rate: the log names no LR, neither as a series nor as a setting.

What it says: only a factor can be suggested, not an LR; the verdict rests on the curve alone.
Why it matters: the LR against what is customary for the optimizer is among the strongest evidence.
What it is not: a log without its LR is not a fault of the run.
Known false alarms: an LR logged under a name that was not recognised: give `--lr NAME`.
Evidence shown: none.
Limits used: none.
References: the README, "What it reads": where an LR is looked for.
"""


def check(case: Case) -> Finding | None:
    """The finding, if no LR is known."""
    if case.setting.lr is not None:
        return None
    zero = next((note.message for note in case.run.notes if note.code == "lr-printed-zero"), None)
    if zero is not None:
        return RULE.found(f"{zero}; print it with more digits, or name it with {LR_OPTION}")
    return RULE.found(
        "no learning rate in the log or beside it, so the answer is a factor: "
        f"name the series with {LR_OPTION}, or log it next time"
    )


RULE = Rule("LR902", "no-learning-rate", Severity.WARNING, PAGE, check)
