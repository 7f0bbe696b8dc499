"""Every sample gives what its README line says, which was fixed before any analysis read it."""

import json
from pathlib import Path
from typing import TypedDict

import pytest

import lrdoctor

SAMPLES = Path(__file__).parent.parent / "sample_logs"


class Expected(TypedDict):
    verdict: list[str]
    findings: list[str]
    lr: float
    band: list[float]


EXPECTED: dict[str, Expected] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_gives_what_it_was_made_to_give(name: str) -> None:
    (run,) = lrdoctor.read(SAMPLES / name)
    d = lrdoctor.diagnose(run)
    assert d.verdict.value in EXPECTED[name]["verdict"], (d.probabilities, d.reason)
    assert {f.name for f in d.findings} >= set(EXPECTED[name]["findings"])
    if d.lr is not None:
        assert d.lr == pytest.approx(EXPECTED[name]["lr"], rel=5e-3)


def test_the_sweep_together_finds_its_band() -> None:
    runs = lrdoctor.read(SAMPLES / "sweep")
    answer = lrdoctor.diagnose_sweep(runs)
    low, high = EXPECTED["sweep/lr_0.02"]["band"]
    assert answer.suggested_lr is not None
    assert low <= answer.suggested_lr <= high
