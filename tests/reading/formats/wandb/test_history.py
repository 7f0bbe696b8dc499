"""Histories saved from W&B's API, and the step column that is chosen for them."""

import builtins
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.formats.wandb import columns as wandb_rows
from lrdoctor.reading.formats.wandb.columns import Column, Rows
from lrdoctor.reading.formats.wandb.curves import curves
from lrdoctor.reading.formats.wandb.history import READER
from lrdoctor.reading.parsing import json_lines
from lrdoctor.reading.parsing.head import HEAD_BYTES, look
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import codes

Row = Mapping[str, object]


def rows(count: int, every: int = 5) -> list[dict[str, object]]:
    """A sparse history: the loss in each row, validation in each fifth."""
    made: list[dict[str, object]] = []
    for i in range(count):
        row: dict[str, object] = {
            "_step": i,
            "_runtime": 0.5 * i,
            "_timestamp": 1.7e9 + i,
            "loss": 1 / (i + 1),
            "iter": 10 * i,
        }
        made.append(row | ({"val_loss": 2 / (i + 1)} if i % every == 0 else {}))
    return made


def as_csv(history: Sequence[Row]) -> bytes:
    return pd.DataFrame(history).to_csv().encode()


def as_lines(history: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in history).encode()


def as_array(history: Sequence[Row]) -> bytes:
    return json.dumps(history, indent=1).encode()


def as_parquet(history: Sequence[Row]) -> bytes:
    return bytes(pd.DataFrame(history).to_parquet(index=False))


WRITERS = [(as_csv, "csv"), (as_lines, "jsonl"), (as_array, "json"), (as_parquet, "parquet")]


def saved(folder: Path, data: bytes, name: str = "baseline.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def read(path: Path, *companions: Path) -> Run:
    (run,) = READER.read(Source(path, (path,), READER.name, "test", companions))
    return run


@pytest.mark.parametrize(("write", "suffix"), WRITERS, ids=[case[1] for case in WRITERS])
def test_one_history_in_every_format(tmp_path: Path, write: Any, suffix: str) -> None:
    path = saved(tmp_path, write(rows(50)), f"baseline.{suffix}")
    assert READER.recognise(look(path)) == "the W&B columns _step, _runtime, _timestamp"
    run = read(path)
    assert (run.name, run.step_axis, run.notes) == ("baseline", "iter", ())
    assert sorted(run.series) == ["loss", "val_loss"]
    assert run.series["loss"].value.tolist() == [1 / (i + 1) for i in range(50)]
    assert run.series["loss"].step.tolist() == [10 * i for i in range(50)]
    assert run.series["val_loss"].step.tolist() == [50 * i for i in range(10)]
    times = run.series["val_loss"].wall_time
    assert times is not None
    assert times.tolist() == [1.7e9 + 5 * i for i in range(10)]


VALUES = st.one_of(st.none(), st.floats(), st.sampled_from(["NaN", "Infinity", "-Infinity"]))
NON_FINITE = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=8), st.booleans())
def test_values_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[float | str | None], in_lines: bool
) -> None:
    """Eight values are too few holes for NaN to be taken as a filler more than once: see below."""
    history: list[Row] = [{"_step": i, "loss": value, "other": 1} for i, value in enumerate(values)]
    if in_lines:
        data, name = as_lines(history), "h.jsonl"
    else:
        text = "".join(f"{i},{'' if value is None else value},1\n" for i, value in enumerate(values))
        data, name = ("_step,loss,other\n" + text).encode(), "h.csv"
    run = read(saved(tmp_path_factory.mktemp("history"), data, name))
    expected = [
        NON_FINITE.get(value, value) if isinstance(value, str) else value for value in values if value is not None
    ]
    if "skipped" in codes(run):
        expected = [value for value in expected if not np.isnan(float(value))]
    found = run.series["loss"].value if "loss" in run.series else np.empty(0)
    np.testing.assert_array_equal(found, np.array(expected, dtype=float))


def test_nested_values_are_flattened_and_the_rest_passed_over(tmp_path: Path) -> None:
    row = {
        "_step": 0,
        "val": {"loss": 1.5, "more": {"acc": 0.5}},
        "histogram": {"_type": "histogram", "values": [1]},
        "note": "words",
        "flag": True,
        "list": [1, 2],
        "_wandb": {"runtime": 3},
        "system/gpu.0.memory": 3,
        "system.cpu": 5,
        "system_prompt_loss": 2,
    }
    run = read(saved(tmp_path, as_lines([row]), "h.jsonl"))
    assert sorted(run.series) == ["system_prompt_loss", "val.loss", "val.more.acc"]


def test_structs_in_parquet_are_flattened(tmp_path: Path) -> None:
    history = [{"_step": i, "val": {"loss": float(i), "deep": {"acc": i}}, "words": "x", "ok": True} for i in range(3)]
    run = read(saved(tmp_path, as_parquet(history), "0000.parquet"))
    assert {tag: s.value.tolist() for tag, s in run.series.items()} == {
        "val.loss": [0, 1, 2],
        "val.deep.acc": [0, 1, 2],
    }


def test_a_null_in_parquet_is_missing_and_a_nan_is_a_value(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"_step": [0, 1, 2], "loss": pa.array([1.0, None, float("nan")])})
    path = tmp_path / "0000.parquet"
    pq.write_table(table, path)
    loss = read(path).series["loss"]
    np.testing.assert_array_equal(loss.value, [1, np.nan])
    assert loss.step.tolist() == [0, 2]


def test_the_parts_of_a_parquet_history_are_one_run(tmp_path: Path) -> None:
    paths = tuple(
        saved(tmp_path, as_parquet(rows(30)[part]), f"{i:04}.parquet")
        for i, part in enumerate([slice(20), slice(20, 30)])
    )
    (run,) = READER.read(Source(tmp_path, paths, READER.name, "test"))
    assert run.series["loss"].step.tolist() == [10 * i for i in range(30)]


def test_parquet_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, as_parquet(rows(3)), "0000.parquet")
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert READER.recognise(look(path)) is not None
    with pytest.raises(MissingExtraError, match=r"pip install lrdoctor\[parquet\]"):
        read(path)


def test_a_damaged_parquet_file_is_refused_in_one_line(tmp_path: Path) -> None:
    data = bytearray(as_parquet(rows(300)))
    data[8:400] = bytes(392)
    with pytest.raises(UnreadableError, match=r"damaged Parquet file .*: download it again") as error:
        read(saved(tmp_path, bytes(data), "0000.parquet"))
    assert "\n" not in str(error.value)


KNOWN = [
    ("history(keys=...)", "h.csv", b",_step,loss\n0,0,1.5\n1,1,1.4\n", True),
    ("_runtime and _timestamp", "h.csv", b"loss,_runtime,_timestamp\n1,2,3\n", True),
    ("_runtime alone", "h.csv", b"loss,_runtime\n1,2\n", False),
    ("a plain table", "h.csv", b"step,loss\n1,2\n", False),
    ("_step alone", "h.csv", b"_step\n1\n2\n", False),
    ("JSON lines", "h.jsonl", b'{"loss": 1, "_step": 0}\n', True),
    ("a byte-order mark", "h.jsonl", b'\xef\xbb\xbf{"loss": 1, "_step": 0}\n', True),
    ("a row longer than the head", "h.jsonl", b'{"_step": 0, "t": "' + b"x" * HEAD_BYTES + b'"}\n', True),
    ("an array", "h.json", b'[{"loss": 1, "_step": 0}]', True),
    ("the summary", "wandb-summary.json", b'{"loss": 1, "_step": 0}', False),
    ("columns of a table as JSON", "h.json", b'{"_step": {"0": 0}, "loss": {"0": 1}}', False),
    ("detectron2", "metrics.json", b'{"iteration": 19, "total_loss": 1.5, "lr": 0.1}\n', False),
    ("Hugging Face", "trainer_log.jsonl", b'{"current_steps": 5, "loss": 1.5, "lr": 0.1}\n', False),
    ("a deep value", "h.json", b"[" * 9000, False),
    ("a Parquet file of something else", "h.parquet", as_parquet([{"step": 0, "loss": 1}]), False),
    ("a Parquet file cut off", "h.parquet", as_parquet(rows(3))[:-5], False),
    ("nothing", "h.csv", b"", False),
]


@pytest.mark.parametrize(("name", "data", "known"), [case[1:] for case in KNOWN], ids=[case[0] for case in KNOWN])
def test_recognised_by_w_and_bs_own_columns(tmp_path: Path, name: str, data: bytes, known: bool) -> None:
    assert (READER.recognise(look(saved(tmp_path, data, name))) is not None) is known


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([{"_step": 10 * i, "loss": 1.0} for i in range(500)], ["sampled"]),
        ([{"_step": i, "loss": 1.0} for i in range(500)], []),
        ([{"_step": 10 * i, "loss": 1.0} for i in range(499)], []),
    ],
    ids=["500 of more", "500 of 500", "499"],
)
def test_five_hundred_rows_are_a_sample(tmp_path: Path, history: list[Row], expected: list[str]) -> None:
    assert codes(read(saved(tmp_path, as_csv(history)))) == expected


def test_a_line_cut_off_is_left_out(tmp_path: Path) -> None:
    for data, name in ((as_lines(rows(5))[:-20], "h.jsonl"), (as_csv(rows(6))[:-25], "h.csv")):
        run = read(saved(tmp_path, data, name))
        assert codes(run) == ["torn-tail"]
        assert run.series["loss"].value.tolist() == [1 / (i + 1) for i in range(len(run.series["loss"]))]


def test_lines_that_are_no_rows_are_counted(tmp_path: Path) -> None:
    data = as_lines(rows(2)) + b"Traceback:\n\n[1]\n" + as_lines(rows(4)[2:])
    run = read(saved(tmp_path, data, "h.jsonl"))
    assert [(note.code, note.message[:9]) for note in run.notes] == [("skipped", "2 lines t")]
    assert len(run.series["loss"]) == 4


def test_limits_on_lines_and_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINE", 1000)
    with pytest.raises(UnreadableError, match="one row a line"):
        read(saved(tmp_path, b'{"_step": 0, "t": "' + b"x" * 2000 + b'"}\n', "h.jsonl"))
    with pytest.raises(UnreadableError, match="broken JSON"):
        read(saved(tmp_path, b'[{"_step": 0, "loss": 1}', "h.json"))


def test_limits_on_keys_and_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb_rows, "MAX_KEYS", 3)
    row = {"_step": 0, "a": 1, "b": 2, "c": 3, "d": 4}
    run = read(saved(tmp_path, as_lines([row]), "h.jsonl"))
    assert (sorted(run.series), codes(run)) == (["a", "b"], ["skipped"])
    monkeypatch.setattr(wandb_rows, "MAX_VALUES", 7)
    run = read(saved(tmp_path, as_lines([{"_step": i, "a": i} for i in range(9)]), "h.jsonl"))
    assert (run.series["a"].value.tolist(), codes(run)) == ([0, 1, 2], ["skipped"])


def test_settings_beside_it_are_read_without_persons(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "lr: {value: 0.1}\nuser: {value: ada}\nout: {value: /home/ada/out}\nto: {value: ada@example.org}\n"
    )
    assert dict(read(saved(tmp_path, as_csv(rows(3))), config).hparams) == {"lr": 0.1}


# ---- NaN that stands for nothing


def filled(history: Sequence[Row]) -> bytes:
    """What `json.dump(run.history().to_dict("records"))` makes of a sparse history."""
    records = pd.DataFrame(history).to_dict("records")
    return as_lines([{str(key): value for key, value in row.items()} for row in records])


def test_nan_that_fills_holes_is_no_value(tmp_path: Path) -> None:
    data = filled(rows(52))
    assert data.count(b"NaN") > 40
    run = read(saved(tmp_path, data, "h.jsonl"))
    assert codes(run) == ["skipped"]
    assert run.series["val_loss"].value.tolist() == [2 / (5 * i + 1) for i in range(11)]
    assert run.series["val_loss"].step.tolist() == [50 * i for i in range(11)]


def test_a_loss_that_broke_stays_nan_among_fillers(tmp_path: Path) -> None:
    history = [row | ({"loss": np.nan} if i >= 30 else {}) for i, row in enumerate(rows(50))]
    history.insert(7, {"_step": 6.5, "note": 1.0})
    run = read(saved(tmp_path, filled(history), "h.jsonl"))
    assert np.isnan(run.series["loss"].value).sum() == 20
    assert not np.isnan(run.series["val_loss"].value).any()


def test_nan_here_and_there_is_a_value(tmp_path: Path) -> None:
    history = [{"_step": i, "loss": np.nan if i in {7, 20, 21} else 1.0} for i in range(50)]
    run = read(saved(tmp_path, as_lines(history), "h.jsonl"))
    assert np.flatnonzero(np.isnan(run.series["loss"].value)).tolist() == [7, 20, 21]
    assert codes(run) == []


# ---- which column counts the steps


def column(values: Sequence[float], at: Sequence[int] | None = None) -> Column:
    rows_ = np.arange(len(values)) if at is None else np.array(at, np.int64)
    return Column(rows_.astype(np.int64), np.array(values, dtype=float))


LOSS = column([1 / (i + 1) for i in range(8)])
STEP = column(range(8))
AXES: list[tuple[str, dict[str, Column], str, Sequence[float]]] = [
    ("_step alone", {"_step": STEP}, "_step", range(8)),
    ("iter", {"_step": STEP, "iter": column(range(0, 80, 10))}, "iter", range(0, 80, 10)),
    ("the trainer's", {"step": STEP, "train/global_step": column(range(5, 13))}, "train/global_step", range(5, 13)),
    ("spelled otherwise", {"_step": STEP, "Global Step": column(range(8, 16))}, "Global Step", range(8, 16)),
    ("half of the rows", {"_step": STEP, "iter": column([0, 20, 40, 70], [0, 2, 4, 7])}, "iter", range(0, 80, 10)),
    ("a few rows only", {"_step": STEP, "iter": column([0, 60], [0, 6])}, "_step", range(8)),
    ("constant", {"_step": STEP, "iter": column([3] * 8)}, "_step", range(8)),
    ("too coarse", {"_step": STEP, "step": column([0, 0, 0, 1, 1, 1, 2, 2])}, "_step", range(8)),
    ("within an epoch", {"_step": STEP, "step": column([0, 1, 2, 3, 0, 1, 2, 3])}, "_step", range(8)),
    ("counting down", {"_step": STEP, "step": column(range(8, 0, -1))}, "_step", range(8)),
    ("not finite", {"_step": STEP, "iter": column([0, 1, 2, 3, 4, 5, 6, np.nan])}, "_step", range(8)),
    ("nothing at all", {}, "row", range(8)),
]


@pytest.mark.parametrize(("columns", "axis", "steps"), [case[1:] for case in AXES], ids=[case[0] for case in AXES])
def test_the_step_column(columns: dict[str, Column], axis: str, steps: Sequence[float]) -> None:
    found = curves({"loss": LOSS, **columns})
    assert found.step_axis == axis
    assert found.series["loss"].step.tolist() == list(steps)
    assert axis not in found.series
    assert [note.code for note in found.notes] == (["steps-invented"] if axis == "row" else [])


def test_a_resumed_run_overrides_what_it_logged_again() -> None:
    found = curves({"loss": column(range(9)), "_step": column(range(9)), "iter": column([0, 1, 2, 3, 4, 2, 3, 4, 5])})
    assert found.step_axis == "iter"
    assert found.series["loss"].step.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.series["loss"].value.tolist() == [0, 1, 5, 6, 7, 8]
    assert [(note.code, note.step) for note in found.notes] == [("restart", 2)]


def test_a_run_begun_again_from_the_start_goes_further() -> None:
    found = curves({"loss": column(range(9)), "iter": column([0, 1, 2, 0, 1, 2, 3, 4, 5])})
    assert found.series["loss"].value.tolist() == [3, 4, 5, 6, 7, 8]


def test_several_runs_below_each_other_are_refused(tmp_path: Path) -> None:
    history = [{"_step": i, "loss": 1.0} for i in range(10)] * 2
    with pytest.raises(UnreadableError, match="several runs in one table"):
        read(saved(tmp_path, as_csv(history)))


@pytest.mark.parametrize("stamp", [1.7e9, 1.7e12], ids=["seconds", "milliseconds"])
def test_timestamps_are_unix_seconds(stamp: float) -> None:
    times = curves({"loss": LOSS, "_step": STEP, "_timestamp": column([stamp] * 8)}).series["loss"].wall_time
    assert times is not None
    assert times.tolist() == [1.7e9] * 8


def test_a_row_without_a_timestamp_leaves_the_series_without_times() -> None:
    found = curves({"loss": LOSS, "val": column([1], [3]), "_step": STEP, "_timestamp": column([5.0] * 7)})
    assert found.series["loss"].wall_time is None
    assert found.series["val"].wall_time is not None


@settings(max_examples=100)
@given(
    st.dictionaries(st.text(max_size=6), st.lists(st.tuples(st.integers(0, 20), st.floats()), max_size=12), max_size=5)
)
def test_any_columns_give_ordered_series_or_a_refusal(content: dict[str, list[tuple[int, float]]]) -> None:
    columns = {}
    for key, points in content.items():
        by_row = dict(points)
        if by_row:
            columns[key] = column([by_row[row] for row in sorted(by_row)], sorted(by_row))
    try:
        found = curves(columns)
    except UnreadableError:
        return
    for series in found.series.values():
        assert (np.diff(series.step) >= 0).all()


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))


@given(st.recursive(SCALARS, lambda one: st.one_of(st.lists(one), st.dictionaries(st.text(max_size=3), one))))
def test_any_value_is_kept_or_passed_over(value: object) -> None:
    collected = Rows()
    collected.add("x", value)
    collected.end()
    assert all(len(found.row) == 1 for found in collected.columns().values())


def test_no_real_log_of_another_format_is_taken_for_a_history(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []
