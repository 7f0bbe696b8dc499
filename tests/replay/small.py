"""Recipes that train in a hundredth of a second, and losses that fail in every way."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.optim import SGD, Optimizer
from torch.utils.data import DataLoader, TensorDataset

from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.recipe.schedule import schedule_of
from lrdoctor.replay.reruns.batches import Batches
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.budget import Budget

CPU = torch.device("cpu")
Loss = Callable[[nn.Module, Any], Tensor]
Make = Callable[[Iterable[Tensor]], Optimizer]


def data(n: int = 96) -> TensorDataset:
    """A noisy linear function of six numbers."""
    own = Generator().manual_seed(1)
    x = torch.randn(n, 6, generator=own)
    return TensorDataset(x, x @ torch.randn(6, 1, generator=own) + 0.3 * torch.randn(n, 1, generator=own))


def net(width: int = 8) -> nn.Module:
    """With a counter, running statistics and random numbers of its own."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(6, width), nn.BatchNorm1d(width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, 1)
    )  # fmt: skip


def linear() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(6, 1)


def squared(model: nn.Module, batch: Any) -> Tensor:
    return nn.functional.mse_loss(model(batch[0]), batch[1])


def sgd(parameters: Iterable[Tensor]) -> Optimizer:
    return SGD(parameters, 0.01, momentum=0.9)


def recipe(
    loss: Loss = squared,
    make: Make = sgd,
    *,
    model: nn.Module | None = None,
    batches: Callable[[], Iterable[Any]] | None = None,
    steps: int = 1000,
    **options: Any,
) -> Recipe:
    """Momentum SGD on the noisy linear function, twelve batches of eight an epoch."""
    model = model or net()
    loader: DataLoader[Any] = DataLoader(data(), batch_size=8, shuffle=True)
    return Recipe(model, batches or (lambda: loader), loss, make(model.parameters()), steps, **options)


def workshop(given: Recipe, steps: int = 10_000, memory: int = 1 << 20, **budget: Any) -> Workshop:
    return Workshop(
        given,
        schedule_of(given),
        CPU,
        Batches(given, CPU, memory),
        Budget(steps, **budget),
        lambda _lr, _losses: None,
    )


def rates(shop: Workshop, lr: float, steps: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """LRs of every group at each of so many steps."""
    return np.asarray(lr * shop.schedule.compressed(steps))


class Failing:
    """A loss that raises from its n-th call on."""

    def __init__(self, at: int, error: BaseException, loss: Loss = squared) -> None:
        self.at, self.error, self.loss, self.calls = at, error, loss, 0

    def __call__(self, model: nn.Module, batch: Any) -> Tensor:
        self.calls += 1
        if self.calls >= self.at:
            raise self.error
        return self.loss(model, batch)


def not_a_number(model: nn.Module, batch: Any) -> Tensor:
    return squared(model, batch) * float("nan")
