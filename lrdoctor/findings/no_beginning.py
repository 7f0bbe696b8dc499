"""The finding no-beginning: its page, its test and its rule."""

from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
No beginning: the log does not hold the start of the training.

What it says: the first step, epoch or loss of the log is not a training's first.
Why it matters: how far and how early the loss came down is half of what tells an LR; without it the answer rests on
the level, its slope and its noise, and on what is customary, and is often that nothing can be said.
What it is not: a fault of the run.
Known false alarms: a first line that comes late because the loss is logged rarely; steps that count samples.
Evidence shown: what says so.
Limits used: LATE_START, PAST_PEAK, TRAINED_ALREADY, EXCERPT_LINES, STARTS.
References: the README, "What a verdict means"; python -m benchmarks, variants resumed and excerpt.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the log begins later than its training."""
    if not case.quality.no_beginning:
        return None
    return RULE.found(f"{case.quality.no_beginning}: the start is unknown; give the whole log for a surer answer")


RULE = Rule("LR914", "no-beginning", Severity.WARNING, PAGE, check)
