"""The sample logs, the README's table and `expected.json` must agree, and stay small."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lrdoctor.records.diagnosis import Verdict

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
SWEEPS = {"sweep", "two-sweeps"}
NOT_SAMPLES = {"generation", "formats", ".sweeps", "__pycache__"}
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text())


def table() -> dict[str, list[str]]:
    lines = (SAMPLES / "README.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row for row in cells}


def test_folders_and_expectations_agree() -> None:
    folders = {path.name for path in SAMPLES.iterdir() if path.is_dir()} - NOT_SAMPLES - SWEEPS
    folders |= {f"{name}/{path.name}" for name in SWEEPS for path in (SAMPLES / name).iterdir()}
    assert folders == set(EXPECTED)


def test_readme_has_each_sample_once() -> None:
    named = re.findall(r"^\| `([^`]+)`", (SAMPLES / "README.md").read_text(), flags=re.MULTILINE)
    formats = json.loads((SAMPLES / "formats.json").read_text())
    assert sorted(named) == sorted([*EXPECTED, *(f"formats/{name}" for name in formats)])
    assert {path.name for path in (SAMPLES / "formats").iterdir()} == set(formats)


@pytest.mark.parametrize("name", EXPECTED)
def test_readme_says_what_expectations_say(name: str) -> None:
    row, sample = table()[name], EXPECTED[name]
    assert re.findall(r"\*\*([^*]+)\*\*", row[-1]) == sample["verdict"]
    assert re.findall(r"`([^`]+)`", row[-1]) == sample["findings"]
    assert float(row[3]) == pytest.approx(sample["lr"])
    low, best, high = (float(cell) for cell in row[4].split(","))
    assert [low, best, high] == pytest.approx([sample["band"][0], sample["best"], sample["band"][1]], rel=0.01)


@pytest.mark.parametrize("name", EXPECTED)
def test_verdicts_are_words_of_the_tool_and_fit_the_band(name: str) -> None:
    sample = EXPECTED[name]
    truth = Verdict(sample["verdict"][0])
    assert {Verdict(word) for word in sample["verdict"]} <= set(Verdict)
    low, high = sample["band"]
    inside = {
        Verdict.TOO_SLOW: sample["lr"] < low,
        Verdict.TOO_HIGH: sample["lr"] > high,
        Verdict.DIVERGENT: sample["lr"] > high,
        Verdict.WELL_TUNED: low < sample["lr"] < high,
        Verdict.INCONCLUSIVE: True,
    }
    assert inside[truth]


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_small(name: str) -> None:
    sizes = [path.stat().st_size for path in (SAMPLES / name).rglob("*") if path.is_file()]
    assert 0 < sum(sizes) <= 200_000
