"""What is trained: data, model, loss, and how validation is scored."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812  everybody's name for it
from torch import Generator, Tensor, nn

from benchmarks.corpus.data import Split

Batch = tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class Task:
    """`batch` turns sample numbers below `size` into tensors, of which the net sees the first `inputs`."""

    model: Callable[[], nn.Module]
    loss: Callable[[Tensor, Batch], Tensor]
    size: int
    batch: Callable[[Tensor, Generator], Batch]
    validation: Batch
    accuracy: Callable[[Tensor, Batch], Tensor] | None = None
    inputs: int = 1


def cross_entropy(out: Tensor, batch: Batch) -> Tensor:
    return F.cross_entropy(out.flatten(0, -2), batch[-1].flatten())


def cross_entropy_sum(out: Tensor, batch: Batch) -> Tensor:
    return F.cross_entropy(out.flatten(0, -2), batch[-1].flatten(), reduction="sum")


def smoothed_cross_entropy(out: Tensor, batch: Batch) -> Tensor:
    return F.cross_entropy(out, batch[-1], label_smoothing=0.1)


def squared(out: Tensor, batch: Batch) -> Tensor:
    return F.mse_loss(out.squeeze(-1), batch[-1])


def squared_sum(out: Tensor, batch: Batch) -> Tensor:
    """Summed over outputs, averaged over samples."""
    return (out.flatten(1) - batch[-1].flatten(1)).square().sum(1).mean()


def huber(out: Tensor, batch: Batch) -> Tensor:
    return F.huber_loss(out.squeeze(-1), batch[-1], delta=0.5)


def hits(out: Tensor, batch: Batch) -> Tensor:
    """Share of right classes."""
    return (out.argmax(-1) == batch[-1]).float().mean()


def supervised(
    data: Split,
    model: Callable[[], nn.Module],
    loss: Callable[[Tensor, Batch], Tensor] = cross_entropy,
    accuracy: bool = True,
    noise: float = 0.0,
) -> Task:
    """Inputs with targets; `noise` is fresh noise on the inputs of every batch."""

    def batch(index: Tensor, g: Generator) -> Batch:
        x = data.x[index]
        return (x + noise * torch.randn(x.shape, generator=g) if noise else x), data.y[index]

    return Task(model, loss, len(data.x), batch, (data.val_x, data.val_y), hits if accuracy else None)
