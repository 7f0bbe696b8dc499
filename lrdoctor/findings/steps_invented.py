"""The finding steps-invented: its page, its test and its rule."""

from lrdoctor.findings.reader_notes import noted
from lrdoctor.records.diagnosis import Severity

PAGE = """\
Steps invented: the log has no step column, so its points are numbered.

What it says: the order of the points is known, and not how many steps lie between them.
Why it matters: what counts steps says less, and an uneven logging interval looks like a bend in the curve.
What it is not: missing steps are not a fault of the run: the values are as they were logged.
Known false alarms: none; log the step next time.
Evidence shown: the reader's words.
Limits used: none; the fact is in the file.
References: the README, "What it reads".
"""

RULE = noted("LR908", "steps-invented", Severity.INFO, PAGE, "steps-invented")
