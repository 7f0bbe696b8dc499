"""Runs that a sweep answers for: their order, their place, and no LR of their own in any format."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest

from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.gate import Failure, Gate, Subject
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepMember
from lrdoctor.report import render
from lrdoctor.report.json.report import ANSWERED_BY_SWEEP
from lrdoctor.report.places import Place, in_order, places
from tests.report import sweep_examples as sx

Report3 = tuple[Report, list[str]]


@pytest.fixture
def names() -> list[str]:
    return ["adam_lr1e-5", "cosine/3e-4", "sgd_lr3"]


def reported(examples: Mapping[str, Diagnosis], order: tuple[int, ...] = (2, 0, 1)) -> Report:
    three = examples["too-slow"], examples["well-tuned"], examples["too-high"]
    lone = examples["divergent"]
    return Report((lone, *(three[i] for i in order)), (), (sx.usual(*three),))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_text_html_and_json_have_the_runs_in_one_order(
    examples: Mapping[str, Diagnosis], names: list[str], order: tuple[int, ...]
) -> None:
    report = reported(examples, order)
    assert [d.run.name for d in in_order(report).diagnoses[:3]] == names
    data = json.loads(render(report, "json"))
    assert [run["name"] for run in data["runs"][:3]] == names
    assert data["sweeps"][0]["runs"] == [0, 1, 2] == [one["run"] for one in data["sweeps"][0]["curve"]]
    for shown in (render(report, "text").partition("too high\n")[2], render(report, "html").partition("<article")[2]):
        blocks = shown[shown.index(f"{names[0]}") :]
        assert sorted(names, key=blocks.index) == names


def test_no_format_gives_a_placed_run_an_lr_of_its_own(examples: Mapping[str, Diagnosis]) -> None:
    report = reported(examples)
    data = json.loads(render(report, "json"))
    for run in data["runs"][:3]:
        assert {run[key] for key in ANSWERED_BY_SWEEP if key in run} == {None}
        assert run["place"]["sweep"] == 0
    lone = data["runs"][3]
    assert lone["place"] is None
    assert lone["suggested_lr"] is not None
    for d in report.sweeps[0].diagnoses:
        block = next(b for b in render(report, "text").split("\n\n") if b.startswith(f"{d.run.name}: "))
        assert "Use LR 3e-4, says its sweep" in block
        assert "next (this run's" not in block
        assert "Keep the LR" not in block


def test_a_failure_names_the_run_that_failed_whatever_the_order(examples: Mapping[str, Diagnosis]) -> None:
    report = reported(examples)
    failures = (Failure(Subject.RUN, 0, ("divergent",), "it broke"), Failure(Subject.SWEEP, 0, ("too-slow",), "none"))
    data = json.loads(render(replace(report, gate=Gate("divergent", failures)), "json"))
    run, sweep = data["gate"]["failures"]
    assert run["index"] == 3, "the run was read first and is listed last"
    assert data["runs"][run["index"]]["name"] == report.diagnoses[0].run.name == "diverged"
    assert sweep["index"] == 0


PLACED = [
    (SweepMember(0, 0.1, 1.0, 0.9, 0.1, 0.0), "below the good LRs", "90 %", Verdict.TOO_SLOW),
    (SweepMember(0, 0.1, 1.0, 0.4, 0.4, 0.2), "among the good LRs", "40 %", Verdict.WELL_TUNED),
    (SweepMember(0, 0.1, 1.0, 0.1, 0.2, 0.7), "above the good LRs", "70 %", Verdict.TOO_HIGH),
    (SweepMember(0, 0.1, 1.0, 0.1, 0.2, 0.7, diverged=True), "above the good LRs", "70 %", Verdict.DIVERGENT),
]


@pytest.mark.parametrize(("member", "words", "percent", "verdict"), PLACED)
def test_a_place_in_words(
    examples: Mapping[str, Diagnosis], member: SweepMember, words: str, percent: str, verdict: Verdict
) -> None:
    place = Place(0, reported(examples).sweeps[0], member)
    assert (place.words, place.percent, place.verdict) == (words, percent, verdict)
    assert sum(place.chances.values()) == pytest.approx(1)


def test_a_run_that_could_not_be_placed_keeps_its_own_answer(examples: Mapping[str, Diagnosis]) -> None:
    report = reported(examples)
    (sweep,) = report.sweeps
    part = replace(report, sweeps=(replace(sweep, placed=sweep.placed[:2]),))
    assert len(places(part)) == 2
    run = json.loads(render(part, "json"))["runs"][-1]
    assert run["name"] == "sgd_lr3"
    assert run["suggested_lr"] is not None
