"""Lightning's `Tuner.lr_find`."""

import contextlib
import io
import logging
import tempfile
import warnings

import lightning.pytorch as pl
from lightning.pytorch.tuner.tuning import Tuner
from torch import Tensor
from torch.optim import Optimizer

from benchmarks.replay.finders import TEST_STEPS, Answers
from benchmarks.replay.task import Batch, Task

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Module(pl.LightningModule):  # type: ignore[misc, unused-ignore]
    """The task as a LightningModule."""

    def __init__(self, task: Task, seed: int) -> None:
        super().__init__()
        self.task, self.model = task, task.fresh(seed)
        self.lr = float(self.task.optimizer(self.model.parameters()).param_groups[0]["lr"])

    def training_step(self, batch: Batch) -> Tensor:
        return self.task.loss(self.model, batch)

    def configure_optimizers(self) -> Optimizer:
        optimizer = self.task.optimizer(self.model.parameters())
        for group in optimizer.param_groups:
            group["lr"] = self.lr
        return optimizer


def test(task: Task, seed: int) -> Answers:
    """One range test."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = pl.Trainer(
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            gradient_clip_val=task.clip,
            default_root_dir=folder,
        )
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            finder = Tuner(trainer).lr_find(
                Module(task, seed), train_dataloaders=task.loader(seed), num_training=TEST_STEPS, update_attr=False
            )
        return {"lightning": None if finder is None else finder.suggestion()}
