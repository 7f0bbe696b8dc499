"""OpenMMLab's JSON lines: mmengine's evaluations in epochs, mmcv's iterations in an epoch, one run of several files."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision.openmmlab import READER, home
from lrdoctor.reading.formats.vision.openmmlab_config import mm_settings
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, clipping, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, points, read_all, read_one, survives, written


def lines(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def train(step: int, loss: float, **more: object) -> dict[str, object]:
    return {
        "lr": 0.02,
        "data_time": 0.01,
        "loss": loss,
        "time": 0.1,
        "iter": step,
        "memory": 3060,
        "step": step,
        **more,
    }


def mmcv(epoch: int, step: int, loss: float, **more: object) -> dict[str, object]:
    return {"mode": "train", "epoch": epoch, "iter": step, "lr": 0.01, "memory": 5700, "loss": loss, **more}


CONFIG = "optimizer = dict(type='SGD', lr=0.01, momentum=0.9)\ndata = dict(samples_per_gpu=2, train=dict(lr=3))\n"
ENV: dict[str, object] = {"env_info": "sys.platform: linux", "config": CONFIG, "seed": 0}
MMENGINE = lines(*(train(10 * i, 2 - i / 10, epoch=1 + (i - 1) // 3) for i in range(1, 10)))
MMCV = lines(ENV, *(mmcv(1 + i // 3, 50 * (i % 3 + 1), 2 - i / 10) for i in range(9)))

CASES = [
    ("mmengine's", MMENGINE, True),
    ("mmengine's with log_with_hierarchy", lines({"train/loss": 1, "train/data_time": 1, "iter": 1, "step": 1}), True),
    ("mmengine's after an evaluation", lines({"coco/AP": 0.1, "step": 0}) + MMENGINE, True),
    ("mmcv's", MMCV, True),
    ("mmcv's without its configuration", "{}\n{}\n" + lines(mmcv(1, 10, 2)), True),
    ("mmcv's with a configuration longer than a head", lines({**ENV, "config": "x" * 90_000}) + MMCV, True),
    ("rows by hand", lines({"iter": 1, "loss": 2, "lr": 0.1}), False),
    ("detectron2's", lines({"iteration": 1, "total_loss": 1, "lr": 1, "time": 1, "data_time": 1}), False),
    ("an evaluation alone", lines({"coco/AP": 0.1, "data_time": 1, "time": 1, "step": 1}), False),
    ("another mode", lines({"mode": "online", "iter": 1, "epoch": 1}), False),
    ("CSV", "iter,step,loss,data_time\n1,1,2,3\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "scalars.json")) is known


def test_evaluations_that_count_epochs(tmp_path: Path) -> None:
    rows = [train(20 * i, 2 - i / 10, epoch=i) for i in range(1, 6)]
    checks = [{"accuracy/top1": 40.0 + i, "loss": 3 - i / 10, "data_time": 0.1, "step": i} for i in range(1, 6)]
    text = lines(*(row for pair in zip(rows, checks, strict=True) for row in pair))
    run = read_one(READER, written(tmp_path, text, "rtmpose/20230605_200941/vis_data/scalars.json"))
    assert (run.name, run.step_axis) == ("rtmpose", "iter")
    assert points(run, "loss") == [(20 * i, 2 - i / 10) for i in range(1, 6)]
    assert points(run, "val/accuracy/top1") == [(20 * i, 40 + i) for i in range(1, 6)]
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr) == ("loss", "val/loss", "lr")
    assert set(run.series) == {"loss", "lr", "val/accuracy/top1", "val/loss"}
    assert codes(run) == ["aggregated"]


def test_evaluations_that_count_iterations(tmp_path: Path) -> None:
    rows = [train(50 * i, 2) if i % 2 else {"mIoU": 0.5, "time": 1, "step": 50 * i} for i in range(1, 7)]
    run = read_one(READER, written(tmp_path, lines(*rows), "scalars.json"))
    assert points(run, "val/mIoU") == [(100, 0.5), (200, 0.5), (300, 0.5)]


def test_nan_is_kept(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, MMENGINE + lines(train(100, math.nan)), "scalars.json"))
    assert math.isnan(run.series["loss"].value[-1])


def test_iterations_within_an_epoch(tmp_path: Path) -> None:
    val = {"mode": "val", "epoch": 2, "iter": 8, "lr": 0.01, "mIoU": 0.5, "loss": 9.0}
    run = read_one(READER, written(tmp_path, MMCV + lines({**val, "epoch": 3}), "20210501_120000.log.json"))
    assert run.name == "20210501_120000"
    assert [step for step, _ in points(run, "loss")] == [50, 100, 150, 200, 250, 300, 350, 400, 450]
    assert points(run, "val/loss") == [(450, 9)]
    assert "val/lr" not in run.series
    assert codes(run) == ["steps-invented", "aggregated"]
    assert learning_rate(run, assign_roles(run)) == (0.01, "hparams optimizer/lr")
    assert (optimizer(run), batch_size(run)) == ("SGD+momentum", 2)


def test_iterations_over_all_epochs(tmp_path: Path) -> None:
    text = lines({}, *(mmcv(1 + i // 3, 10 * i, 2) for i in range(1, 12)))
    run = read_one(READER, written(tmp_path, text, "seg/None.log.json"))
    assert run.name == "seg"
    assert [step for step, _ in points(run, "loss")] == [10 * i for i in range(1, 12)]
    assert codes(run) == ["aggregated"]


def test_the_same_rows_twice_are_one_run(tmp_path: Path) -> None:
    one = written(tmp_path, MMENGINE, "a/vis_data/20230605_200941.json")
    two = written(tmp_path, MMENGINE, "a/vis_data/scalars.json")
    assert home(one) == home(two) == tmp_path / "a"
    assert points(read_one(READER, one, two), "loss") == points(read_one(READER, two), "loss")
    diverged = MMENGINE + lines(train(100, math.nan), train(110, math.nan))
    written(tmp_path, diverged, "a/vis_data/20230605_200941.json")
    written(tmp_path, "".join(diverged.splitlines(keepends=True)[:-1]), "a/vis_data/scalars.json")
    assert len(read_one(READER, one, two).series["loss"]) == 11


def test_a_resumed_run_in_a_new_file(tmp_path: Path) -> None:
    first = written(tmp_path, lines(ENV, *(mmcv(e, s, e) for e in (1, 2, 3) for s in (10, 20, 30))), "a.log.json")
    again = lines(ENV, *(mmcv(e, s, 10 * e) for e in (3, 4) for s in (10, 20, 30)))
    run = read_one(READER, first, written(tmp_path, again, "b.log.json"))
    assert [value for _, value in points(run, "loss")] == [1] * 3 + [2] * 3 + [30] * 3 + [40] * 3
    assert [step for step, _ in points(run, "loss")] == list(range(10, 130, 10))
    assert "restart" in codes(run)


def test_trainings_that_begin_anew_are_several_runs(tmp_path: Path) -> None:
    files = [
        written(tmp_path, lines(*(mmcv(1, 10 * i, k + i) for i in range(1, 9))), f"{k}.log.json") for k in range(3)
    ]
    assert [run.name for run in read_all(READER, *files)] == ["0", "1", "2"]


def test_the_configuration_is_read_as_text(tmp_path: Path) -> None:
    written(tmp_path, "optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.004))\n", "w/vis_data/config.py")
    run = read_one(READER, written(tmp_path, MMENGINE, "w/vis_data/scalars.json"))
    assert dict(run.hparams) == {"optimizer/type": "AdamW", "optimizer/lr": 0.004}


SETTINGS = [
    (
        "optimizer=dict(\n    type='Adam',\n    lr=4e-3,\n    betas=(0.9, 0.99))",
        {"optimizer/type": "Adam", "optimizer/lr": 4e-3},
    ),
    ("optim_wrapper = dict(clip_grad=dict(max_norm=35, norm_type=2))", {"clip_grad": 35}),
    ("optimizer_config = dict(grad_clip=dict(max_norm=1.5))", {"clip_grad": 1.5}),
    ("optimizer=dict(type='SGD', paramwise_cfg=dict(bias_lr_mult=2, lr=9))", {"optimizer/type": "SGD"}),
    ("optimizer=dict(lr=base_lr)", {"optimizer/lr": "base_lr"}),
    ("train_dataloader = dict(dataset=dict(batch_size=7), batch_size=32)", {"batch_size": 32}),
    ("my_optimizer=dict(lr=1)", {}),
    ("optimizer=dict(" * 5000, {}),
    ("optimizer=dict(lr=__import__('os').system('true'))", {"optimizer/lr": "__import__"}),
]


@pytest.mark.parametrize(("text", "found"), SETTINGS)
def test_settings_of_a_configuration(text: str, found: dict[str, object]) -> None:
    assert mm_settings(text) == found


def test_the_clipping_norm_is_found(tmp_path: Path) -> None:
    written(tmp_path, "optim_wrapper = dict(clip_grad=dict(max_norm=35))", "config.py")
    assert clipping(read_one(READER, written(tmp_path, MMENGINE, "scalars.json"))) == 35


def test_no_training_row(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a training row"):
        read_one(READER, written(tmp_path, lines({"coco/AP": 0.1, "step": 1}), "scalars.json"))


@pytest.mark.parametrize("text", [MMENGINE, MMCV], ids=["mmengine", "mmcv"])
def test_damaged_logs(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, "scalars.json") > 5


def test_a_real_log_of_mmcv(real_logs: Path) -> None:
    run = read_one(READER, real_logs / "mmcv_logjson" / "potato" / "None.log.json")
    loss, val = run.series["loss"], run.series["val/mIoU"]
    assert (run.name, len(loss), loss.step[0], loss.step[-1]) == ("potato", 4000, 10, 40_000)
    assert (len(val), val.step[0], val.step[-1]) == (200, 200, 40_000)
    assert (run.series["lr"].value.max(), run.series["lr"].value.min()) == (0.01, 0.0001)


def test_real_logs_of_mmengine(real_logs: Path) -> None:
    run = read_one(READER, real_logs / "mmengine" / "cls_20230607" / "scalars.json")
    assert (len(run.series["loss"]), run.series["loss"].step[-1]) == (59, 4071)
    assert run.series["val/accuracy/top1"].step.tolist() == [69 * i for i in range(1, 60)]
    run = read_one(READER, real_logs / "mmengine" / "pose_20230605" / "scalars.json")
    assert run.series["val/coco/AP"].step.tolist() == list(range(60, 781, 60))
    assert (run.series["lr"].value[0], len(run.series["lr"])) == (4e-08, 789)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    taken = {path.parts[-3] for path in real_logs.rglob("*") if path.is_file() and knows(READER, path)}
    assert taken == {"mmcv_logjson", "mmengine"}
