"""timm's `summary.csv`, and the LR that its script trained at."""

from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.reading.formats.vision.timm import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate, optimizer
from tests.damaged_logs import assert_survives

HEADER = "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr\n"
ROWS = "0,3.2,3.1,50.0,80.0,0.02\n1,3.0,3.0,51.0,81.0,0.08\n2,2.9,2.9,52.0,82.0,0.05\n"


def saved(tmp_path: Path, text: str = HEADER + ROWS) -> Path:
    path = tmp_path / "summary.csv"
    path.write_text(text)
    return path


def read(path: Path, settings: str | None = None) -> Run:
    companions: tuple[Path, ...] = ()
    if settings is not None:
        companions = (path.with_name("args.yaml"),)
        companions[0].write_text(settings)
    (run,) = READER.read(Source(path, (path,), READER.name, "test", companions))
    return run


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (HEADER, True),
        ("epoch,train_loss,eval_loss,eval_top1,eval_top5\n", True),
        ("epoch,train_loss,eval_loss,eval_prec1,eval_prec5\n", True),
        ("epoch,train_loss,val_loss,lr\n", False),
        ("epoch,train_loss,eval_loss,eval_accuracy,lr\n", False),
        ("step,train_loss,eval_loss,eval_top1,lr\n", False),
        ("epoch,eval_top1,train_loss,eval_loss\n", False),
        ("", False),
    ],
)
def test_recognised_by_its_columns(tmp_path: Path, header: str, known: bool) -> None:
    width = header.count(",") + 1
    path = saved(tmp_path, header + "".join(f"{row}" + ",1.5" * (width - 1) + "\n" for row in range(3 * bool(header))))
    assert (READER.recognise(look(path)) is not None) is known


def test_values(tmp_path: Path) -> None:
    run = read(saved(tmp_path))
    assert (run.step_axis, run.series["train_loss"].step.tolist()) == ("epoch", [0, 1, 2])
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr) == ("train_loss", "eval_loss", "lr")
    assert [note.code for note in run.notes] == ["aggregated"]


@pytest.mark.parametrize(
    ("settings", "lr"),
    [
        ("lr: 0.1\nlr_base: 0.5\n", 0.1),
        # null: worked out from the base, which by itself is not what was trained at, however near.
        ("lr: null\nlr_base: 0.1\nlr_base_size: 256\nbatch_size: 128\n", 0.08),
        ("lr: null\nlr_base: 0.1\nlr_base_size: 256\nbatch_size: 128\nworld_size: 2\nopt: sgd\n", 0.1),
        ("lr: null\nlr_base: 0.05\nlr_base_size: 256\nbatch_size: 128\nworld_size: 2\ngrad_accum_steps: 2\n", 0.1),
        ("lr: null\nlr_base: 0.2\nlr_base_size: 256\nbatch_size: 64\nworld_size: 1\nopt: adamw\n", 0.1),
        ("lr: null\nlr_base: 0.2\nlr_base_size: 256\nbatch_size: 64\nworld_size: 1\nlr_base_scale: linear\n", 0.05),
        ("lr: null\nlr_base: big\nlr_base_size: 0\nbatch_size: 64\nworld_size: 1\n", 0.08),
        ("lr: null\nlr_base: 1.0\nlr_base_size: 0\nbatch_size: 64\nworld_size: 1\n", 0.08),
    ],
)
def test_the_lr_trained_at(tmp_path: Path, settings: str, lr: float) -> None:
    run = read(saved(tmp_path), settings)
    assert learning_rate(run, assign_roles(run))[0] == pytest.approx(lr)


def test_other_settings(tmp_path: Path) -> None:
    run = read(saved(tmp_path), "opt: sgd\nmomentum: 0.9\nlr: 0.1\nlayer_decay: 0.75\n")
    assert optimizer(run) == "SGD+momentum"
    assert [note.series for note in run.notes] == [None, "lr"]


def test_nan_restart_and_torn_tail(tmp_path: Path) -> None:
    rows = (
        "0,3.2,3.1,50,80,0.1\n1,3,3,51,81,0.1\n2,3,3,50,80,0.1\n"
        + HEADER
        + "1,3,3,1,5,0.1\n2,nan,nan,1,5,0.1\n3,nan,nan,1,5,0.1\n4,n"
    )
    run = read(saved(tmp_path, HEADER + rows))
    assert run.series["train_loss"].step.tolist() == [0, 1, 2, 3]
    assert np.isnan(run.series["train_loss"].value).tolist() == [False, False, True, True]
    assert {"restart", "torn-tail"} <= {note.code for note in run.notes}


def test_damage(tmp_path: Path) -> None:
    assert_survives(READER, tmp_path / "summary.csv", (HEADER + ROWS).encode())


def test_a_log_by_its_own_writer(real_logs: Path) -> None:
    (run,) = lrdoctor.read(real_logs / "generated/timm_summary.csv")
    assert run.source.format == READER.name
    assert len(run.series["train_loss"]) == 12
    assert learning_rate(run, assign_roles(run))[0] == pytest.approx(0.1)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    known = [path.name for path in real_logs.rglob("*") if path.is_file() and READER.recognise(look(path))]
    assert known == ["timm_summary.csv"]
