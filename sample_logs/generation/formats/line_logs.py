"""Logs of a line a row: detectron2, OpenMMLab, DeiT, fairseq, PaddleOCR, and a script's own printing."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training


def detectron2_metrics(folder: Path, training: Training) -> None:
    """`metrics.json`, resumed once: the rows since the last checkpoint stand there twice."""
    rows = [
        {
            "data_time": 0.0026,
            "eta_seconds": round((training.steps - step) * 0.1, 1),
            "iteration": int(step),
            "loss_box_reg": 0.25 * loss,
            "loss_cls": 0.75 * loss,
            "lr": training.lr_at(step),
            "time": 0.1,
            "total_loss": loss,
        }
        for step, loss in _points(training)
    ]
    if training.val_loss is not None:
        for step, loss in zip(training.val_loss.step, training.val_loss.value, strict=True):
            rows.append({"bbox/AP": 20 - 5 * loss, "iteration": int(step), "validation_loss": float(loss)})
    rows.sort(key=lambda row: row["iteration"])
    half = len(rows) // 2
    lost = [{**row, "total_loss": 1.01 * row["total_loss"]} for row in rows[half : half + 9] if "total_loss" in row]
    _json_lines(folder / "metrics.json", [*rows[:half], *lost, *rows[half:]])


def mmengine_scalars(folder: Path, training: Training) -> None:
    """A work folder as mmengine's `Runner` leaves it, without the text log."""
    _mmengine(folder, training)
    for log in folder.rglob("*.log"):
        log.unlink()


def mmengine_text(folder: Path, training: Training) -> None:
    """The text log of the same `Runner`."""
    _mmengine(folder, training)
    for log in list(folder.rglob("*.log")):
        (folder / log.name).write_text(log.read_text().replace(str(folder.resolve()), "work_dirs/toy"))
    for below in list(folder.iterdir()):
        if below.is_dir():
            shutil.rmtree(below)
        elif below.suffix != ".log":
            below.unlink()


def _mmengine(folder: Path, training: Training) -> None:
    """Train with mmengine: its loops, hooks and writers; the losses and the LR are the known training's."""
    import torch
    from mmengine.evaluator import BaseMetric
    from mmengine.hooks import Hook
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    interval = round(float(training.loss.step[1] - training.loss.step[0]))
    losses = dict(_points(training))
    val_loss = training.val_loss
    at = {"step": 0}

    class Model(BaseModel):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, mode: str = "tensor", **_: object) -> object:
            if mode != "loss":
                return [0.0]
            known = losses.get(float(at["step"]), 0.0)
            return {"loss": self.weight.sum() * 0 + known}

    class Schedule(Hook):  # type: ignore[misc]
        priority = "HIGHEST"  # before the hook that notes the LR

        def before_train_iter(self, runner: Runner, **_: object) -> None:
            at["step"] = runner.iter
            for group in runner.optim_wrapper.optimizer.param_groups:
                group["lr"] = training.lr_at(runner.iter)

    class Loss(BaseMetric):  # type: ignore[misc]
        def process(self, *_: object) -> None:
            self.results.append(0.0)

        def compute_metrics(self, *_: object) -> dict[str, float]:
            seen = [] if val_loss is None else val_loss.value[val_loss.step <= at["step"]]
            return {"loss": float(seen[-1]) if len(seen) else float("nan")}

    data = {"dataset": [{"inputs": 0.0}] * training.steps_per_epoch, "batch_size": 1}
    sampler = {"type": "DefaultSampler", "shuffle": False}
    optimizer = {"type": training.optimizer, "lr": training.peak_lr}
    here = Path.cwd()
    os.chdir(folder)  # the log names its work folder
    try:
        Runner(
            model=Model(),
            work_dir=".",
            train_dataloader={**data, "sampler": sampler, "num_workers": 0},
            val_dataloader={"dataset": [{"inputs": 0.0}], "batch_size": 1, "sampler": sampler, "num_workers": 0},
            train_cfg={"by_epoch": True, "max_epochs": training.epochs, "val_interval": 1},
            val_cfg={},
            val_evaluator=[Loss()],
            optim_wrapper={"optimizer": optimizer},
            default_hooks={
                "logger": {"type": "LoggerHook", "interval": interval},
                "checkpoint": {"type": "CheckpointHook", "interval": -1, "save_last": False},
            },
            custom_hooks=[Schedule()],
            log_processor={"window_size": 1, "num_digits": 6},
            experiment_name="toy",
            cfg={
                "optim_wrapper": {"type": "OptimWrapper", "optimizer": optimizer},
                "train_dataloader": {"batch_size": training.batch_size, "sampler": sampler},
                "train_cfg": {"by_epoch": True, "max_epochs": training.epochs},
            },
        ).train()
    finally:
        os.chdir(here)


def mmcv_log_json(folder: Path, training: Training) -> None:
    """`<timestamp>.log.json` of an `EpochBasedRunner`: `iter` starts again with every epoch."""
    config = f"optimizer = dict(type='SGD', lr={training.peak_lr}, momentum=0.9)\ndata = dict(samples_per_gpu=64)\n"
    rows: list[dict[str, object]] = [{"env_info": "sys.platform: linux", "config": config, "seed": 0}]
    val = training.val_loss
    checks = iter([] if val is None else zip(val.step, val.value, strict=True))
    check = next(checks, None)
    for step, loss in _points(training):
        epoch, within = divmod(int(step), training.steps_per_epoch)
        if within % 2 == 0:
            continue
        lr = round(training.lr_at(step), 5)
        times = {"memory": 5700, "data_time": 0.00672}
        rows.append(
            {"mode": "train", "epoch": epoch + 1, "iter": within + 1, "lr": lr, **times, "loss": round(loss, 5)}
        )
        if check is not None and step + 2 > check[0]:
            rows.append({"mode": "val", "epoch": epoch + 1, "iter": 8, "lr": lr, "loss": round(float(check[1]), 5)})
            check = next(checks, None)
    _json_lines(folder / "20210501_120000.log.json", rows)


def deit_log(folder: Path, training: Training) -> None:
    """DeiT's `log.txt`: a row an epoch."""
    rows = [
        {
            "train_lr": lr,
            "train_loss": loss,
            "test_loss": val,
            "test_acc1": 20.0 + epoch,
            "epoch": epoch,
            "n_parameters": 5717416,
        }
        for epoch, loss, val, lr in training.epoch_means()
    ]
    _json_lines(folder / "log.txt", rows)


_FAIRSEQ_ARGUMENTS = (
    "Namespace(adam_betas='(0.9, 0.999)', arch='transformer', clip_norm=0.0, lr=[{lr}], lr_scheduler='fixed',"
    " max_sentences={batch}, max_update={steps}, optimizer='{optimizer}', update_freq=[1], warmup_updates=0)"
)


def _fairseq_arguments(training: Training) -> str:
    optimizer = training.optimizer.lower()
    return _FAIRSEQ_ARGUMENTS.format(
        lr=training.peak_lr, batch=training.batch_size, steps=training.steps, optimizer=optimizer
    )


def fairseq_simple(folder: Path, training: Training) -> None:
    """`fairseq-train --log-format simple > train.log`, as of 2019."""
    lines = [_fairseq_arguments(training), "| training on 1 GPUs"]
    for step, loss in _points(training):
        epoch, within = divmod(int(step), training.steps_per_epoch)
        lines.append(
            f"| epoch {epoch + 1:03d}: {within:6d} / {training.steps_per_epoch} loss={loss:.3f}, wps=52922, ups=0.5,"
            f" bsz={training.batch_size}, num_updates={step:.0f}, lr={training.lr_at(step):g}, clip=0%, wall=882"
        )
        if training.steps_per_epoch - within <= 3 and training.val_loss is not None:
            seen = training.val_loss.value[training.val_loss.step <= step + 3]
            lines.append(
                f"| epoch {epoch + 1:03d} | valid on 'valid' subset | loss {seen[-1]:.3f} | num_updates {step:.0f}"
            )
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def fairseq_json(folder: Path, training: Training) -> None:
    """`fairseq-train --log-format json`, as of 2020: every number is a string."""
    stamp = "2021-03-08 10:00:00 | INFO |"
    lines = [f"{stamp} fairseq_cli.train | {_fairseq_arguments(training)}"]
    for step, loss in _points(training):
        row = {
            "epoch": int(step) // training.steps_per_epoch + 1,
            "update": round(training.epoch(step), 3),
            "loss": f"{loss:.3f}",
            "wps": "1024",
            "num_updates": f"{step:.0f}",
            "lr": f"{training.lr_at(step):g}",
        }
        lines.append(f"{stamp} train_inner | {json.dumps(row)}")
    for epoch, loss, val, lr in training.epoch_means():
        updates = str((epoch + 1) * training.steps_per_epoch - 1)
        means = {"epoch": epoch + 1, "train_loss": f"{loss:.3f}", "train_num_updates": updates, "train_lr": f"{lr:g}"}
        lines.append(f"{stamp} train | {json.dumps(means)}")
        check = {"epoch": epoch + 1, "valid_loss": f"{val:.3f}", "valid_num_updates": updates}
        lines.append(f"{stamp} valid | {json.dumps(check)}")
    # In the order of time: an epoch's two lines come after its last update.
    lines[1:] = sorted(lines[1:], key=lambda line: int(re.findall(r'num_updates": "(\d+)"', line)[0]))
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def paddleocr_text(folder: Path, training: Training) -> None:
    """PaddleOCR's `train.log`; every other row of the training's."""
    lines = ["[2022/08/16 03:07:20] ppocr INFO: Architecture : ", "[2022/08/16 03:07:20] ppocr INFO: Optimizer : Adam"]
    for step, loss in list(_points(training))[::2]:
        epoch = int(step) // training.steps_per_epoch
        lines.append(
            f"[2022/08/16 03:07:33] ppocr INFO: epoch: [{epoch + 1}/{training.epochs}], global_step: {step:.0f},"
            f" lr: {training.lr_at(step):.6f}, loss: {loss:.6f}, avg_reader_cost: 0.00121 s, avg_batch_cost: 0.16778 s,"
            f" avg_samples: {training.batch_size}.0, ips: 286.09 samples/s, eta: 0:32:33"
        )
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def console_text(folder: Path, training: Training) -> None:
    """What a script of one's own prints, evaluations in between."""
    lines = [f"optimizer: {training.optimizer}", f"batch_size: {training.batch_size}"]
    val = training.val_loss
    checks = {} if val is None else dict(zip(val.step.tolist(), val.value.tolist(), strict=True))
    for step, loss in _points(training):
        epoch, within = divmod(int(step), training.steps_per_epoch)
        lines.append(
            f"Epoch [{epoch + 1}/{training.epochs}], Step [{within + 1}/{training.steps_per_epoch}],"
            f" Loss: {loss:.4f}, LR: {training.lr_at(step):.6f}"
        )
        if step in checks:
            lines.append(f"Validation: loss {checks[step]:.4f}")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def _points(training: Training) -> Iterator[tuple[float, float]]:
    return zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True)


def _json_lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def _shape(name: str, of: str, reader: str, writer: str, write: Callable[[Path, Training], None]) -> Form:
    return Form(name, of, reader, f"shape of {writer}", real=False, write=write)


FORMS = (
    _shape("detectron2-metrics", "well-tuned-wandb", "detectron2", "detectron2's JSONWriter", detectron2_metrics),
    Form("mmengine-scalars", "well-tuned", "openmmlab", "mmengine 0.10.7 Runner", real=True, write=mmengine_scalars),
    Form("mmengine-text", "well-tuned", "openmmlab-text", "mmengine 0.10.7 Runner", real=True, write=mmengine_text),
    _shape("mmcv-log-json", "too-slow", "openmmlab", "mmcv 1.x TextLoggerHook", mmcv_log_json),
    _shape("deit-log", "well-tuned", "epoch-json", "DeiT's log.txt", deit_log),
    _shape("fairseq-simple", "diverged-rising", "fairseq", "fairseq 0.8, --log-format simple", fairseq_simple),
    _shape("fairseq-json", "too-high-hf-trainer", "fairseq", "fairseq 0.10, --log-format json", fairseq_json),
    _shape("paddleocr-text", "too-high", "console", "PaddleOCR's train.log", paddleocr_text),
    _shape("console-text", "diverged-to-nan", "console", "a script that prints", console_text),
)
