"""Runs of the plain training loop, logged by torch's SummaryWriter and by W&B, as such loops log."""

import shutil
import struct
import warnings
from pathlib import Path
from typing import Any

import wandb
from torch.utils import tensorboard

from generation.training import Point, Recipe, Training

# Annotated so because torch ships its writer without types.
SummaryWriter: Any = tensorboard.SummaryWriter


def _log(writer: Any, points: list[Point], every: int = 1, *, turned: bool = False, **how: bool) -> None:
    """One point per `every` steps, and validation at the step that ended its epoch; `turned` negates the losses."""
    sign = -1 if turned else 1
    for p in points:
        if p.step % every == 0:
            writer.add_scalar("Loss/train", sign * p.loss, p.step, **how)
            writer.add_scalar("LR", p.lr, p.step, **how)
        if p.val_loss is not None:
            writer.add_scalar("Loss/val", sign * p.val_loss, p.step, **how)
            if p.val_accuracy is not None:
                writer.add_scalar("Accuracy/val", p.val_accuracy, p.step, **how)
    writer.close()


def summary_writer(
    folder: Path,
    recipe: Recipe,
    lr: float,
    seed: int,
    every: int = 1,
    *,
    new_style: bool = False,
    hparams: bool = False,
    turned: bool = False,
) -> list[Point]:
    """One event file: `Loss/train`, `Loss/val`, `Accuracy/val`, `LR`, on optimizer steps from 0.

    With `hparams` also what `add_hparams` leaves, an event file in a sub-directory named after the time.
    `turned` logs minus the losses.
    """
    points = list(Training(recipe, lr, seed).run())
    writer = SummaryWriter(str(folder))
    if hparams:
        last = max(p.val_accuracy for p in points if p.val_accuracy is not None)
        writer.add_hparams(
            {"lr": lr, "batch_size": recipe.batch_size, "optimizer": recipe.optimizer}, {"hparam/val_accuracy": last}
        )
    _log(writer, points, every, turned=turned, **({"new_style": True} if new_style else {}))
    return points


def add_scalars(folder: Path, recipe: Recipe, lr: float, seed: int) -> list[Point]:
    """`add_scalars` for the losses, so one sub-directory per curve, and `lr` beside them."""
    points = list(Training(recipe, lr, seed).run())
    writer = SummaryWriter(str(folder))
    for p in points:
        writer.add_scalars("loss", {"train": p.loss}, p.step)
        writer.add_scalar("lr", p.lr, p.step)
        if p.val_loss is not None:
            writer.add_scalars("loss", {"val": p.val_loss}, p.step)
    writer.close()
    return points


def restarted(folder: Path, recipe: Recipe, lr: float, seed: int, saved: int, killed: int) -> list[Point]:
    """Killed at step `killed`, resumed from the checkpoint of step `saved`: two event files that overlap.

    The second attempt sees the samples in another order, since the loader's state was not saved.
    """
    training = Training(recipe, lr, seed)
    kept = list(training.run(until=saved))
    checkpoint = training.copied(order_seed=seed + 1)
    _log(SummaryWriter(str(folder)), kept + list(training.run(until=killed)))
    again = list(checkpoint.run())
    _log(SummaryWriter(str(folder)), again)
    return kept + again


def torn(folder: Path, recipe: Recipe, lr: float, seed: int, share: float) -> list[Point]:
    """An event file of which only the first `share` reached the disk; it ends inside a record."""
    points = summary_writer(folder, recipe, lr, seed)
    (path,) = folder.glob("*tfevents*")
    data, at = path.read_bytes(), 0
    while at < share * len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        at += length + 16  # u64 length, its u32 checksum, the data, their u32 checksum
    path.write_bytes(data[: at + 19])
    return points


def wandb_offline(folder: Path, recipe: Recipe, lr: float, seed: int, name: str, every: int = 2) -> list[Point]:
    """`wandb/offline-run-*/run-*.wandb` as WANDB_MODE=offline leaves it, without machine and user."""
    folder.mkdir(parents=True)
    settings = wandb.Settings(
        mode="offline",
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        host="localhost",
        username="user",
        email="",
        program="train.py",
        x_disable_stats=True,
        x_disable_meta=True,
        x_disable_machine_info=True,
    )
    config: dict[str, Any] = {
        "lr": lr,
        "optimizer": recipe.optimizer,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
    }
    config |= {"weight_decay": recipe.weight_decay, "schedule": recipe.schedule, "warmup_steps": recipe.warmup}
    config |= {} if recipe.clip is None else {"max_grad_norm": recipe.clip}
    points = list(Training(recipe, lr, seed).run())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = wandb.init(
            dir=folder, project="samples", name=name, id=name.replace("-", ""), config=config, settings=settings
        )
        for p in points:
            values: dict[str, Any] = {"epoch": p.epoch, "train/global_step": p.step}
            if p.step % every == 0:
                values |= {"train/loss": p.loss, "train/lr": p.lr, "train/grad_norm": p.grad_norm}
            if p.val_loss is not None:
                values |= {"val/loss": p.val_loss, "val/accuracy": p.val_accuracy}
            if len(values) > 2:
                run.log(values)
        run.finish()
    (made,) = (folder / "wandb").glob("offline-run-*")
    for path in [*(folder / "wandb").iterdir(), *made.iterdir()]:
        if path != made and path.suffix != ".wandb":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return points
