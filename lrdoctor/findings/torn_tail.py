"""The finding torn-tail: its page, its test and its rule."""

from lrdoctor.findings.reader_notes import noted
from lrdoctor.records.diagnosis import Severity

PAGE = """\
Torn tail: the file ends inside a record, or a record's checksum does not match.

What it says: what comes before the tear was read; what comes after it is lost.
Why it matters: a run that broke may have written its last, telling values there; the end that is judged is not the
end.
What it is not: a torn file is not a fault of the learning rate; a killed process, a full disk and a log still being
written leave it too.
Known false alarms: a file copied while training writes to it.
Evidence shown: the reader's words, with the step.
Limits used: none; the fact is in the file.
References: TFRecord's framing: a length, its checksum, the data, theirs.
"""

RULE = noted("LR903", "torn-tail", Severity.WARNING, PAGE, "torn-tail", "corrupt-record")
