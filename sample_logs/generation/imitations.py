"""Keras and Hugging Face log files in their exact shape, from the plain training loop."""

import csv
import json
import math
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils import tensorboard

from generation.training import Point, Recipe, Training, validate

SummaryWriter: Any = tensorboard.SummaryWriter


def _epochs(points: list[Point]) -> Iterator[tuple[dict[str, float], Point]]:
    """What Keras calls the epoch's logs: means over its batches, in single precision, and its last point."""
    for _, group in groupby(points, key=lambda p: p.epoch):
        steps = list(group)
        last = steps[-1]
        logs: dict[str, Any] = {"loss": np.mean([p.loss for p in steps]), "val_loss": last.val_loss}
        if last.accuracy is not None:
            logs |= {"accuracy": np.mean([p.accuracy for p in steps]), "val_accuracy": last.val_accuracy}
        yield {name: float(np.float32(value)) for name, value in logs.items()}, last


def keras_csv(folder: Path, recipe: Recipe, lr: float, seed: int) -> list[Point]:
    """`training.log` of Keras' CSVLogger: no LR, since no callback changed it."""
    points = list(Training(recipe, lr, seed).run())
    folder.mkdir(parents=True)
    with (folder / "training.log").open("w", newline="") as file:
        for epoch, (logs, _) in enumerate(_epochs(points)):
            table = csv.DictWriter(file, ["epoch", *sorted(logs)])
            if epoch == 0:
                table.writeheader()
            table.writerow({"epoch": epoch, **logs})
    return points


class TF2Events:
    """An event file as TensorFlow 2 writes it: scalars are tensors of the `scalars` plugin."""

    def __init__(self, folder: Path, number: int) -> None:
        folder.mkdir(parents=True)
        started = time.time()
        self.file = (folder / f"events.out.tfevents.{int(started)}.localhost.4242.{number}.v2").open("wb")
        self.records: Any = RecordWriter(self.file)
        self._event(event_pb2.Event(wall_time=int(started), file_version="brain.Event:2"))

    def _event(self, event: Any) -> None:
        self.records.write(event.SerializeToString())

    def _value(self, tag: str, plugin: str, tensor: Any, step: int) -> None:
        metadata = summary_pb2.SummaryMetadata()
        metadata.plugin_data.plugin_name = plugin
        value = summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
        self._event(event_pb2.Event(wall_time=time.time(), step=step, summary=summary_pb2.Summary(value=[value])))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A single-precision scalar."""
        content = np.float32(value).tobytes()
        self._value(tag, "scalars", tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=content), step)

    def model(self, config: dict[str, Any]) -> None:
        """The model's JSON, which Keras writes before anything else."""
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[json.dumps(config).encode()])
        self._value("keras", "graph_keras_model", tensor, 0)


def keras_tensorboard(folder: Path, recipe: Recipe, lr: float, seed: int) -> list[Point]:
    """`train/` and `validation/` of the Keras TensorBoard callback, with `epoch_learning_rate`."""
    points = list(Training(recipe, lr, seed).run())
    train, validation = TF2Events(folder / "train", 0), TF2Events(folder / "validation", 1)
    layers = [{"module": "keras.layers", "class_name": "Dense", "config": {"units": n}} for n in (48, 48, 3)]
    train.model({"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "layers": layers}})
    for epoch, (logs, last) in enumerate(_epochs(points)):
        for name in ("loss", "accuracy"):
            validation.scalar(f"evaluation_{name}_vs_iterations", logs["val_" + name], last.step + 1)
        for name in ("accuracy", "loss"):
            train.scalar(f"epoch_{name}", logs[name], epoch)
        train.scalar("epoch_learning_rate", lr * recipe.factor(last.step + 1, recipe.steps), epoch)
        for name in ("accuracy", "loss"):
            validation.scalar(f"epoch_{name}", logs["val_" + name], epoch)
    train.file.close()
    validation.file.close()
    return points


def _arguments(recipe: Recipe, lr: float, seed: int, every: int) -> dict[str, Any]:
    """The part of Hugging Face's TrainingArguments that describes this training."""
    schedules = {"constant": "constant_with_warmup" if recipe.warmup else "constant"}
    return {
        "output_dir": "out",
        "eval_strategy": "epoch",
        "per_device_train_batch_size": recipe.batch_size,
        "per_device_eval_batch_size": 512,
        "gradient_accumulation_steps": 1,
        "learning_rate": lr,
        "weight_decay": recipe.weight_decay,
        "adam_beta1": 0.9,
        "adam_beta2": 0.999,
        "adam_epsilon": 1e-08,
        "max_grad_norm": recipe.clip or 0.0,
        "num_train_epochs": float(recipe.epochs),
        "max_steps": -1,
        "lr_scheduler_type": schedules.get(recipe.schedule, recipe.schedule),
        "warmup_ratio": 0.0,
        "warmup_steps": recipe.warmup,
        "logging_strategy": "steps",
        "logging_first_step": False,
        "logging_steps": every,
        "logging_nan_inf_filter": True,
        "save_strategy": "no",
        "seed": seed,
        "bf16": False,
        "fp16": False,
        "optim": {"AdamW": "adamw_torch", "SGD": "sgd"}[recipe.optimizer],
        "report_to": ["tensorboard"],
    }


def hf_trainer(folder: Path, recipe: Recipe, lr: float, seed: int, every: int) -> list[Point]:
    """`runs/<date>/events...` of Hugging Face's Trainer.

    The loss is the mean since the last logging, to four decimals; as its `logging_nan_inf_filter` does, a non-finite
    loss counts as the mean of those before it. The LR is the one after the scheduler's step. The gradient norm is
    there only where gradients are clipped.
    """
    training, began = Training(recipe, lr, seed), time.time()
    points, trained = list(training.run()), time.time()
    validate(training.task, training.model)
    runtime, eval_runtime = round(trained - began, 4), round(time.time() - trained, 4)
    eval_rate = round(len(training.task.validation[0]) / eval_runtime, 3)
    writer = SummaryWriter(str(folder / "runs" / "Nov23_19-30-00_localhost"))
    writer.add_text("args", json.dumps(_arguments(recipe, lr, seed, every), indent=2))
    writer.add_text("model_config", json.dumps({"architectures": ["Sample"], "model_type": "sample"}, indent=2))
    window = total = 0.0
    for p in points:
        done = p.step + 1
        window += p.loss if math.isfinite(p.loss) else window / (1 + p.step % every)
        epoch = done / recipe.steps_per_epoch
        logged: dict[str, float] = {}
        if done % every == 0:
            logged = {"train/loss": round(window / every, 4)}
            logged |= {"train/grad_norm": p.grad_norm} if recipe.clip else {}
            logged |= {"train/learning_rate": lr * recipe.factor(done, recipe.steps), "train/epoch": epoch}
            total, window = total + window, 0.0
        for tag, value in logged.items():
            writer.add_scalar(tag, value, done)
        if p.val_loss is not None:
            seen = {"eval/loss": p.val_loss, "eval/runtime": eval_runtime, "eval/samples_per_second": eval_rate}
            seen |= {} if p.val_accuracy is None else {"eval/accuracy": p.val_accuracy}
            for tag, value in [*seen.items(), ("train/epoch", epoch)]:
                writer.add_scalar(tag, value, done)
    final = {"train_runtime": runtime, "train_samples_per_second": round(recipe.steps * recipe.batch_size / runtime, 3)}
    final |= {"train_steps_per_second": round(recipe.steps / runtime, 3), "total_flos": 0.0}
    for name, value in [*final.items(), ("train_loss", total / recipe.steps), ("epoch", float(recipe.epochs))]:
        writer.add_scalar(f"train/{name}", value, recipe.steps)
    writer.close()
    return points
