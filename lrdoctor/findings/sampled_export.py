"""The finding sampled-export: its page, its test and its rule."""

from lrdoctor.findings.reader_notes import noted
from lrdoctor.records.diagnosis import Severity

PAGE = """\
Sampled export: the export holds a sample of the logged points.

What it says: the file has exactly as many points as its tool's sampling leaves.
Why it matters: single spikes are lost, and noise is measured between points that were not neighbours.
What it is not: a sampled curve is neither a short run nor a moving average: each point that is left is as it was
logged.
Known false alarms: a log that has just that many points by itself.
Evidence shown: the reader's words.
Limits used: none; the fact is in the file.
References: TensorBoard's reservoir (1,000 scalars a tag) and EventAccumulator (10,000); W&B's history() (500 rows).
"""

RULE = noted("LR905", "sampled-export", Severity.INFO, PAGE, "sampled")
