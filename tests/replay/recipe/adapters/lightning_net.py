"""A LightningModule and a DataModule that train in no time."""
# ruff: noqa: ARG002 - lightning's signatures

import logging
from collections.abc import Callable
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.utils.data import DataLoader, TensorDataset

N, BATCH = 40, 8
LENGTH = N // BATCH
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

Loader = DataLoader[tuple[Tensor, ...]]


def points() -> TensorDataset:
    x = torch.randn(N, 3, generator=torch.Generator().manual_seed(1))
    return TensorDataset(x, x.sum(1, keepdim=True))


def loader(*, shuffle: bool = True) -> Loader:
    return DataLoader(points(), batch_size=BATCH, shuffle=shuffle)


class Net(pl.LightningModule):  # type: ignore[misc]
    """Logs, drops out, and keeps its LR as a hyper-parameter."""

    def __init__(self, lr: float = 0.1, configure: Callable[[Any, Optimizer], Any] = lambda _, o: o) -> None:
        super().__init__()
        self.save_hyperparameters("lr")
        self.net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, 1))
        self.configure = configure
        self.log_lrs: list[float] = []

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        x, y = batch
        loss = nn.functional.mse_loss(self.net(x), y)
        self.log("train_loss", loss, prog_bar=True)
        self.log_dict({"a": loss})
        if self._trainer is not None and isinstance(self.trainer, pl.Trainer):
            self.log_lrs.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        return loss

    def configure_optimizers(self) -> Any:
        return self.configure(self, SGD(self.parameters(), lr=self.hparams["lr"], momentum=0.9))


class Data(pl.LightningDataModule):  # type: ignore[misc]
    """Shifts its batches before and scales them after they are moved."""

    def prepare_data(self) -> None:
        self.prepared = True

    def setup(self, stage: str) -> None:
        assert stage == "fit"
        assert self.trainer.world_size == 1
        self.train = points()

    def train_dataloader(self) -> Loader:
        return DataLoader(self.train, batch_size=BATCH)

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        return [batch[0] + 1, batch[1]]

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        return [batch[0] * 2, batch[1]]
