"""The finding aggregated-values: its page, its test and its rule."""

from lrdoctor.findings.reader_notes import noted
from lrdoctor.records.diagnosis import Severity

PAGE = """\
Aggregated values: a value stands for a window of steps.

What it says: the export has one row for several logged steps: a mean, or a bucket's last value beside its range.
Why it matters: step-to-step noise, which tells a high LR, is smaller in means than it was in the run.
What it is not: averaged values are not a calm run: what was averaged away was there.
Known false alarms: charts that show a bucket's last value, as W&B's do now: these are thinned, not averaged.
Evidence shown: the reader's words.
Limits used: none; the fact is in the file.
References: W&B's line plots, on sampling and bucketing.
"""

RULE = noted("LR906", "aggregated-values", Severity.INFO, PAGE, "aggregated")
