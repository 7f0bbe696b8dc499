"""Pieces of good runs, as people paste them: nothing diverged in them, and they lead nowhere far."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Note, Run, Series

SAMPLES = Path(__file__).parents[1] / "sample_logs"
LENGTHS = (14, 24)
STARTS = (0.5, 0.7, 0.9)  # shares of the run where a window begins


def window(run: Run, loss: str, first: int, rows: int, *, steps: bool) -> Run:
    """Some rows of a run's loss, with what else was logged meanwhile; without steps as if pasted from a terminal."""
    series = run.series[loss]
    part = slice(first, first + rows)
    if not steps:
        counted = Series(np.arange(float(rows))[: len(series.value[part])], series.value[part])
        note = Note("steps-invented", "no step column", loss)
        return replace(run, series={loss: counted}, notes=(*run.notes, note))
    low, high = float(series.step[part][0]), float(series.step[part][-1])

    def cut(one: Series) -> Series:
        keep = (one.step >= low) & (one.step <= high)
        return Series(one.step[keep], one.value[keep])

    kept = {tag: cut(one) for tag, one in run.series.items()}
    return replace(run, series={tag: one for tag, one in kept.items() if len(one)})


@pytest.fixture(scope="module")
def windows() -> list[lrdoctor.Diagnosis]:
    """The diagnoses of windows of every sample that is called well tuned as a whole."""
    found = []
    for path in sorted(SAMPLES.iterdir()):
        if not path.is_dir() or path.name in {"generation", "formats"}:
            continue
        for run in lrdoctor.read(path):
            whole = lrdoctor.diagnose(run)
            loss = whole.roles.loss
            if whole.verdict is not Verdict.WELL_TUNED or loss is None or len(run.series[loss]) < 60:
                continue
            n = len(run.series[loss])
            found += [
                lrdoctor.diagnose(window(run, loss, min(int(share * n), n - rows), rows, steps=steps))
                for rows in LENGTHS
                for share in STARTS
                for steps in (True, False)
            ]
    return found


def test_there_are_enough_of_them(windows: list[lrdoctor.Diagnosis]) -> None:
    assert len(windows) >= 66


def test_no_piece_of_a_good_run_has_diverged(windows: list[lrdoctor.Diagnosis]) -> None:
    assert not [d.run.name for d in windows if d.verdict is Verdict.DIVERGENT]


def test_hardly_a_piece_is_sent_off_by_ten(windows: list[lrdoctor.Diagnosis]) -> None:
    sent = [d.run.name for d in windows if d.factor is not None and abs(math.log10(d.factor)) > 0.99]
    assert len(sent) <= 3 * len(windows) / 66, sent
