"""OpenMMLab's text logs: rows of mmengine and mmcv, iterations over epochs, the configuration printed before them."""

import math
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision import openmmlab
from lrdoctor.reading.formats.vision.openmmlab_text import READER
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, optimizer
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

STAMP = "2023/06/05 20:09:49 - mmengine - INFO - "
CONFIG = (
    f"{STAMP}Config:\noptim_wrapper = dict(\n    optimizer=dict(type='AdamW', lr=0.004))\n"
    "train_dataloader = dict(batch_size=32)\n"
)
MMENGINE = CONFIG + "".join(
    f"{STAMP}Epoch(train)   [{e}][ {i}/30]  base_lr: 4.0e-03 lr: 4.0e-0{e}  eta: 3 days, 2:04:39  time: 7.35"
    f"  data_time: 6.79  memory: 300  loss: {4 - e - i / 100:.4f}  loss_kpt: 0.1\n"
    for e in (1, 2, 3)
    for i in (10, 20)
)
OLD = "2021-05-01 12:00:00,123 - mmdet - INFO - "
MMCV = "".join(
    f"{OLD}Epoch [{e}][{i}/7330]\tlr: 1.978e-02, eta: 1 day, 2:00:01, time: 0.5, data_time: 0.1, memory: 9,"
    f" loss_bbox: 0.3, loss: {3 - e + i / 10_000}\n"
    for e in (1, 2)
    for i in (50, 100, 150)
)

CASES = [
    ("mmengine's", MMENGINE, True),
    ("mmcv's", MMCV, True),
    ("mmcv's by iteration", f"{OLD}Iter [50/160000]\tlr: 9.997e-03, eta: 1:00:00, time: 0.4, loss: 2.1\n", True),
    ("after a long configuration", f"{STAMP}Config:\n" + "x = dict(a=1)\n" * 6000 + MMENGINE, True),
    ("an evaluation alone", f"{STAMP}Epoch(val) [10][6/6]    coco/AP: 0.1  time: 1.5\n", False),
    ("training without a loss", f"{STAMP}Epoch(train) [10][6/6]    lr: 0.1  time: 1.5\n", False),
    ("another script's", "2021-05-01 12:00:00,123 - INFO - Epoch [1][50/7330] loss: 2\n", False),
    ("a script's with its name", f"{OLD}epoch 3 loss: 0.5\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "20230605_200941.log")) is known


def test_rows_of_mmengine(tmp_path: Path) -> None:
    rows = [
        f"{STAMP}Epoch(val)  [3][10/20]    eta: 0:00:12  time: 2.4  data_time: 2.1  ",
        f"{STAMP}Epoch(val) [3][20/20]    coco/AP: 0.5  coco/AP .5: 0.6  val/loss: 0.7  data_time: 1.4  time: 1.5",
    ]
    run = read_one(READER, written(tmp_path, MMENGINE + "\n".join(rows) + "\n", "20230605_200941.log"))
    assert [step for step, _ in points(run, "loss")] == [10, 20, 40, 50, 70, 80]
    assert points(run, "lr")[0] == (10, 0.4)
    assert points(run, "base_lr")[0] == (10, 0.004)
    assert points(run, "val/coco/AP .5") == [(80, 0.6)]
    assert points(run, "val/loss") == [(80, 0.7)]
    assert not {"eta", "time", "memory", "val/time"} & set(run.series)
    assert (optimizer(run), batch_size(run)) == ("AdamW", 32)
    assert codes(run) == ["aggregated"]


def test_rows_of_mmcv(tmp_path: Path) -> None:
    val = f"{OLD}Epoch(val) [2][625]\tbbox_mAP: 0.2, bbox_mAP_50: 0.3\n"
    diverged = f"{OLD}Epoch [2][200/7330]\tlr: 1.978e-02, eta: 2:00:01, loss: nan\n"
    run = read_one(READER, written(tmp_path, MMCV + diverged + val, "20210501.log"))
    assert [step for step, _ in points(run, "loss")] == [50, 100, 150, 7380, 7430, 7480, 7530]
    assert math.isnan(run.series["loss"].value[-1])
    assert points(run, "val/bbox_mAP") == [(7530, 0.2)]
    roles = assign_roles(run)
    assert (roles.loss, roles.lr) == ("loss", "lr")


def test_rows_by_iteration(tmp_path: Path) -> None:
    text = "".join(f"{OLD}Iter [{i}/160000]\tlr: 9.9e-03, eta: 1:00:00, loss: 2.1\n" for i in range(50, 500, 50))
    run = read_one(READER, written(tmp_path, text, "a.log"))
    assert [step for step, _ in points(run, "loss")] == list(range(50, 500, 50))


def test_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    first, _, _ = MMCV.partition(f"{OLD}Epoch [2][150")
    run = read_one(READER, written(tmp_path, first + MMCV[:-4], "a.log"))
    assert [step for step, _ in points(run, "loss")] == [50, 100, 150, 7380, 7430]
    assert codes(run) == ["torn-tail", "aggregated", "restart"]


def test_no_training_row(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a training row"):
        read_one(READER, written(tmp_path, CONFIG, "a.log"))


@pytest.mark.parametrize("text", [MMENGINE, MMCV], ids=["mmengine", "mmcv"])
def test_damaged_logs(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, "a.log") > 5


def test_a_real_log_says_what_its_json_says(real_logs: Path) -> None:
    folder = real_logs / "mmengine" / "pose_20230605"
    text = read_one(READER, folder / "20230605_200941.log")
    rows = read_one(openmmlab.READER, folder / "scalars.json")
    assert (len(text.series["loss"]), text.series["loss"].step[-1]) == (789, 789)
    for tag in ("loss", "lr", "val/coco/AP", "val/PCK"):
        assert text.series[tag].step.tolist() == rows.series[tag].step.tolist()
        assert abs(text.series[tag].value - rows.series[tag].value).max() < 1e-6
    assert (optimizer(text), batch_size(text), text.hparams["optimizer/lr"]) == ("AdamW", 32, 0.004)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    assert [p.name for p in real_logs.rglob("*") if p.is_file() and knows(READER, p)] == ["20230605_200941.log"]
