"""What Trackio exports as Parquet: its columns, its settings, beside its database, and damaged."""

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.trackers import trackio_parquet
from lrdoctor.reading.formats.trackers.trackio_parquet import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run
from tests.parquet_files import trackio_file
from tests.reading.formats.trackers.test_trackio import TABLES, TIME
from tests.sqlite_files import damaged, saved

Row = dict[str, object]


def rows(run: str, name: str, values: Sequence[float] = (3.0, 2.0, 1.0)) -> list[Row]:
    return [
        {
            "id": i,
            "run_id": run,
            "timestamp": TIME,
            "run_name": name,
            "step": 10 * i,
            "log_id": None,
            "space_id": None,
            "train/loss": value,
            "lr": 0.1 / (i + 1),
        }
        for i, value in enumerate(values)
    ]


def config(run: str, **settings: object) -> Row:
    return {"id": 1, "run_id": run, "run_name": "n", "created_at": TIME, **settings, "_Username": "ada", "_Group": None}


def read(path: Path) -> list[Run]:
    [source] = discover(path).sources
    assert source.why == "Trackio's columns id, timestamp, run_name, step"
    return READER.read(source)


def test_runs_with_their_settings(tmp_path: Path) -> None:
    path = trackio_file(tmp_path / "digits.parquet", [*rows("a" * 32, "calm-owl"), *rows("b" * 32, "calm-owl")])
    configs = [config("a" * 32, lr=0.1, optim={"name": "sgd", "betas": [0.9, 0.99]}), config("b" * 32, epochs=3)]
    trackio_file(tmp_path / "digits_configs.parquet", configs)
    first, second = read(path)
    assert (first.name, second.name) == ("calm-owl (aaaaaaaa)", "calm-owl (bbbbbbbb)")
    assert dict(first.hparams) == {"lr": 0.1, "optim/name": "sgd"}
    assert dict(second.hparams) == {"epochs": 3}


def test_a_static_space_keeps_its_settings_in_a_folder(tmp_path: Path) -> None:
    path = trackio_file(tmp_path / "metrics.parquet", rows("a" * 32, "n"))
    trackio_file(tmp_path / "aux" / "configs.parquet", [config("a" * 32, lr=0.5)])
    assert read(path)[0].hparams == {"lr": 0.5}


def test_values_are_those_that_pandas_reads(tmp_path: Path) -> None:
    told = rows("a" * 32, "one", np.random.default_rng(0).normal(size=300).tolist())
    other = rows("b" * 32, "two", (5.0, math.nan, math.inf, -math.inf))
    for row in told[::3]:
        row["val/loss"] = row.pop("train/loss")  # what is not logged in a row is null
    path = trackio_file(tmp_path / "p.parquet", [*told[:200], *other, *told[200:]])
    table = pq.read_table(path).to_pandas(types_mapper=pd.ArrowDtype)
    for run in read(path):
        for tag, series in run.series.items():
            own = table[(table.run_name == run.name) & table[tag].notna()]
            np.testing.assert_array_equal(series.step, own.step.astype(float))
            if run.name == "one":
                np.testing.assert_array_equal(series.value, own[tag].astype(float))
            assert series.wall_time is not None
            assert series.wall_time[0] == 1796132280.1
    assert str(read(path)[1].series["train/loss"].value.tolist()) == str([5.0, math.nan, math.inf, -math.inf])


def test_objects_are_flattened_and_lists_are_not_taken(tmp_path: Path) -> None:
    made = rows("a" * 32, "n")
    for row in made:
        row |= {"deep": {"a": {"b": 1}, "words": "x", "many": [1.0, 2.0]}, "note": "hello", "table": [1, 2], "ok": True}
    [run] = read(trackio_file(tmp_path / "p.parquet", made))
    assert set(run.series) == {"train/loss", "lr", "deep/a/b"}


def test_the_first_versions_told_runs_by_their_names(tmp_path: Path) -> None:
    made = [{k: v for k, v in row.items() if k not in {"run_id", "log_id", "space_id"}} for row in rows("a", "owl")]
    assert [run.name for run in read(trackio_file(tmp_path / "p.parquet", made))] == ["owl"]


@pytest.mark.parametrize("count", [1, 2, 30])
def test_beside_its_database_a_training_is_told_once(tmp_path: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    made = [rows(f"{i:032}", f"run-{i}", np.cumsum(rng.normal(size=40)).tolist()) for i in range(count)]
    trackio_file(tmp_path / "digits.parquet", [row for one in made for row in one])
    trackio_file(tmp_path / "digits_configs.parquet", [config(f"{i:032}", lr=0.1) for i in range(count)])
    kept = ("run_id", "timestamp", "run_name", "step")
    stored = [
        (place, *(row[key] for key in kept), json.dumps({key: row[key] for key in ("train/loss", "lr")}), None, None)
        for place, row in enumerate(row for one in made for row in one)
    ]
    saved(tmp_path / "digits.db", TABLES, {"metrics": stored})
    runs = lrdoctor.read(tmp_path)
    assert len(runs) == count
    assert all(note.code == "twin" for run in runs for note in run.notes)


def test_other_tables_of_a_project_are_not_runs(tmp_path: Path) -> None:
    trackio_file(tmp_path / "p_configs.parquet", [config("a", lr=0.1, step=3, timestamp="x")])
    machine = [{k: v for k, v in row.items() if k != "step"} for row in rows("a", "n")]
    trackio_file(tmp_path / "p_system.parquet", machine)
    pq.write_table(pa.table({"run_name": ["a"], "step": [1], "loss": [1.0]}), tmp_path / "other.parquet")
    assert all(READER.recognise(look(path)) is None for path in tmp_path.iterdir())


def test_a_project_without_curves_is_refused(tmp_path: Path) -> None:
    for made in (rows("a" * 32, "n", (1.0,)), [{**row, "step": None} for row in rows("a" * 32, "n")]):
        with pytest.raises(UnreadableError, match=r"without a curve: log the loss .* trackio\.log"):
            read(trackio_file(tmp_path / "p.parquet", made))


def test_settings_that_cannot_be_read_are_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = trackio_file(tmp_path / "p.parquet", rows("a" * 32, "n"))
    beside = tmp_path / "p_configs.parquet"
    beside.write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    assert read(path)[0].notes[0].message.startswith("p_configs.parquet: a damaged Parquet file")
    monkeypatch.setattr(trackio_parquet, "MAX_SETTINGS", 5)
    trackio_file(beside, [config("a" * 32, lr=0.1)])
    assert "left out" in read(path)[0].notes[0].message


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = trackio_file(tmp_path / "p.parquet", [*rows("a" * 32, "n"), *rows("b" * 32, "n")])
    for limit, value in (("MAX_RUNS", 1), ("MAX_POINTS", 11), ("MAX_CELLS", 11)):
        with monkeypatch.context() as patch:
            patch.setattr(trackio_parquet, limit, value)
            with pytest.raises(UnreadableError, match=f"more than {value}"):
                read(path)


def test_columns_of_other_types_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    for kind in (pa.int64(), pa.list_(pa.string()), pa.binary(), pa.bool_(), pa.float32()):
        columns = {name: pa.nulls(3).cast(kind) for name in ("id", "timestamp", "run_name", "step", "loss")}
        pq.write_table(pa.table(columns), path)
        with pytest.raises(UnreadableError):
            read(path)


def test_damaged_files_give_a_line(tmp_path: Path) -> None:
    whole = trackio_file(tmp_path / "whole.parquet", rows("a" * 32, "n", np.geomspace(2, 1, 200).tolist()))
    path = tmp_path / "torn.parquet"
    for data in damaged(whole, 150):
        path.write_bytes(data)
        for source in discover(path).sources:
            with suppress(UnreadableError):
                READER.read(source)
