"""The report as JUnit XML: a test case for each run, sweep, replay and path; only a gate makes one fail."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.report import Report
from lrdoctor.records.run import path_as_named
from lrdoctor.report.entries import Entry, entries
from lrdoctor.report.github import message
from lrdoctor.report.places import places
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.numbers import learning_rate
from lrdoctor.version import __version__

if TYPE_CHECKING:
    from junitparser import TestCase, TestSuite

# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, _options: Options = Options()) -> str:  # noqa: B008 - frozen
    """A suite of what stands alone, then one for each sweep with its runs; as Jenkins' schema (junit-10.xsd) has it."""
    from junitparser import JUnitXml

    shown = redacted(report)
    found = sorted(entries(shown), key=lambda one: (one.subject != Subject.UNREADABLE, one.subject, one.index))
    xml = JUnitXml("lrdoctor")
    alone = [case(entry) for entry in found if entry.sweep is None]
    if alone or not shown.sweeps:
        xml.add_testsuite(suite("lrdoctor", alone, shown.provenance))
    for entry in found:
        if entry.sweep is not None:
            xml.add_testsuite(suite(entry.name, [case(entry), *_members(entry, shown)], shown.provenance))
    xml.update_statistics()  # type: ignore[no-untyped-call]
    # Jenkins' schema knows this one of suites alone.
    del xml._elem.attrib["skipped"]
    return str(xml.tostring().decode("utf-8")) + "\n"  # type: ignore[no-untyped-call]


def suite(name: str, cases: "Sequence[TestCase]", provenance: Provenance) -> "TestSuite":
    """A suite that says how it was made."""
    from junitparser import TestSuite

    made = TestSuite(legal(name))
    if provenance.generated_at:
        made.timestamp = provenance.generated_at.removesuffix("Z")
    facts = {"lrdoctor": __version__, "generated_at": provenance.generated_at, "command": clean(provenance.command)}
    for key, value in facts.items():
        if value:
            made.add_property(key, legal(value))
    made.add_testcases(list(cases))  # one by one they are counted anew with each
    return made


def _members(entry: Entry, report: Report) -> "Iterator[TestCase]":
    """The runs that a sweep answers for: they say where they stand, and fail only as the sweep does."""
    from junitparser import TestCase

    for i, place in places(report).items():
        if place.index == entry.index:
            run = report.diagnoses[i].run
            made = TestCase(legal(clean(run.name)), legal(clean(path_as_named(run.source.path))) or "lrdoctor", 0.0)
            broke = ", diverged" if place.member.diverged else ""
            made.system_out = f"{place.words} ({place.percent}){broke}, LR {learning_rate(place.member.lr)}"
            yield made


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
