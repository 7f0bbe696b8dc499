"""Runs made and logged by Lightning itself: its Trainer, LearningRateMonitor, CSV and TensorBoard loggers."""

import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, TensorDataset

from generation.training import OPTIMIZERS, Point, Recipe, batches


class SameOrder(Sampler[list[int]]):
    """The batches the sweep's own loop would take, epoch after epoch."""

    def __init__(self, recipe: Recipe, seed: int) -> None:
        self.recipe, self.seed, self.epoch = recipe, seed, -1

    def __len__(self) -> int:
        return self.recipe.steps_per_epoch

    def __iter__(self) -> Iterator[list[int]]:
        self.epoch += 1
        return iter(batches(self.recipe, self.epoch, self.seed).tolist())


class Module(lightning.LightningModule):  # type: ignore[misc]  # Lightning is not installed where types are checked
    """A recipe as a LightningModule; `points` keeps what was seen; `seeded` puts the seed into the settings."""

    def __init__(self, recipe: Recipe, lr: float, seed: int, *, seeded: bool) -> None:
        super().__init__()
        self.recipe, self.task, self.points = recipe, recipe.task(), list[Point]()
        torch.manual_seed(seed)
        self.model = self.task.model()
        kind, _, momentum = recipe.optimizer.partition(", momentum ")
        settings: dict[str, Any] = {
            "lr": lr,
            "batch_size": recipe.batch_size,
            "optimizer": kind,
            "max_epochs": recipe.epochs,
        }
        settings |= {"momentum": float(momentum)} if momentum else {}
        settings |= {"weight_decay": recipe.weight_decay, "schedule": recipe.schedule, "warmup_steps": recipe.warmup}
        settings |= {"seed": seed} if seeded else {}
        self.save_hyperparameters(settings)

    def training_step(self, batch: list[Tensor], _index: int) -> Tensor:
        """The batch's loss, logged as `train_loss`."""
        loss = self.task.loss(self.model(batch[0]), batch[1])
        self.log("train_loss", loss)
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        self.points.append(Point(self.global_step, self.current_epoch, loss.item(), rate, float("nan")))
        return loss

    def validation_step(self, batch: list[Tensor], _index: int) -> None:
        """Logs `val_loss`, and `val_acc` where there is one."""
        output = self.model(batch[0])
        loss = self.task.loss(output, batch[1])
        self.log("val_loss", loss, prog_bar=True)
        accuracy = None
        if self.task.accurate is not None:
            right = self.task.accurate(output, batch[1]).float().mean()
            self.log("val_acc", right, prog_bar=True)
            accuracy = right.item()
        self.points[-1] = replace(self.points[-1], val_loss=loss.item(), val_accuracy=accuracy)

    def configure_optimizers(self) -> dict[str, Any]:
        """The recipe's optimizer, its schedule stepped every batch."""
        make, decay = OPTIMIZERS[self.recipe.optimizer], self.recipe.weight_decay
        optimizer = make(self.model.parameters(), lr=self.hparams["lr"], weight_decay=decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.recipe.factor(step, self.recipe.steps)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _fit(
    recipe: Recipe,
    lr: float,
    seed: int,
    logger: Any,
    every: int,
    val_every: int,
    *,
    monitor: bool,
    seeded: bool = False,
) -> list[Point]:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    module = Module(recipe, lr, seed, seeded=seeded)
    train = DataLoader(TensorDataset(*recipe.task().train), batch_sampler=SameOrder(recipe, seed))
    validation = TensorDataset(*recipe.task().validation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # workers for data loading, which 2,000 rows do not need
        trainer = lightning.Trainer(
            max_epochs=recipe.epochs,
            accelerator="cpu",
            logger=logger,
            log_every_n_steps=every,
            check_val_every_n_epoch=val_every,
            gradient_clip_val=recipe.clip,
            callbacks=[LearningRateMonitor(logging_interval="step")] if monitor else [],
            num_sanity_val_steps=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, train, DataLoader(validation, batch_size=len(validation)))
    return module.points


def lightning_csv(
    folder: Path,
    recipe: Recipe,
    lr: float,
    seed: int,
    every: int = 2,
    val_every: int = 1,
    *,
    monitor: bool = True,
    seeded: bool = False,
) -> list[Point]:
    """`metrics.csv` and `hparams.yaml` in `folder`, with the seed where `seeded`; the points of the run."""
    logger = CSVLogger(folder, name="", version="")
    return _fit(recipe, lr, seed, logger, every, val_every, monitor=monitor, seeded=seeded)


def lightning_tensorboard(folder: Path, recipe: Recipe, lr: float, seed: int, every: int = 5) -> list[Point]:
    """An event file and `hparams.yaml` under `lightning_logs/version_0`; the points of the run."""
    return _fit(recipe, lr, seed, TensorBoardLogger(folder, version=0), every, 1, monitor=True)
