"""One optimizer step on the next batches, in each of the ways that recipes have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from lrdoctor.replay.recipe.recipe import Loss
from lrdoctor.replay.reruns.batches import rebuilt
from lrdoctor.replay.reruns.precision import autocast
from lrdoctor.replay.reruns.workshop import Workshop

Step = Callable[[Iterator[Any]], Tensor]
"""Takes the batches that it needs, gives the loss before the update."""


@dataclass(frozen=True, eq=False)
class Copies:
    """A model with its optimizer and scaler: copies of the recipe's, tied to each other as those are."""

    model: nn.Module
    optimizer: Optimizer
    scaler: GradScaler | None


def stepper(shop: Workshop, work: Copies, loss: Loss) -> Step:
    """The step of a recipe; the plain case has nothing to choose."""
    recipe = shop.recipe
    if shop.closure:
        return _with_closure(shop, work, loss)
    plain = recipe.accumulate == 1 and recipe.autocast is None and work.scaler is None
    return (_plain if plain else _full)(shop, work, loss)


def _plain(shop: Workshop, work: Copies, loss: Loss) -> Step:
    model, optimizer = work.model, work.optimizer
    ready = _ready(shop, work)

    def step(data: Iterator[Any]) -> Tensor:
        optimizer.zero_grad()
        value = loss(model, next(data))
        value.backward()  # type: ignore[no-untyped-call]
        ready()
        optimizer.step()
        return value.detach()

    return step


def _full(shop: Workshop, work: Copies, loss: Loss) -> Step:
    recipe, model, optimizer, scaler = shop.recipe, work.model, work.optimizer, work.scaler
    ready = _ready(shop, work)

    def step(data: Iterator[Any]) -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), device=shop.device)
        for _ in range(recipe.accumulate):
            with autocast(recipe, shop.device):
                value = loss(model, next(data)) / recipe.accumulate
            scaled = value if scaler is None else scaler.scale(value)
            scaled.backward()  # type: ignore[no-untyped-call]
            total = total + value.detach().float()
        ready()
        if scaler is None:
            optimizer.step()
        else:
            scaler.step(optimizer)
            scaler.update()
        return total

    return step


def _with_closure(shop: Workshop, work: Copies, loss: Loss) -> Step:
    """For optimizers that compute the loss again at other weights, as LBFGS and SAM do."""
    model, optimizer = work.model, work.optimizer
    ready = _ready(shop, work)

    def step(data: Iterator[Any]) -> Tensor:
        batch = next(data)

        def again() -> Tensor:
            optimizer.zero_grad()
            with torch.enable_grad(), autocast(shop.recipe, shop.device):
                value: Tensor = loss(model, rebuilt(batch))  # a loss may change its batch
            value.backward()  # type: ignore[no-untyped-call]
            ready()
            return value

        first = again()
        optimizer.step(again)  # type: ignore[arg-type]
        return first.detach()

    return step


def _ready(shop: Workshop, work: Copies) -> Callable[[], None]:
    """What is done with the gradients of a step before the optimizer takes it."""
    recipe, scaler, optimizer = shop.recipe, work.scaler, work.optimizer
    parameters = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    if recipe.clip_norm is None and recipe.before_step is None:
        return lambda: None

    def ready() -> None:
        if scaler is not None:
            scaler.unscale_(optimizer)
        if recipe.before_step is not None:
            recipe.before_step(work.model, optimizer)
        if recipe.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, recipe.clip_norm)

    return ready
