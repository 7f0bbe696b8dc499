"""Neptune's runs as neptune-exporter saves them: its schema, parts of one run, many runs, and damaged files."""

import builtins
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lrdoctor
from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.trackers import neptune
from lrdoctor.reading.formats.trackers.neptune import READER
from lrdoctor.reading.parsing import parquet_file
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.parquet_files import NEPTUNE, START, curve, neptune_file, parameter
from tests.sqlite_files import damaged

LOSS = [3.0, 2.0, 1.5, None, 1.0]


def read(*paths: Path) -> list[Run]:
    assert READER.recognise(look(paths[0])) == "the columns run_id, attribute_path, attribute_type"
    return READER.read(Source(paths[0], paths, READER.name, "test"))


def test_a_run_with_its_settings(tmp_path: Path) -> None:
    settings = [
        parameter("DIG-7", "parameters/lr", 0.1),
        parameter("DIG-7", "parameters/optimizer/name", "sgd"),
        parameter("DIG-7", "parameters/nesterov", True),
        parameter("DIG-7", "parameters/batch_size", 32),
        parameter("DIG-7", "sys/name", "calm-owl"),
        parameter("DIG-7", "sys/owner", "ada"),
        parameter("DIG-7", "source_code/entrypoint", "train.py"),
        parameter("DIG-7", "parameters/data", "/home/ada/data"),
    ]
    series = [*curve("DIG-7", "metrics/train/loss", LOSS), *curve("DIG-7", "monitoring/cpu", [1.0, 2.0])]
    [run] = read(neptune_file(tmp_path / "DIG-7-ab12_part_0.parquet", settings, series))
    assert run.name == "DIG-7"
    assert dict(run.hparams) == {
        "parameters/lr": 0.1,
        "parameters/optimizer/name": "sgd",
        "parameters/nesterov": True,
        "parameters/batch_size": 32,
    }
    assert set(run.series) == {"metrics/train/loss"}
    assert assign_roles(run).loss == "metrics/train/loss"
    assert learning_rate(run, assign_roles(run))[0] == 0.1


def test_values_are_those_that_pandas_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for run_id in ("A-1", "A-2"):
        for tag in ("train/loss", "lr"):
            steps = np.sort(rng.choice(10**9, 500, replace=False)) / 10**6
            rows += curve(run_id, tag, rng.normal(size=500).tolist(), steps=steps.tolist())
    rng.shuffle(rows)
    rows.sort(key=lambda row: float(str(row["step"])))
    path = neptune_file(tmp_path / "a.parquet", rows[:700], rows[700:])
    table = pd.read_parquet(path)
    runs = read(path)
    assert {run.name for run in runs} == {"A-1", "A-2"}
    for run in runs:
        for tag, told in run.series.items():
            own = table[(table.run_id == run.name) & (table.attribute_path == tag)]
            np.testing.assert_array_equal(told.step, own.step.astype(float))
            np.testing.assert_array_equal(told.value, own.float_value)
            assert told.wall_time is not None
            np.testing.assert_array_equal(told.wall_time, own.timestamp.astype("int64") / 1000)


def test_a_point_without_a_value_was_nan(tmp_path: Path) -> None:
    [run] = read(neptune_file(tmp_path / "a.parquet", curve("A-1", "loss", [*LOSS, math.inf])))
    assert str(run.series["loss"].value.tolist()) == str([3.0, 2.0, 1.5, math.nan, 1.0, math.inf])
    assert run.series["loss"].wall_time is not None
    assert run.series["loss"].wall_time[0] == START / 1000


def test_parts_are_one_run_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for part in range(12):
        rows = curve("A-1", "loss", [12.0 - part], steps=[part])
        neptune_file(tmp_path / "digits-77" / f"A-1-ab_part_{part}.parquet", rows)
    neptune_file(tmp_path / "digits-77" / "A-2-cd_part_0.parquet", curve("A-2", "loss", LOSS))
    one, other = lrdoctor.read(tmp_path)
    assert one.series["loss"].step.tolist() == list(range(12))
    assert not one.notes
    assert (one.name, other.name) == ("A-1", "A-2")


def test_a_part_alone_says_that_there_are_others(tmp_path: Path) -> None:
    for part in range(3):
        neptune_file(tmp_path / f"A_part_{part}.parquet", curve("A-1", "loss", LOSS))
    for named, missing in ((0, 1), (1, 0), (2, 0)):
        [run] = lrdoctor.read(tmp_path / f"A_part_{named}.parquet")
        assert f"part {missing} of the run was not read: name the folder" in run.notes[0].message


def test_series_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    text = {**parameter("A-1", "console", "hello"), "attribute_type": "string_series", "step": 1}
    bare = {**parameter("A-1", "loss", 1.0), "attribute_type": "float_series"}  # a point without a step
    [run] = read(neptune_file(tmp_path / "a.parquet", [text, bare, *curve("A-1", "loss", LOSS)]))
    assert len(run.series["loss"]) == len(LOSS)


def test_an_export_without_curves_is_refused(tmp_path: Path) -> None:
    for rows in ([parameter("A-1", "parameters/lr", 0.1)], curve("A-1", "loss", [1.0]), []):
        with pytest.raises(UnreadableError, match="without a curve: export the run's metrics too"):
            read(neptune_file(tmp_path / "a.parquet", rows))


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = neptune_file(tmp_path / "a.parquet", curve("A-1", "loss", LOSS))
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"Neptune export in Parquet needs pyarrow: pip install lrdoctor\[par"):
        read(path)


def test_look_alikes(tmp_path: Path) -> None:
    pq.write_table(pa.table({"run_id": ["a"], "step": [1], "loss": [1.0]}), tmp_path / "other.parquet")
    (tmp_path / "text").write_bytes(b"PAR1")
    assert all(READER.recognise(look(path)) is None for path in tmp_path.iterdir())


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = neptune_file(tmp_path / "a.parquet", [*curve("A-1", "loss", LOSS), *curve("A-2", "loss", LOSS)])
    for limit, value in (("MAX_RUNS", 1), ("MAX_POINTS", 9), ("MAX_ROWS", 9)):
        with monkeypatch.context() as patch:
            patch.setattr(neptune, limit, value)
            with pytest.raises(UnreadableError, match=f"more than {value}"):
                read(path)


def test_a_word_of_a_megabyte_in_every_row_takes_little_memory(tmp_path: Path) -> None:
    rows = [parameter("A-1", f"p/{i}", "x" * 1_000_000) for i in range(3)] * 200
    path = tmp_path / "a.parquet"
    table = pa.Table.from_pylist([*rows, *curve("A-1", "loss", LOSS)], schema=NEPTUNE)
    pq.write_table(table, path, dictionary_pagesize_limit=1 << 25)
    assert path.stat().st_size < 1_000_000
    [run] = read(path)
    assert not run.hparams


def test_words_beyond_the_list_of_words_are_damage(tmp_path: Path) -> None:
    path = neptune_file(tmp_path / "a.parquet", curve("A-1", "loss", LOSS))
    data = path.read_bytes()
    # The one word's place in the list, in runs of as many as there are rows: 0 bits each, changed to 5.
    at = data.index(b"A-1")
    for place in range(at, at + 80):
        path.write_bytes(data[:place] + b"\x05" + data[place + 1 :])
        with suppress(UnreadableError):
            read(path)


def test_what_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = neptune_file(tmp_path / "a.parquet", curve("A-1", "loss", LOSS * 100))
    monkeypatch.setattr(parquet_file, "MAX_UNPACKED", 1_000)
    with pytest.raises(UnreadableError, match="a row group of more than 0 GB unpacked"):
        read(path)


def test_columns_of_other_types_are_refused_or_passed_over(tmp_path: Path) -> None:
    names = ["project_id", "run_id", "attribute_path", "attribute_type", "step", "float_value"]
    path = tmp_path / "a.parquet"
    for kind in (pa.int64(), pa.list_(pa.string()), pa.binary(), pa.bool_(), pa.float32()):
        pq.write_table(pa.table({name: pa.nulls(3).cast(kind) for name in names}), path)
        with pytest.raises(UnreadableError):
            read(path)


def test_damaged_files_give_a_line(tmp_path: Path) -> None:
    whole = neptune_file(tmp_path / "whole.parquet", curve("A-1", "loss", LOSS * 50))
    path = tmp_path / "torn.parquet"
    for data in damaged(whole, 150):
        path.write_bytes(data)
        for source in discover(path).sources:
            with suppress(UnreadableError):
                READER.read(source)
