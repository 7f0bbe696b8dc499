"""Tables with a meaning of their own: YOLO's, timm's, DVCLive's, Ray's, and those of RL and benchmark loggers."""

import contextlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from generation.formats.form import Form
from generation.formats.training import Training

PARTS = (0.5, 0.3, 0.2)  # how a loss is split into three that are logged without their sum
BIAS_WARM_UP = (0.1, 3)  # YOLO: the biases' LR before training, and epochs until it is the others'


def ultralytics_results(folder: Path, training: Training) -> None:
    """`results.csv` as of 2024: no padding, a column of seconds, epochs from 1; and `args.yaml`."""
    losses = ("box_loss", "cls_loss", "dfl_loss")
    metrics = ("precision(B)", "recall(B)", "mAP50(B)", "mAP50-95(B)")
    header = _yolo_header("time", losses, metrics, ("lr/pg0", "lr/pg1", "lr/pg2"))
    rows = [
        [epoch + 1, 7.5 * (epoch + 1), *_yolo_values(loss, val), _bias_lr(epoch, lr), lr, lr]
        for epoch, loss, val, lr in training.epoch_means()
    ]
    lines = [",".join(header), *(",".join(f"{value:.6g}" for value in row) for row in rows)]
    (folder / "results.csv").write_text("\n".join(lines) + "\n")
    _settings(
        folder / "args.yaml",
        {
            "task": "detect",
            "mode": "train",
            "epochs": training.epochs,
            "patience": 100,
            "batch": training.batch_size,
            "optimizer": training.optimizer,
            "cos_lr": True,
            "lr0": training.peak_lr,
            "lrf": 0.0,
            "momentum": 0.9,
            "warmup_epochs": 3.0,
            "warmup_bias_lr": 0.1,
            "nbs": 64,
        },
    )


def yolov5_results(folder: Path, training: Training) -> None:
    """`results.csv` with padded cells and epochs from 0, `opt.yaml` and `hyp.yaml`."""
    losses = ("box_loss", "obj_loss", "cls_loss")
    metrics = ("precision", "recall", "mAP_0.5", "mAP_0.5:0.95")
    header = _yolo_header("", losses, metrics, ("x/lr0", "x/lr1", "x/lr2"))
    lines = [",".join(f"{name:>20}" for name in header)]
    for epoch, loss, val, lr in training.epoch_means():
        row = [epoch, *_yolo_values(loss, val), lr, lr, _bias_lr(epoch, lr)]
        lines.append(",".join(f"{value:20.5g}" for value in row))
    (folder / "results.csv").write_text("\n".join(lines) + "\n")
    optimizer = training.optimizer.removesuffix("+momentum")
    _settings(
        folder / "opt.yaml",
        {"epochs": training.epochs, "batch_size": training.batch_size, "optimizer": optimizer, "cos_lr": False},
    )
    _settings(
        folder / "hyp.yaml",
        {"lr0": training.peak_lr, "lrf": 1.0, "momentum": 0.9, "warmup_epochs": 3.0, "warmup_bias_lr": 0.1},
    )


def timm_summary(folder: Path, training: Training) -> None:
    """What timm writes: `summary.csv`, and the settings its script writes beside it."""
    from timm.utils import update_summary

    for epoch, loss, val, lr in training.epoch_means():
        evaluated = {"loss": val, "top1": 100 * math.exp(-(val or 0)), "top5": 100.0}
        update_summary(epoch, {"loss": loss}, evaluated, folder / "summary.csv", lr=lr)
    _settings(
        folder / "args.yaml",
        {
            "batch_size": training.batch_size,
            "epochs": training.epochs,
            "grad_accum_steps": 1,
            "layer_decay": None,
            "lr": training.peak_lr,
            "lr_base": 0.1,
            "lr_base_scale": "",
            "lr_base_size": 256,
            "opt": training.optimizer.lower(),
            "sched": "cosine",
            "warmup_epochs": 0,
        },
    )


def sb3_progress(folder: Path, training: Training) -> None:
    """Stable-Baselines3's CSV logger, with the tags of its supervised use."""
    _sb3(folder, training, "csv", 1)


def sb3_log(folder: Path, training: Training) -> None:
    """Stable-Baselines3's `log.txt`: ASCII tables with three significant digits."""
    _sb3(folder, training, "log", 5)


def _sb3(folder: Path, training: Training, kind: str, every: int) -> None:
    from stable_baselines3.common.logger import CSVOutputFormat, HumanOutputFormat, Logger

    writer = CSVOutputFormat if kind == "csv" else HumanOutputFormat
    logger = Logger(str(folder), [writer(str(folder / ("progress.csv" if kind == "csv" else "log.txt")))])
    for row in range(0, len(training.loss), every):
        step = int(training.loss.step[row])
        logger.record("time/total_timesteps", step * training.batch_size)
        logger.record("train/n_updates", step)
        logger.record("train/learning_rate", training.lr_at(step))
        logger.record("train/loss", float(training.loss.value[row]))
        logger.dump(step)
    logger.close()


def openai_diffusion(folder: Path, training: Training) -> None:
    """improved-diffusion's `progress.csv`: its LR is in the folder's name alone."""
    lines = ["loss,loss_q0,loss_q1,loss_q2,loss_q3,samples,step"]
    for step, loss in zip(training.loss.step, training.loss.value, strict=True):
        quartiles = ",".join(f"{loss * share!s}" for share in (2.5, 0.8, 0.4, 0.3))
        lines.append(f"{loss!s},{quartiles},{int(step + 1) * training.batch_size},{int(step)}")
    home = folder / f"logs_{training.peak_lr:.0e}".replace("e-0", "e-")
    home.mkdir()
    (home / "progress.csv").write_text("\n".join(lines) + "\n")


def algoperf_measurements(folder: Path, training: Training) -> None:
    """AlgoPerf's `measurements.csv` as pandas leaves it, NaN as an empty cell; and the trial's settings."""
    import pandas as pd

    rows: list[dict[str, float]] = [
        {"global_step": int(step), "loss": float(loss)}
        for step, loss in zip(training.loss.step, training.loss.value, strict=True)
    ]
    if training.val_loss is not None:
        for step, val in zip(training.val_loss.step, training.val_loss.value, strict=True):
            clock = dict.fromkeys(("score", "total_duration", "accumulated_submission_time"), 0.5 * step)
            rows.append({"global_step": int(step), "validation/loss": float(val), **clock, "preemption_count": 0})
    rows.sort(key=lambda row: row["global_step"])
    pd.DataFrame(rows).to_csv(folder / "measurements.csv", index=False)
    settings = {"learning_rate": training.peak_lr, "one_minus_beta1": 1.0, "warmup_factor": 0.0}
    (folder / "hparams.json").write_text(json.dumps(settings, indent=2))
    flags = {"workload": "mnist", "framework": "jax", "tuning_ruleset": "external", "num_tuning_trials": 1}
    (folder / "flags_0.json").write_text(json.dumps(flags, indent=2))


def bearpaw_log(folder: Path, training: Training) -> None:
    """The `log.txt` of bearpaw: tabs in the header, pipes in the body, one at each line's end."""
    lines = ["Learning Rate\tepoch\tTrain Loss\tValid Loss\tTrain Acc.\tValid Acc.\t"]
    for epoch, loss, val, lr in training.epoch_means():
        valid = loss if val is None else val
        row = (lr, epoch + 1, loss, valid, 100 * math.exp(-loss), 100 * math.exp(-valid))
        lines.append("".join(f"{value:.6f}|" for value in row))
    (folder / "log.txt").write_text("\n".join(lines) + "\n")


def dvclive(folder: Path, training: Training) -> None:
    """DVCLive's tables, one a metric, and its parameters."""
    from dvclive import Live

    # Inside a Git repository DVCLive would make it a DVC one, and stage files of its own.
    with tempfile.TemporaryDirectory() as outside, contextlib.chdir(outside):
        _dvclive(Live, training)
        shutil.copytree("dvclive", folder / "dvclive")


def _dvclive(live_logger: Callable[..., Any], training: Training) -> None:
    with live_logger("dvclive", save_dvc_exp=False, dvcyaml=None, report=None) as live:
        live.log_params({"lr": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size})
        val = (
            {} if training.val_loss is None else dict(zip(training.val_loss.step, training.val_loss.value, strict=True))
        )
        losses = dict(zip(training.loss.step, training.loss.value, strict=True))
        for step in sorted({*losses, *val}):
            live.step = int(step)
            if step in losses:
                live.log_metric("train/loss", float(losses[step]))
                live.log_metric("lr", training.lr_at(step))
            if step in val:
                live.log_metric("val/loss", float(val[step]))


class _Trial:
    """As much of one of Ray's trials as its logger callbacks ask for."""

    trial_id = "b2350_00000"
    checkpoint = None

    def __init__(self, config: dict[str, object], local_path: str) -> None:
        self.config = self.evaluated_params = config
        self.local_path = local_path

    def init_local_path(self) -> None:
        """The folder is there already."""


def ray_tune(folder: Path, training: Training) -> None:
    """One trial of Ray Tune: what its two logger callbacks write, without the cluster."""
    from ray.tune.logger import CSVLoggerCallback, JsonLoggerCallback

    config = {"lr": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size}
    home = folder / f"train_fn_b2350_00000_0_lr={training.peak_lr:.4f}_2026-11-24_15-12-40"
    home.mkdir()
    trial = _Trial(config, str(home))
    callbacks = [JsonLoggerCallback(), CSVLoggerCallback()]
    for callback in callbacks:
        callback.log_trial_start(trial)
    for place, row in enumerate(range(0, len(training.loss), 2)):
        step = int(training.loss.step[row])
        seconds = 0.25 * (place + 1)
        result = {
            "loss": float(training.loss.value[row]),
            "lr": training.lr_at(step),
            "step": step,
            "timestamp": 1795616000 + int(seconds),
            "done": False,
            "training_iteration": place + 1,
            "trial_id": trial.trial_id,
            "time_this_iter_s": 0.25,
            "time_total_s": seconds,
            "pid": 24113,
            "hostname": "localhost",
            "node_ip": "127.0.0.1",
            "config": config,
            "iterations_since_restore": place + 1,
        }
        for callback in callbacks:
            callback.log_trial_result(place, trial, result)
    for callback in callbacks:
        callback.log_trial_end(trial)
    (home / "params.pkl").unlink()  # a pickle has no place here


def _yolo_header(time: str, losses: tuple[str, ...], metrics: tuple[str, ...], groups: tuple[str, ...]) -> list[str]:
    names = [f"train/{name}" for name in losses] + [f"metrics/{name}" for name in metrics]
    return ["epoch", *([time] if time else []), *names, *(f"val/{name}" for name in losses), *groups]


def _yolo_values(loss: float, val: float | None) -> list[float]:
    valid = loss if val is None else val
    metrics = [math.exp(-valid) * share for share in (0.9, 0.8, 0.85, 0.5)]
    return [*(share * loss for share in PARTS), *metrics, *(share * valid for share in PARTS)]


def _bias_lr(epoch: int, lr: float) -> float:
    start, epochs = BIAS_WARM_UP
    done = min((epoch + 0.9) / epochs, 1.0)
    return start + (lr - start) * done


def _settings(path: Path, settings: Mapping[str, object]) -> None:
    def text(value: object) -> str:
        if value is None:
            return "null"
        return str(value).lower() if isinstance(value, bool) else "''" if value == "" else str(value)

    path.write_text("".join(f"{key}: {text(value)}\n" for key, value in settings.items()))


FORMS = (
    Form("ultralytics-results", "well-tuned", "ultralytics", "Ultralytics 8.3's shape", False, ultralytics_results),
    Form("yolov5-results", "too-slow", "ultralytics", "YOLOv5's shape", False, yolov5_results),
    Form("timm-summary", "well-tuned", "timm", "timm 1.0 update_summary", True, timm_summary),
    Form(
        "sb3-progress", "well-tuned-wandb", "stable-baselines", "stable-baselines3 2.9 CSV logger", True, sb3_progress
    ),
    Form("sb3-log", "too-slow", "stable-baselines", "stable-baselines3 2.9 text logger", True, sb3_log),
    Form(
        "openai-diffusion-progress",
        "too-high",
        "stable-baselines",
        "improved-diffusion's shape",
        False,
        openai_diffusion,
    ),
    Form(
        "algoperf-measurements",
        "diverged-to-nan",
        "algoperf",
        "AlgoPerf's shape, written by pandas",
        False,
        algoperf_measurements,
    ),
    Form("bearpaw-log", "too-slow", "table", "bearpaw's pytorch-classification, its shape", False, bearpaw_log),
    Form("dvclive-live", "diverged-rising", "dvclive", "dvclive 3.49", True, dvclive),
    Form("ray-tune", "too-high-hf-trainer", "ray-tune", "ray 2.60 logger callbacks", True, ray_tune),
)
