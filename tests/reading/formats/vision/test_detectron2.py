"""detectron2's `metrics.json`: recognised by its rows, resumed runs joined, evaluations kept apart."""

import json
import math
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision.detectron2 import READER
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written


def row(step: int, loss: float, **more: float) -> str:
    values = {"data_time": 0.1, "eta_seconds": 9.0, "iteration": step, "loss_cls": loss / 2, "lr": 0.02, "time": 0.5}
    return json.dumps({**values, "total_loss": loss, **more}) + "\n"


LOG = "".join(row(step, 256 - step) for step in range(19, 100, 20))

CASES = [
    ("detectron2's", LOG, True),
    ("after an evaluation", '{"bbox/AP": 0.1, "iteration": 0}\n' + LOG, True),
    ("with NaN", LOG.replace("237", "NaN"), True),
    ("one object, DVC's", '{\n  "total_loss": 1.0, "iteration": 5, "lr": 0.1\n}\n', False),
    ("rows by hand", '{"iteration": 1, "total_loss": 2.0}\n' * 9, False),
    ("Ray's rows", '{"training_iteration": 1, "total_loss": 2.0, "time": 1, "lr": 0.1}\n' * 9, False),
    ("mmengine's rows", '{"lr": 1, "data_time": 1, "loss": 1, "time": 1, "iter": 1, "step": 1}\n' * 9, False),
    ("rows with words", '{"iteration": "first", "total_loss": 1, "lr": 1, "time": 1}\n' * 9, False),
    ("a list", "[1, 2]\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "metrics.json")) is known


def test_losses_the_lr_and_evaluations(tmp_path: Path) -> None:
    evaluation = '{"bbox/AP": 20.5, "iteration": 99}\n'
    run = read_one(READER, written(tmp_path, LOG + row(119, math.nan) + evaluation, "frcnn/metrics.json"))
    assert (run.name, run.step_axis) == ("frcnn", "iteration")
    assert points(run, "total_loss")[:2] == [(19, 237), (39, 217)]
    assert math.isnan(run.series["total_loss"].value[-1])
    assert points(run, "bbox/AP") == [(99, 20.5)]
    assert "eta_seconds" not in run.series
    roles = assign_roles(run)
    assert (roles.loss, roles.lr) == ("total_loss", "lr")
    assert codes(run) == ["aggregated"]


@pytest.mark.parametrize("tag", ["validation_loss", "total_val_loss"])
def test_the_hooks_validation_losses(tmp_path: Path, tag: str) -> None:
    text = "".join(row(step, 2, **{tag: 2.5}) for step in range(19, 100, 20))
    assert assign_roles(read_one(READER, written(tmp_path, text, "metrics.json"))).val_loss == tag


def test_resumed_five_times(tmp_path: Path) -> None:
    text = "".join(row(step, attempt) for attempt in range(6) for step in range(20 * attempt, 20 * attempt + 60, 10))
    run = read_one(READER, written(tmp_path, text, "metrics.json"))
    assert points(run, "total_loss") == [(step, min(step // 20, 5)) for step in range(0, 160, 10)]
    assert codes(run) == ["aggregated", *["restart"] * 5]


def test_the_configuration_beside_it(tmp_path: Path) -> None:
    config = written(tmp_path, "SOLVER:\n  BASE_LR: 0.02\n  IMS_PER_BATCH: 16\n  WARMUP_ITERS: 1000\n", "config.yaml")
    run = read_one(READER, written(tmp_path, LOG, "metrics.json"), companions=(config,))
    assert learning_rate(run, assign_roles(run)) == (0.02, "hparams SOLVER/BASE_LR")
    assert batch_size(run) == 16


def test_a_torn_last_line(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, LOG[:-20], "metrics.json"))
    assert len(run.series["total_loss"]) == 4
    assert "torn-tail" in codes(run)


def test_no_rows(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no training row"):
        read_one(READER, written(tmp_path, '{"a": 1}\n', "metrics.json"))


def test_damaged_logs(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, LOG, "metrics.json") > 5


def test_real_logs(real_logs: Path) -> None:
    run = read_one(READER, real_logs / "detectron2" / "kane" / "metrics.json")
    loss, lr, ap = (run.series[tag] for tag in ("total_loss", "lr", "bbox/AP"))
    assert (len(loss), loss.step[0], loss.step[-1]) == (75, 19, 1499)
    assert (lr.value[0], lr.value.max()) == (1.9981e-05, 0.000999001)
    assert ap.step.tolist() == [499, 999, 1499]
    short = read_one(READER, real_logs / "detectron2" / "levi" / "metrics.json")
    assert short.series["total_loss"].step.tolist() == [19, 39, 59, 79, 99]


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "detectron2" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if knows(READER, path)] == []
