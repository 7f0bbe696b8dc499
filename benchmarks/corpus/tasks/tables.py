"""Tables and points: linear classifiers, deep MLPs, noisy labels, regression, distillation."""

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812  everybody's name for it
from torch import Tensor, nn

from benchmarks.corpus.data import Split, blobs, digits, friedman, photo_patches, spirals, split, table, textures
from benchmarks.corpus.layers import Scaled
from benchmarks.corpus.models import mlp, residual_mlp
from benchmarks.corpus.tasks.task import (
    Batch,
    Task,
    cross_entropy_sum,
    huber,
    squared,
    squared_sum,
    supervised,
)


def linear(data: Split, inputs: int, classes: int, before: float = 1.0, **more: object) -> Task:
    return supervised(data, lambda: Scaled(mlp([inputs, classes]), before), **more)  # type: ignore[arg-type]


def noisy(data: Split, share: float, classes: int) -> Split:
    """A share of the training labels drawn at random; validation stays clean."""
    g = torch.Generator().manual_seed(8)
    random = torch.randint(classes, data.y.shape, generator=g)
    return replace(data, y=torch.where(torch.rand(data.y.shape, generator=g) < share, random, data.y))


def taught(inputs: int, width: int, n: int, noise: float, outputs: int = 1) -> Split:
    """Targets from a random two-layer net."""
    torch.manual_seed(11)
    net = mlp([inputs, width, outputs], "tanh")
    x = torch.randn(n + 1000, inputs)
    with torch.no_grad():
        y = 3 * net(x)
    y = (y - y.mean(0)) / y.std(0) + noise * torch.randn(y.shape)
    return split(x, y.squeeze(-1), n, 1000)


def collinear(n: int, dim: int, decay: float) -> Split:
    """Linear regression whose features' variances fall as a power law."""
    g = torch.Generator().manual_seed(4)
    scale = torch.arange(1, dim + 1).float() ** -decay
    x = torch.randn(n + 1000, dim, generator=g) * scale
    y = x @ torch.randn(dim, generator=g) + 0.1 * torch.randn(n + 1000, generator=g)
    return split(x, y, n, 1000)


def distilled() -> Task:
    """A small student on the soft labels of an ensemble of nearest class means, which knows more than the labels."""
    data = digits()
    means = torch.stack([data.x[data.y == c].mean(0) for c in range(10)])

    def soft(x: Tensor) -> Tensor:
        return (-(x[:, None] - means).square().flatten(2).sum(2) / 2.0).softmax(1)

    taught_by = Split(data.x, soft(data.x), data.val_x, soft(data.val_x))

    def divergence(out: Tensor, batch: Batch) -> Tensor:
        return F.kl_div(out.log_softmax(1), batch[-1], reduction="batchmean")

    return supervised(taught_by, lambda: mlp([64, 40, 10]), divergence, accuracy=False)


def distilled_logits() -> Task:
    """Regression on a wide random teacher's logits over patches, summed over outputs."""
    data = photo_patches(6, False)
    torch.manual_seed(12)
    teacher = mlp([36, 128, 128, 8])
    with torch.no_grad():
        y, val = 20 * teacher(data.x), 20 * teacher(data.val_x)
    return supervised(
        Split(data.x, y - y.mean(0), data.val_x, val - y.mean(0)),
        lambda: mlp([36, 48, 48, 8]),
        squared_sum,
        accuracy=False,
    )


def deep(
    sizes: list[int], activation: str = "relu", dropout: float = 0.0, norm: bool = False
) -> Callable[[], nn.Module]:
    return lambda: mlp(sizes, activation, norm, dropout)


TASKS: dict[str, Callable[[], Task]] = {
    "linear/digits": lambda: linear(digits(), 64, 10),
    "linear/digits-255": lambda: linear(digits(), 64, 10, before=255.0),
    "linear/digits-sum": lambda: linear(digits(), 64, 10, loss=cross_entropy_sum),
    "linear/cancer": lambda: linear(table("breast_cancer"), 30, 2, accuracy=False),
    "linear/cancer-raw": lambda: linear(table("breast_cancer", False), 30, 2, accuracy=False),
    "linear/blobs": lambda: linear(blobs(2000, 60, 5, 1.2), 60, 5),
    "linear/patches-small": lambda: linear(photo_patches(6), 108, 8, before=0.1),
    "linear/textures-raw": lambda: linear(textures(8, train=1500), 192, 10, before=4.0),
    "linear/wine": lambda: linear(table("wine"), 13, 3, accuracy=False),
    "mlp/digits": lambda: supervised(digits(), deep([64, 64, 64, 10])),
    "mlp/digits-deep-tanh": lambda: supervised(digits(), deep([64, *[32] * 8, 10], "tanh")),
    "mlp/digits-255": lambda: supervised(digits(), lambda: Scaled(mlp([64, 48, 48, 10]), 255.0)),
    "mlp/digits-dropout": lambda: supervised(digits(), deep([64, 96, 96, 10], dropout=0.3), noise=0.2),
    "mlp/digits-few": lambda: supervised(digits(train=300), lambda: Scaled(mlp([64, 64, 32, 10]), 6.0)),
    "mlp/digits-wide": lambda: supervised(digits(), lambda: Scaled(mlp([64, 256, 256, 10]), 4.0)),
    "mlp/digits12-raw": lambda: supervised(
        digits(12, copies=2, noise=0.2, shift=2), lambda: Scaled(mlp([144, 192, 96, 10]), 4.0)
    ),
    "mlp/textures-few": lambda: supervised(textures(8, train=1200), lambda: Scaled(mlp([192, 128, 64, 10]), 2.0)),
    "mlp/spirals": lambda: supervised(spirals(), deep([2, 32, 32, 32, 3])),
    "mlp/spirals-sum": lambda: supervised(spirals(), deep([2, 48, 48, 3], "silu"), cross_entropy_sum),
    "mlp/blobs": lambda: supervised(blobs(3000, 30, 8, 1.5), deep([30, 64, 64, 8])),
    "mlp/blobs-sigmoid": lambda: supervised(blobs(2000, 20, 4, 1.5), deep([20, 48, 48, 4], "sigmoid")),
    "mlp/blobs-bn": lambda: supervised(blobs(3000, 30, 8, 1.5, seed=2), deep([30, 48, 48, 8], norm=True)),
    "mlp/patches": lambda: supervised(photo_patches(6), lambda: Scaled(mlp([108, 48, 48, 8]), 10.0)),
    "mlp/digits-head": lambda: supervised(digits(), lambda: Scaled(mlp([64, 64, 10]), after=0.05)),
    "mlp/digits-big-init": lambda: supervised(digits(), lambda: Scaled(mlp([64, 64, 10]), init=3.0)),
    "resnet/blobs-mlp": lambda: supervised(blobs(3000, 30, 8, 1.3, seed=3), lambda: residual_mlp(30, 32, 6, 8)),
    "resnet/digits-mlp-ln": lambda: supervised(
        digits(), lambda: Scaled(residual_mlp(64, 32, 4, 10, norm=True), after=8.0)
    ),
    "noisy-labels/digits-20": lambda: supervised(noisy(digits(), 0.2, 10), deep([64, 64, 64, 10])),
    "noisy-labels/digits-50": lambda: supervised(
        noisy(digits(copies=2), 0.5, 10), lambda: Scaled(mlp([64, 96, 10]), 4.0)
    ),
    "noisy-labels/blobs": lambda: supervised(blobs(2000, 20, 4, 1.5, 0.25), deep([20, 64, 64, 4])),
    "noisy-labels/digits-linear": lambda: supervised(noisy(digits(), 0.4, 10), lambda: Scaled(mlp([64, 10]), 16.0)),
    "noisy-labels/patches": lambda: supervised(
        noisy(photo_patches(6), 0.3, 8), lambda: Scaled(mlp([108, 64, 8]), 10.0)
    ),
    "noisy-labels/patches-raw": lambda: supervised(
        noisy(photo_patches(6), 0.2, 8), lambda: Scaled(mlp([108, 160, 80, 8]), 20.0)
    ),
    "regression/teacher-raw": lambda: supervised(
        taught(24, 32, 2000, 0.2), lambda: Scaled(mlp([24, 160, 80, 1]), 2.0), squared, False
    ),
    "regression/diabetes": lambda: supervised(table("diabetes"), lambda: Scaled(mlp([10, 32, 1]), 5.0), squared, False),
    "regression/friedman": lambda: supervised(friedman(), deep([10, 48, 48, 1]), squared, False),
    "regression/friedman-huber": lambda: supervised(friedman(noise=1.5), deep([10, 48, 1], "tanh"), huber, False),
    "regression/friedman-big": lambda: supervised(big_target(friedman(), 100.0), deep([10, 48, 1]), squared, False),
    "regression/friedman-wide": lambda: supervised(
        friedman(noise=1.0), lambda: Scaled(mlp([10, 300, 1]), 2.0, 3.0), squared, False
    ),
    "regression/teacher": lambda: supervised(taught(16, 24, 3000, 0.1), deep([16, 64, 1]), squared, False),
    "regression/teacher-sum": lambda: supervised(taught(12, 30, 2000, 0.3, 8), deep([12, 48, 8]), squared_sum, False),
    "regression/collinear": lambda: supervised(collinear(800, 40, 1.0), lambda: mlp([40, 1]), squared, False),
    "regression/collinear-steep": lambda: supervised(
        collinear(600, 30, 0.5), lambda: Scaled(mlp([30, 1]), 10.0), huber, False
    ),
    "distillation/digits-kl": distilled,
    "distillation/patches-logits": distilled_logits,
}


def big_target(data: Split, scale: float) -> Split:
    """Targets nobody standardised."""
    return replace(data, y=scale * data.y, val_y=scale * data.val_y)
