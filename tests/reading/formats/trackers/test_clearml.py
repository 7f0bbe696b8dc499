"""ClearML's offline sessions: events made here in their shape, damaged, and look-alikes."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.clearml import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import codes, knows, written

Event = dict[str, object]
TASK = {
    "name": "calm-owl-7",
    "hyperparams": {
        "General": {"lr": {"section": "General", "type": "float", "value": "0.001"}, "odd": {"value": 3}, "bad": "x"},
        "Args": {"optimizer": {"value": "adamw"}, "out": {"value": "/home/lovelace/o"}},
    },
    "script": {"diff": "lovelace@example.org"},
}


def event(step: object, value: object, metric: str = "loss", variant: object = "train", **more: object) -> Event:
    return {
        "timestamp": 1_700_000_000_000,
        "type": "training_stats_scalar",
        "task": "offline-3fdc",
        "iter": step,
        "metric": metric,
        "variant": variant,
        "value": value,
        "method": "get",
        **more,
    }


def saved(tmp_path: Path, *lines: list[Event], task: object = TASK, end: str = "") -> Path:
    (tmp_path / "task.json").write_text(task if isinstance(task, str) else json.dumps(task))
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + end)
    return path


def read(path: Path) -> Run:
    assert READER.recognise(look(path)) is not None
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    return run


def test_a_session_with_everything(tmp_path: Path) -> None:
    losses = [event(i, 1 / (i + 1)) for i in range(4)]
    others = [event(0, 0.1, "lr", "lr"), event(0, 9, ":monitor:gpu", "use")]
    others += [event(i, 1.0, "loss", "validation") for i in (0, 3)]
    run = read(saved(tmp_path, losses[:2], [*others, {"type": "log", "msg": "x"}, *losses[2:]]))
    assert (run.name, run.step_axis) == ("calm-owl-7", "iter")
    assert set(run.series) == {"loss/train", "lr", "loss/validation"}
    assert run.series["loss/train"].step.tolist() == [0, 1, 2, 3]
    assert run.series["loss/train"].wall_time is not None
    assert run.series["loss/train"].wall_time[0] == 1.7e9
    assert dict(run.hparams) == {"General/lr": 0.001, "Args/optimizer": "adamw"}
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("loss/train", "loss/validation")
    assert run.notes == ()


@pytest.mark.parametrize(
    ("values", "noted"),
    [
        ([1.0, 0.5, 0.0, 0.0], ["non-finite-filtered"]),
        ([1.0, 0.0, 0.5, 0.0], []),
        ([0.0, 0.0, 0.0, 0.0], []),
        ([1.0, math.nan, math.inf, math.nan], []),
    ],
)
def test_zeros_at_the_end_of_a_loss_are_pointed_out_and_nan_is_kept(
    tmp_path: Path, values: list[float], noted: list[str]
) -> None:
    rows = [row for i, v in enumerate(values) for row in (event(i, v), event(i, v, "speed", "it"))]
    run = read(saved(tmp_path, rows))
    np.testing.assert_array_equal(run.series["loss/train"].value, values)
    assert codes(run) == noted


def test_a_resumed_and_torn_session(tmp_path: Path) -> None:
    first, again = [event(i, 3.0 - i) for i in range(3)], [event(i, 9.0) for i in range(1, 4)]
    run = read(saved(tmp_path, first, again, end="not JSON\n" + json.dumps([event(4, 1.0)])[:-9]))
    assert run.series["loss/train"].value.tolist() == [3, 9, 9, 9]
    assert sorted(codes(run)) == ["restart", "skipped", "torn-tail"]


@pytest.mark.parametrize("task", ["", "{torn", "[" * 100_000, "[]", '{"hyperparams": [], "name": 3}'])
def test_a_session_without_its_task(tmp_path: Path, task: str) -> None:
    run = read(saved(tmp_path, [event(0, 1.0), event(1, 0.5)], task=task))
    assert dict(run.hparams) == {}
    assert run.name == tmp_path.name


def test_no_scalar_no_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without scalars"):
        read(saved(tmp_path, [event(0, 1.0, ":monitor:machine", "cpu")]))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (json.dumps([event(0, 1.0)]), True),
        (json.dumps(event(0, 1.0)), False),
        ('[{"loss": 1}]\n', False),
        ("[[1.0, 2, 3.0]]", False),
        ("[", False),
        ("", False),
    ],
)
def test_recognised_by_its_events(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "metrics.jsonl")) is known


ODD = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(ODD, ODD, ODD, ODD), max_size=4),
    tail=st.binary(max_size=20),
)
def test_nothing_raises_anything_else(tmp_path: Path, rows: list[tuple[object, ...]], tail: bytes) -> None:
    events = [event(step, value, variant=variant, timestamp=time) for step, value, variant, time in rows]
    path = saved(tmp_path, [event(0, 1.0), *events])
    path.write_bytes(path.read_bytes() + tail)
    READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    assert len(run.series["loss/train"]) >= 1


def test_no_real_log_is_taken_for_one(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []
