"""Series and runs: what they hold cannot be changed, and notes speak a fixed vocabulary."""

import ast
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.records.run import NOTE_CODES, Series
from tests.runs import a_run

READERS = sorted((Path(lrdoctor.__file__).parent / "reading" / "formats").rglob("*.py"))


def test_a_series_is_a_read_only_copy_that_keeps_nan_and_inf() -> None:
    value = np.array([1.0, np.nan, np.inf])
    series = Series(np.arange(3.0), value)
    value[0] = 9.0
    assert series.value[0] == 1.0
    assert np.isnan(series.value[1])
    assert np.isinf(series.value[2])
    with pytest.raises(ValueError, match="read-only"):
        series.value[0] = 2.0


def test_a_series_needs_arrays_of_one_length() -> None:
    with pytest.raises(ValueError, match="one length"):
        Series(np.arange(3.0), np.arange(2.0))
    with pytest.raises(ValueError, match="one length"):
        Series(np.arange(3.0), np.arange(3.0), np.arange(2.0))


def test_a_run_cannot_be_changed_and_becomes_a_long_table() -> None:
    run = a_run([3.0, 2.0], lr=[0.1, 0.2])
    with pytest.raises(TypeError):
        run.series["train_loss"] = Series(np.arange(1.0), np.arange(1.0))  # type: ignore[index]  # the point of the test
    frame = run.to_frame()
    assert list(frame.columns) == ["tag", "step", "value", "wall_time"]
    assert frame[frame.tag == "lr"].value.tolist() == [0.1, 0.2]


def test_readers_use_no_other_note_codes() -> None:
    calls = [
        node
        for path in READERS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Note"
    ]
    used = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert len(used) >= 5
    assert used <= set(NOTE_CODES)
