"""What is told, how loudly and in which order: one owner for every format of one line a run."""

import json
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from lrdoctor.records.diagnosis import Diagnosis, Severity
from lrdoctor.records.gate import Failure, Gate, Subject
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from lrdoctor.report import render
from lrdoctor.report.entries import Entry, Level, entries, level_of_finding
from tests.report import examples as ex
from tests.report import sweep_examples as sx

FAILED = Failure(Subject.RUN, 0, ("too-slow>=80%",), "m")


def by_name(report: Report) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries(report)}


def sure(d: Diagnosis, chance: float) -> Diagnosis:
    rest = (1 - chance) / 3
    return replace(d, probabilities={v: chance if v is d.verdict else rest for v in d.probabilities})


def sweep_of(*inside: float) -> SweepDiagnosis:
    whole = sx.usual(ex.too_slow(), ex.well_tuned(), ex.too_high())
    placed = tuple(
        SweepMember(i, 10.0**i, 1.0, 0.0, share, 1 - share, diverged=share == 0) for i, share in enumerate(inside)
    )
    return replace(whole, placed=placed)


LEVELS = [
    (ex.divergent(), Level.ERROR, Level.WARNING),
    (sure(ex.too_high(), 0.7), Level.WARNING, Level.WARNING),
    (sure(ex.too_slow(), 0.69), Level.NOTE, Level.NOTE),
    (ex.no_lr(), Level.NOTE, Level.NOTE),
    (ex.well_tuned(), Level.NONE, Level.NONE),
]


@pytest.mark.parametrize(("d", "plain", "passing"), LEVELS)
def test_under_a_gate_an_error_is_what_fails_it_and_nothing_else(d: Diagnosis, plain: Level, passing: Level) -> None:
    report = Report((d,))
    assert entries(report)[0].level is plain
    assert entries(replace(report, gate=Gate("x")))[0].level is passing
    assert entries(replace(report, gate=Gate("x", (FAILED,))))[0].level is Level.ERROR


@pytest.mark.parametrize(
    ("severity", "failed", "gated", "level"),
    [
        (Severity.FAULT, (), False, Level.ERROR),
        (Severity.FAULT, (), True, Level.WARNING),
        (Severity.FAULT, ("fault",), True, Level.ERROR),
        (Severity.INFO, ("LR201", "divergent"), True, Level.ERROR),
        (Severity.INFO, ("LR999",), True, Level.NOTE),
        (Severity.WARNING, (), True, Level.WARNING),
    ],
)
def test_a_finding_under_a_gate(severity: Severity, failed: tuple[str, ...], gated: bool, level: Level) -> None:
    finding = replace(ex.too_slow().findings[0], code="LR201", severity=severity)
    (entry,) = entries(Report((ex.too_slow(),)))
    assert level_of_finding(finding, replace(entry, failed=failed), gated=gated) is level


def test_no_format_calls_an_error_what_the_gate_lets_pass() -> None:
    report = Report((ex.divergent(),), ex.UNREADABLE[:1], gate=Gate("too-high>=80%"))
    sarif = json.loads(render(report, "sarif"))["runs"][0]["results"]
    assert len(sarif) == 3
    assert {one["level"] for one in sarif} == {"warning"}
    assert "::error" not in render(report, "github")
    assert {one["severity"] for one in json.loads(render(report, "gitlab"))} == {"major"}


def test_the_worst_comes_first_whatever_the_order_read(examples: Mapping[str, Diagnosis]) -> None:
    likely, very = sure(ex.too_high(), 0.8), sure(examples["too-slow"], 0.99)
    report = Report((ex.well_tuned(), ex.no_lr(), likely, very, ex.divergent()), ex.UNREADABLE[:1])
    names = [entry.name for entry in entries(report)]
    assert names == ["diverged", "logs/pointer.tfevents", "sgd_lr3", "adam_lr1e-5", "three points", "cosine/3e-4"]
    failing = Gate("x", (Failure(Subject.RUN, 2, ("x",), "m"),))
    assert next(iter(entries(replace(report, gate=failing)))).name == "sgd_lr3"


@pytest.mark.parametrize(
    ("sweep", "level", "rule", "words"),
    [
        (sweep_of(0.9, 0.1, 0.0), Level.NONE, "sweep", "1 of 3 runs among the good LRs"),
        (sweep_of(0.2, 0.1), Level.WARNING, "sweep", "0 of 2 runs among the good LRs"),
        (sweep_of(), Level.NOTE, "verdict/inconclusive", "nothing to compare"),
    ],
)
def test_a_sweep_is_told_where_no_run_of_it_is_good(sweep: SweepDiagnosis, level: Level, rule: str, words: str) -> None:
    report = Report(sweeps=(sweep,))
    (entry,) = (one for one in entries(report) if one.subject is Subject.SWEEP)
    assert (entry.level, entry.rule, entry.words) == (level, rule, words)
    told = [one["ruleId"] for one in json.loads(render(report, "sarif"))["runs"][0]["results"]]
    assert (rule in told) is (level is not Level.NONE)


def test_a_sweep_that_compares_nothing_is_no_pass() -> None:
    root = ET.fromstring(render(Report(sweeps=(sweep_of(),)), "junit"))  # noqa: S314 - our own output
    (skipped,) = root.iter("skipped")
    assert "nothing to compare" in (skipped.get("message") or "")


def test_every_rule_that_a_result_names_is_described(full: Report) -> None:
    (run,) = json.loads(render(full, "sarif"))["runs"]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    named = {result["ruleId"] for result in run["results"]}
    assert named & {"unreadable", "sweep"}
    assert {name for name in named if name.startswith("verdict/") or name in {"sweep", "unreadable"}} <= known


def test_fingerprints_tell_results_apart(full: Report) -> None:
    issues = json.loads(render(full, "gitlab"))
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints) > 5
