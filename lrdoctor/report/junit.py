"""The report as JUnit XML: a test case for each run, sweep, replay and path; only a gate makes one fail."""

import re
from typing import TYPE_CHECKING

from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.report import Report
from lrdoctor.report.entries import Entry, entries
from lrdoctor.report.github import message
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options

if TYPE_CHECKING:
    from junitparser import TestCase

# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, _options: Options = Options()) -> str:  # noqa: B008 - frozen
    """One suite; as Jenkins' schema (junit-10.xsd) has it."""
    from junitparser import JUnitXml, TestSuite

    shown = redacted(report)
    suite = TestSuite("lrdoctor")
    if shown.provenance.generated_at:
        suite.timestamp = shown.provenance.generated_at.removesuffix("Z")
    for entry in sorted(entries(shown), key=lambda one: (one.subject != Subject.UNREADABLE, one.subject, one.index)):
        suite.add_testcase(case(entry))
    suite.update_statistics()  # type: ignore[no-untyped-call]
    xml = JUnitXml("lrdoctor")
    xml.add_testsuite(suite)
    xml.update_statistics()  # type: ignore[no-untyped-call]
    # Jenkins' schema knows this one of suites alone.
    del xml._elem.attrib["skipped"]
    return str(xml.tostring().decode("utf-8")) + "\n"  # type: ignore[no-untyped-call]


def case(entry: Entry) -> "TestCase":
    """A test case: failed where the gate says so, an error where not read, skipped where nothing can be told."""
    from junitparser import Error, Failure, Skipped, TestCase

    made = TestCase(legal(entry.name), legal(entry.path) or "lrdoctor", 0.0)
    said = legal(f"{entry.words}; {message(entry)}")
    if entry.subject is Subject.UNREADABLE:
        made.result = [Error(said, "unreadable")]
    elif entry.failed:
        made.result = [Failure(said, legal(", ".join(entry.failed)))]
    elif entry.verdict is Verdict.INCONCLUSIVE:
        made.result = [Skipped(said)]
    made.system_out = said
    return made


def legal(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)
