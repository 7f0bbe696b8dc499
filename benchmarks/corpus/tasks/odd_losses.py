"""Losses that die at the level of chance, and losses that start high or stand on an offset."""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.corpus.data import Split, blobs, digits, friedman, textures
from benchmarks.corpus.layers import Scaled
from benchmarks.corpus.models import mlp
from benchmarks.corpus.tasks.task import Batch, Task, cross_entropy, cross_entropy_sum, squared, supervised


def above(floor: float, loss: Callable[[Tensor, Batch], Tensor]) -> Callable[[Tensor, Batch], Tensor]:
    """The loss with a constant added, as an entropy or a regulariser that nothing lowers."""
    return lambda out, batch: loss(out, batch) + floor


def scaled_target(data: Split, scale: float, shift: float) -> Split:
    """The same data with targets in another unit."""
    return Split(data.x, scale * data.y + shift, data.val_x, scale * data.val_y + shift)


def deep(inputs: int, classes: int, depth: int = 10) -> Callable[[], torch.nn.Module]:
    """A deep ReLU net without normalisation: a step too long kills it, and it says every class alike from then on."""
    return lambda: mlp([inputs, *[48] * depth, classes])


TASKS: dict[str, Callable[[], Task]] = {
    "chance/digits": lambda: supervised(digits(), deep(64, 10)),
    "chance/blobs-4": lambda: supervised(blobs(2000, 20, 4, 1.5), deep(20, 4)),
    "chance/blobs-32": lambda: supervised(blobs(4000, 60, 32, 2.0, seed=5), deep(60, 32, 6)),
    "chance/textures": lambda: supervised(textures(8, train=1500), deep(192, 10, 8)),
    "offset/digits-floor": lambda: supervised(
        digits(), lambda: mlp([64, 64, 10]), above(2.0, cross_entropy), accuracy=False
    ),
    "offset/textures-floor": lambda: supervised(
        textures(8, train=1500), lambda: mlp([192, 64, 10]), above(5.0, cross_entropy), accuracy=False
    ),
    "offset/digits-sum": lambda: supervised(
        digits(), lambda: mlp([64, 64, 64, 10]), above(100.0, cross_entropy_sum), accuracy=False
    ),
    "offset/friedman-30": lambda: supervised(
        scaled_target(friedman(), 30.0, 100.0),
        lambda: Scaled(mlp([10, 64, 64, 1]), after=10.0),
        squared,
        accuracy=False,
    ),
}
