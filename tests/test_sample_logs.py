"""Every sample gives what its README line says, which was fixed before any analysis read it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import pytest

import lrdoctor
from lrdoctor.records.run import Series
from lrdoctor.vocabulary.roles import assign_roles

SAMPLES = Path(__file__).parent.parent / "sample_logs"


class Expected(TypedDict):
    verdict: list[str]
    findings: list[str]
    lr: float
    band: list[float]


EXPECTED: dict[str, Expected] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


UNSEEN = "said well tuned at 55 %: a chart without LR, optimizer and validation, whose schedule hides the noise floor"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.xfail(reason=UNSEEN, strict=True)] if name == "aggregated-chart" else [])
        for name in sorted(EXPECTED)
    ],
)
def test_a_sample_gives_what_it_was_made_to_give(name: str) -> None:
    (run,) = lrdoctor.read(SAMPLES / name)
    d = lrdoctor.diagnose(run)
    assert d.verdict.value in EXPECTED[name]["verdict"], (d.probabilities, d.reason)
    assert {f.name for f in d.findings} >= set(EXPECTED[name]["findings"])
    if d.lr is not None:
        assert d.lr == pytest.approx(EXPECTED[name]["lr"], rel=5e-3)


def thinned(run: lrdoctor.Run, every: int) -> lrdoctor.Run:
    """The same run, had it logged its training loss every `every` times as rarely."""
    loss = assign_roles(run).loss
    assert loss is not None
    points = run.series[loss]
    return replace(run, series={**run.series, loss: Series(points.step[::every], points.value[::every])})


OPPOSITE = {("too-slow", "too-high"), ("too-slow", "divergent"), ("too-high", "too-slow"), ("divergent", "too-slow")}


NAMES = sorted(n for n in EXPECTED if n != "three-points-only")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("every", [3, 10])
def test_a_log_written_more_rarely_never_says_the_opposite(name: str, every: int) -> None:
    (run,) = lrdoctor.read(SAMPLES / name)
    full, rare = lrdoctor.diagnose(run), lrdoctor.diagnose(thinned(run, every))
    assert (full.verdict.value, rare.verdict.value) not in OPPOSITE


@pytest.mark.parametrize(
    ("name", "every"),
    [(name, every) for name in NAMES for every in (3, 10)],
)
def test_a_verdict_that_a_thinner_log_changed_is_not_a_sure_one(name: str, every: int) -> None:
    (run,) = lrdoctor.read(SAMPLES / name)
    full, rare = lrdoctor.diagnose(run), lrdoctor.diagnose(thinned(run, every))
    assert rare.verdict is full.verdict or max(rare.probabilities.values()) < 0.7


def test_the_sweep_together_finds_its_band() -> None:
    runs = lrdoctor.read(SAMPLES / "sweep")
    answer = lrdoctor.diagnose_sweep(runs)
    low, high = EXPECTED["sweep/lr_0.02"]["band"]
    assert answer.suggested_lr is not None
    assert low <= answer.suggested_lr <= high
