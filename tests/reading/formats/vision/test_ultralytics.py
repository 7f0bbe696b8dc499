"""Ultralytics' and YOLOv5's `results.csv`: which LR is the run's, and what is told from other people's results."""

from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.reading.formats.vision.ultralytics import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate
from tests.damaged_logs import assert_survives
from tests.reading.formats.line_logs import knows

V8 = "epoch,time,train/box_loss,train/cls_loss,train/dfl_loss,metrics/mAP50(B),val/box_loss,lr/pg0,lr/pg1,lr/pg2"
V8_ROWS = [
    "1,9.5,1.2,1.7,1.0,0.3,1.5,0.068,0.0003,0.0003",
    "2,19,1.1,0.9,1.0,0.7,1.3,0.035,0.0006,0.0006",
    "3,28,1.0,0.8,0.9,0.8,1.1,0.0018,0.0008,0.0008",
]
PADDED = (
    "                  epoch,         train/box_loss,   metrics/precision(B),                 lr/pg0,    lr/pg1\n"
    "                      0,                 1.6878,                 0.1762,               0.070545, 0.0032727\n"
    "                      1,                 1.5878,                 0.2762,               0.040545, 0.0062727\n"
)
V5 = (
    "   epoch, train/box_loss, train/obj_loss, train/cls_loss, metrics/mAP_0.5,  x/lr0,  x/lr1, x/lr2\n"
    "       0,           0.07,           0.04,           0.05,            0.28, 0.0033, 0.0033,  0.07\n"
    "       1,           0.04,           0.02,           0.04,            0.58, 0.0066, 0.0066,  0.04\n"
)
MUON = (
    "epoch,time,train/box_loss,train/cls_loss,metrics/mAP50(B),lr/pg0,lr/pg1,lr/pg2,lr/pg3,lr/pg4,lr/pg5\n"
    "1,9,1.2,1.7,0.3,0.01,0.0033,0.01,0.0033,0.01,0.0033\n"
    "2,9,1.1,1.5,0.3,0.03,0.01,0.03,0.01,0.03,0.01\n"
    "3,9,1.0,1.4,0.3,0.027,0.009,0.027,0.009,0.027,0.009\n"
)


def v8(*rows: str) -> str:
    return "\n".join([V8, *(rows or V8_ROWS)]) + "\n"


def saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "results.csv"
    path.write_text(text)
    return path


def read(path: Path, *companions: Path) -> Run:
    (run,) = READER.read(Source(path, (path,), READER.name, "test", companions))
    return run


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (v8(), True),
        (PADDED, True),
        (V5, True),
        (MUON, True),
        ("epoch,time,train/loss,metrics/accuracy_top1,val/loss,lr/pg0\n1,5,2.3,0.1,2.2,0.1\n2,6,2,0.3,2,0.1\n", True),
        ("epoch,train/loss,test/loss,metrics/accuracy_top1,lr/0\n0,2.3,2.2,0.3,0.01\n1,2,2,0.4,0.01\n", True),
        ("epoch,train/giou_loss,train/cls_loss,train/l1_loss,metrics/mAP50(B),lr/pg0\n1,1,1,1,0,1e-4\n", True),
        ("epoch,train/loss,val/loss,lr\n0,2,2,0.1\n1,1,1,0.1\n", False),
        ("epoch,train_loss,eval_loss,eval_top1,lr\n0,2,2,10,0.1\n", False),
        ("step,train/box_loss,metrics/mAP,lr/pg0\n0,2,2,0.1\n1,1,1,0.1\n", False),
        ("model,epoch,lr/pg0\na,1,0.1\nb,2,0.1\n", False),
        ('{"epoch": 1, "train/box_loss": 1, "metrics/x": 1, "lr/pg0": 1}\n', False),
        ("", False),
    ],
)
def test_recognised_by_its_columns(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, saved(tmp_path, text)) is known


@pytest.mark.parametrize(("text", "first"), [(v8(), 1), (PADDED, 0), (V5, 0)])
def test_epochs_are_as_written(tmp_path: Path, text: str, first: int) -> None:
    run = read(saved(tmp_path, text))
    assert run.step_axis == "epoch"
    assert run.series["train/box_loss"].step[0] == first
    assert "aggregated" in [note.code for note in run.notes]


@pytest.mark.parametrize(
    ("text", "peak", "tag"),
    [(v8(), 0.0008, "lr/pg1"), (PADDED, 0.0062727, "lr/pg1"), (V5, 0.0066, "x/lr0"), (MUON, 0.01, "lr")],
)
def test_the_lr_is_never_that_of_the_biases_or_of_a_boosted_head(
    tmp_path: Path, text: str, peak: float, tag: str
) -> None:
    run = read(saved(tmp_path, text))
    roles = assign_roles(run)
    assert roles.lr == tag
    assert learning_rate(run, roles)[0] == pytest.approx(peak)


def test_boosted_groups_are_said_to_be_left_aside(tmp_path: Path) -> None:
    run = read(saved(tmp_path, MUON))
    assert run.series["lr"].value.tolist() == [0.0033, 0.01, 0.009]
    assert [note.series for note in run.notes if note.code == "derived"] == ["lr"]
    assert "lr" not in read(saved(tmp_path, v8())).series


def test_a_log_that_ends_in_the_warm_up_may_show_other_groups_but_not_a_higher_lr(tmp_path: Path) -> None:
    run = read(saved(tmp_path, v8(*V8_ROWS[:2])))
    assert learning_rate(run, assign_roles(run))[0] == pytest.approx(0.0006)


@pytest.mark.parametrize(
    ("settings", "lr", "batch"),
    [
        ("optimizer: SGD\nlr0: 0.001\nbatch: 16\nnbs: 64\n", 0.001, 64),
        ("optimizer: auto\nlr0: 0.01\nbatch: 16\nnbs: 64\n", 0.0008, 64),
        ("optimizer: auto\nlr0: 0.01\nbatch: 48\n", 0.0008, 48),
        ("optimizer: SGD\nlr0: 0.001\nbatch: 128\nnbs: 64\n", 0.001, 128),
        ("optimizer: SGD\nlr0: 0.001\nbatch: -1\nnbs: 64\n", 0.001, None),
        ("optimizer: SGD\nlr0: 0.001\nbatch: 16\nnbs: none\n", 0.001, 16),
        ("warmup_bias_lr: 0.1\nbatch: true\n", 0.0008, None),
    ],
)
def test_settings(tmp_path: Path, settings: str, lr: float, batch: int | None) -> None:
    companion = tmp_path / "args.yaml"
    companion.write_text(settings)
    run = read(saved(tmp_path, v8()), companion)
    assert learning_rate(run, assign_roles(run))[0] == pytest.approx(lr)
    assert batch_size(run) == batch


@pytest.mark.parametrize(
    ("folder", "name"),
    [("runs/detect/train", "detect/train"), ("runs/detect/train2", "train2"), ("mine/train", "mine")],
)
def test_the_first_run_of_a_task_is_not_called_after_the_task(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert read(saved(tmp_path / folder, v8())).name == name


def test_a_resumed_run_and_nan(tmp_path: Path) -> None:
    again = ["2,5,1.1,nan,1.0,0.7,1.3,0.0018,0.0008,0.0008", "3,9,nan,nan,nan,0,nan,0.0018,0.0008,0.0008"]
    run = read(saved(tmp_path, v8(*V8_ROWS, *again)))
    assert run.series["train/box_loss"].step.tolist() == [1, 2, 3]
    assert np.isnan(run.series["train/cls_loss"].value).tolist() == [False, True, True]
    assert "restart" in [note.code for note in run.notes]


def test_a_torn_tail(tmp_path: Path) -> None:
    run = read(saved(tmp_path, v8() + "4,37,0.9"))
    assert run.series["train/box_loss"].step.tolist() == [1, 2, 3]
    assert "torn-tail" in [note.code for note in run.notes]


def test_damage(tmp_path: Path) -> None:
    assert_survives(READER, tmp_path / "results.csv", MUON.encode() + v8().encode())


@pytest.mark.parametrize(
    ("folder", "rows", "first", "lr", "highest", "total"),
    [
        ("ultralytics/fire_v8_2023", 25, 0, 0.01, 0.00915, 7.2167),
        ("ultralytics/vehicle_v8_2024", 10, 1, 0.001, 0.000812, 4.0434),
        ("yolov5/lego", 50, 0, 0.01, 0.00958, 0.156567),
    ],
)
def test_real_logs(
    real_logs: Path, folder: str, rows: int, first: int, lr: float, highest: float, total: float
) -> None:
    (run,) = lrdoctor.read(real_logs / folder / "results.csv")
    roles = assign_roles(run)
    assert run.source.format == READER.name
    assert roles.loss == "train/loss"
    loss = run.series["train/loss"]
    assert (len(loss), loss.step[0]) == (rows, first)
    assert loss.value[0] == pytest.approx(total, rel=1e-4)
    assert run.series[roles.lr or ""].value.max() == pytest.approx(highest, rel=1e-3)
    assert learning_rate(run, roles)[0] == pytest.approx(lr)
    assert batch_size(run) == 64


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    known = {path for path in real_logs.rglob("*") if path.is_file() and READER.recognise(look(path))}
    assert {path.parent.parent.name for path in known} == {"ultralytics", "yolov5"}
    assert len(known) == 3
