"""JSON lines an epoch: DeiT's, DETR's and LAVIS' rows; LRs rounded to a word of zeros are unknown."""

import json
import math
from pathlib import Path

import pytest

from lrdoctor.reading.formats.vision.epoch_json import READER
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written


def row(epoch: int, loss: float, **more: object) -> str:
    values = {"train_lr": 1e-4 * (epoch + 1), "train_loss": loss, "test_loss": loss + 1, "test_acc1": 20.0}
    return json.dumps({**values, "epoch": epoch, "n_parameters": 5717416, **more}) + "\n"


LOG = "".join(row(epoch, 6 - epoch / 2) for epoch in range(8))
LAVIS = '{\n    "run": {\n        "init_lr": 3e-05,\n        "batch_size_train": 16\n    }\n}\n' + "".join(
    f'{{"train_lr": "0.000", "train_loss": "{6 - i}.125"}}\n{{"valid_loss": "{i}.5"}}\n' for i in range(4)
)

CASES = [
    ("DeiT's", LOG, True),
    ("MAE's", '{"train_lr": 1e-06, "train_loss": 0.9, "epoch": 0}\n', True),
    ("LAVIS'", LAVIS, True),
    ("DETR's", row(0, 5, train_loss_ce=1.0, test_coco_eval_bbox=[0.1, 0.2]), True),
    ("Hugging Face's summary", '{"train_loss": 0.5, "train_runtime": 9.0, "epoch": 1.0}\n', False),
    ("Hugging Face's summary over lines", '{\n  "train_loss": 0.5,\n  "epoch": 1.0\n}\n', False),
    ("rows by hand", '{"epoch": 1, "train_loss": 0.5, "lr": 0.1, "seconds": 3}\n', False),
    ("rows without a split", '{"epoch": 1, "loss": 0.5}\n', False),
    ("a word for a loss", '{"train_lr": 0.1, "train_loss": "low", "epoch": 0}\n', False),
    ("CSV", "epoch,train_loss,train_lr\n0,1,2\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "log.txt")) is known


def test_an_epoch_a_row(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, LOG + row(8, math.nan), "deit/log.txt"))
    assert (run.name, run.step_axis) == ("deit", "epoch")
    assert points(run, "train_loss")[:2] == [(0, 6), (1, 5.5)]
    assert math.isnan(run.series["train_loss"].value[-1])
    assert set(run.series) == {"train_lr", "train_loss", "test_loss", "test_acc1"}
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr) == ("train_loss", "test_loss", "train_lr")
    assert codes(run) == ["aggregated"]


def test_resumed(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, LOG + "".join(row(epoch, 1) for epoch in range(5, 10)), "log.txt"))
    assert run.series["train_loss"].value.tolist() == [6, 5.5, 5, 4.5, 4, 1, 1, 1, 1, 1]
    assert "restart" in codes(run)


def test_rounded_words_and_no_epochs(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, LAVIS, "log.txt"))
    assert points(run, "train_loss") == [(i, 6.125 - i) for i in range(4)]
    assert points(run, "valid_loss") == [(i, i + 0.5) for i in range(4)]
    assert "train_lr" not in run.series
    assert learning_rate(run, assign_roles(run)) == (3e-05, "hparams run/init_lr")
    assert batch_size(run) == 16
    assert {"steps-invented", "skipped"} <= set(codes(run))


def test_an_lr_of_zero_that_is_a_number_is_kept(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, row(0, 2, train_lr=0.0) + row(1, 1), "log.txt"))
    assert points(run, "train_lr") == [(0, 0), (1, 2e-4)]


@pytest.mark.parametrize("text", [LOG, LAVIS], ids=["DeiT", "LAVIS"])
def test_damaged_logs(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, "log.txt") > 5


def test_no_real_log_of_another_format_is_taken(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if knows(READER, path)] == []
