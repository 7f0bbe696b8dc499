"""The corpus's own code: what is drawn, and how files are kept."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.corpus import drawn as drawing
from benchmarks.corpus.drawn import draw, drawn, one
from benchmarks.corpus.store import CURVE, rounded, write
from benchmarks.corpus.sweeps import SWEEPS


def test_every_sweep_has_a_name_of_its_own() -> None:
    names = [s.name for s in SWEEPS]
    assert len(set(names)) == len(names)


def test_draws_are_seeded_and_never_change_what_was_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(np.random.default_rng(3)) == one(np.random.default_rng(3))
    monkeypatch.setattr(drawing, "TABLE", tmp_path / "drawn.csv")
    draw(5, seed=1)
    first = drawn()
    draw(4, seed=1)
    assert drawn()[:5] == first
    assert len({s.name for s in drawn()}) == 9


def test_short_mantissas_keep_five_digits_and_what_is_not_finite() -> None:
    values = np.array([3.14159265, -1e-20, 0.0, np.nan, np.inf, -np.inf], np.float32)
    short = rounded(values)
    np.testing.assert_allclose(short, values, rtol=2e-5)
    assert np.isnan(short[3])


def test_a_file_holds_the_curves_with_their_gaps(tmp_path: Path) -> None:
    table = pa.table({"lr": [0.1, 0.2], "loss": pa.array([[1.5, float("nan")], None], CURVE)})
    write(table, tmp_path / "family" / "sweep.parquet")
    read = pq.read_table(tmp_path / "family" / "sweep.parquet")
    assert read["loss"].to_pylist()[1] is None
    assert read["lr"].to_pylist() == [0.1, 0.2]
    assert [p.name for p in (tmp_path / "family").iterdir()] == ["sweep.parquet"]
