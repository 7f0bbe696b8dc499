"""The sentence about an LR for a longer run or a larger batch, and the JSON beside it."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from lrdoctor.records.carried_over import CarriedOver, NextRun
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import render
from lrdoctor.report.wording.carried_over import carried_words
from tests.report import sweep_examples as sx

CARRIED = CarriedOver(NextRun(10_000, None), 2e-3, 0.5, (1e-3, 5e-3), "because")
NOT = CarriedOver(NextRun(None, 512), None, None, None, "cannot be carried over: no batch size")


@pytest.mark.parametrize(
    ("carried", "words"),
    [
        (None, ""),
        (CARRIED, "For 10,000 steps: LR 2e-3 (good LRs probably 1e-3 to 5e-3; because)."),
        (NOT, "For batch size 512: cannot be carried over: no batch size."),
        (
            replace(CARRIED, run=NextRun(None, 512)),
            "For batch size 512 and as many steps as now: LR 2e-3 (good LRs probably 1e-3 to 5e-3; because).",
        ),
        (
            replace(CARRIED, run=NextRun(5, 512)),
            "For 5 steps, batch size 512: LR 2e-3 (good LRs probably 1e-3 to 5e-3; because).",
        ),
    ],
)
def test_words(carried: CarriedOver | None, words: str) -> None:
    assert carried_words(carried) == words


@pytest.mark.parametrize("format_", ["text", "html"])
def test_runs_and_sweeps_say_it(examples: Mapping[str, Diagnosis], format_: str) -> None:
    lone = replace(examples["divergent"], carried_over=CARRIED)
    sweep = sx.usual(examples["too-slow"], examples["well-tuned"], examples["too-high"])
    report = Report((lone,), (), (replace(sweep, carried_over=NOT),))
    shown = " ".join(render(report, format_).split())
    assert carried_words(CARRIED) in shown
    assert carried_words(NOT) in shown


def test_json(examples: Mapping[str, Diagnosis]) -> None:
    data = json.loads(render(Report((replace(examples["divergent"], carried_over=CARRIED),)), "json"))
    assert data["runs"][0]["carried_over"] == {
        "steps": 10_000,
        "batch": None,
        "lr": 2e-3,
        "factor": 0.5,
        "interval": [1e-3, 5e-3],
        "reason": "because",
    }
