"""The finding restart-overlap: its page, its test and its rule."""

from lrdoctor.findings.reader_notes import noted
from lrdoctor.records.diagnosis import Severity

PAGE = """\
Restart overlap: a later attempt logged steps again.

What it says: a run was resumed from a checkpoint older than its last logged step; the later attempt's values are
kept.
Why it matters: at the seam the loss may jump, and a resumed optimizer without its state repeats its start.
What it is not: a jump at the seam is no spike and no early blow-up: it is in the log, not in one training.
Known false alarms: a second, unrelated run written into the same folder looks like a restart.
Evidence shown: the reader's words, with the step at which the later attempt begins.
Limits used: none; the fact is in the file.
References: tensorboard's purge_step; Lightning and Hugging Face resume from checkpoints.
"""

RULE = noted("LR904", "restart-overlap", Severity.WARNING, PAGE, "restart")
