"""Comet's offline experiments: messages made here in their shape, damaged, and look-alikes."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.comet import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import knows, written

OFFLINE = json.dumps({"payload": {"key": "offline_experiment", "message_id": 1, "value": True}, "type": "log_other"})


def metric(value: object, step: object, name: object = "train_loss", **more: object) -> str:
    inner = {"epoch": None, "metricName": name, "metricValue": value, "step": step}
    payload = {"local_timestamp": 1_700_000_000_000, "message_id": 2, "metric": inner, **more}
    return json.dumps({"payload": payload, "type": "metric_msg"})


def param(name: object, value: object) -> str:
    inner = {"paramName": name, "paramValue": value, "source": "manual", "step": None}
    return json.dumps({"payload": {"message_id": 3, "param": inner}, "type": "parameter_msg"})


def saved(tmp_path: Path, *lines: str, end: str = "") -> Path:
    folder = tmp_path / "7eb791290f44"
    folder.mkdir(exist_ok=True)
    path = folder / "messages.json"
    path.write_text("".join(line + "\n" for line in (OFFLINE, *lines)) + end)
    return path


def read(path: Path) -> Run:
    assert READER.recognise(look(path)) is not None
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    return run


def test_an_experiment_with_everything(tmp_path: Path) -> None:
    settings_ = [param("lr", 0.1), param("optimizer", "sgd"), param("curr_step", 1), param("out", "/home/lovelace/o")]
    values: list[object] = [1.0, 0.5, "NaN", "Infinity"]
    others = [metric(3, 3, "process duration"), metric(3, 3, "sys.cpu.percent.01"), metric("words", 3, "note")]
    run = read(saved(tmp_path, *settings_, *[metric(v, i) for i, v in enumerate(values)], *others))
    assert (run.name, run.step_axis) == ("7eb791290f44", "step")
    assert list(run.series) == ["train_loss"]
    np.testing.assert_array_equal(run.series["train_loss"].value, [1, 0.5, np.nan, np.inf])
    assert run.series["train_loss"].step.tolist() == [0, 1, 2, 3]
    assert run.series["train_loss"].wall_time is not None
    assert run.series["train_loss"].wall_time[0] == 1.7e9
    assert dict(run.hparams) == {"lr": 0.1, "optimizer": "sgd"}
    assert run.notes == ()


def test_a_metric_without_a_step_has_the_one_before(tmp_path: Path) -> None:
    lines = [metric(1, 5), metric(9, None, "lr"), metric(2, 6), metric(8, None, "lr")]
    assert read(saved(tmp_path, *lines)).series["lr"].step.tolist() == [5, 6]
    run = read(saved(tmp_path, *[metric(v, None) for v in (3, 2, 1)]))
    assert run.series["train_loss"].step.tolist() == [0, 1, 2]
    assert [note.code for note in run.notes] == ["steps-invented"]


def test_a_resumed_and_torn_experiment(tmp_path: Path) -> None:
    lines = [metric(v, i) for i, v in ((0, 3), (1, 2), (2, 1), (1, 9), (2, 9), (3, 9))]
    run = read(saved(tmp_path, *lines, "no JSON", end=metric(1, 4)[:-20]))
    assert run.series["train_loss"].value.tolist() == [3, 9, 9, 9]
    assert sorted(note.code for note in run.notes) == ["restart", "skipped", "torn-tail"]


def test_no_metric_no_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without metrics"):
        read(saved(tmp_path, param("lr", 0.1)))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (OFFLINE + "\n", True),
        (metric(1, 0) + "\n", True),
        (metric(1, 0) + "\n" + json.dumps({"step": 0, "loss": 1}) + "\n", False),
        (json.dumps({"payload": {"a": 1}, "type": "chat"}) + "\n", False),
        (json.dumps({"payload": [1], "type": "metric_msg"}) + "\n", False),
        ("[" + OFFLINE + "]", False),
        ("", False),
    ],
)
def test_recognised_by_its_messages(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "messages.json")) is known


ODD = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(ODD, ODD, ODD, ODD), max_size=4), tail=st.binary(max_size=20))
def test_nothing_raises_anything_else(tmp_path: Path, rows: list[tuple[object, ...]], tail: bytes) -> None:
    odd = [metric(value, step, name, local_timestamp=time) for value, step, name, time in rows]
    odd += [param(name, value) for name, value, *_ in rows]
    odd.append(json.dumps({"payload": {"metric": rows, "param": 1}, "type": "metric_msg"}))
    path = saved(tmp_path, metric(1, 0), *odd)
    path.write_bytes(path.read_bytes() + tail)
    READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    assert len(run.series["train_loss"]) >= 1


def test_no_real_log_is_taken_for_one(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []
