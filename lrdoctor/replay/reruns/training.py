"""One rerun: a fresh copy of the recipe trained for a few steps at given LRs."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lrdoctor.errors import UsageError
from lrdoctor.records.run import Floats
from lrdoctor.replay.recipe.recipe import Loss, Recipe
from lrdoctor.replay.recipe.schedule import Schedule
from lrdoctor.replay.reruns.copying import copied
from lrdoctor.replay.reruns.evaluation import evaluate
from lrdoctor.replay.reruns.frozen import Shared
from lrdoctor.replay.reruns.precision import read
from lrdoctor.replay.reruns.steps import Copies, stepper
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.failures import in_recipe
from lrdoctor.replay.safeguards.randomness import seed_all

NOT_SHARED: Shared = MappingProxyType({})

Broken = Callable[[Floats], bool]
"""Whether the losses so far say that the rerun blew up and need not go on."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What one rerun logged, and the copies it leaves.

    Args:
        loss: before each update, shape (steps done,).
        end: mean loss after the last update on batches that were not trained on; NaN where none was asked for,
            inf where the rerun broke.
        broke: whether it blew up.
        copies: as trained.
    """

    loss: Floats
    end: float
    broke: bool
    copies: Copies


def copies(recipe: Recipe, device: torch.device, shared: Shared = NOT_SHARED) -> Copies:
    """Fresh copies of the recipe's model, optimizer and scaler, on the device, but for weights that are `shared`.

    Raises:
        UsageError: they cannot be copied.
        OutOfMemoryError: there is no room for them.
    """
    with in_recipe("copying its model (copy.deepcopy); keep open files, hooks and locks out of it:"):
        model, optimizer, scaler = copied(recipe.model, recipe.optimizer, recipe.scaler, shared)
        _move(model, optimizer, device)
    optimizer.zero_grad(set_to_none=True)
    if not model.training:  # else parts that were put into eval mode on purpose stay there
        model.train()
    return Copies(model, optimizer, scaler)


def _move(model: nn.Module, optimizer: Optimizer, device: torch.device) -> None:
    """Both to the device; some devices make new parameters of a model, others move those that it has."""
    before = list(model.parameters())
    model.to(device)
    new = dict(zip(before, model.parameters(), strict=True))
    for group in optimizer.param_groups:
        counted = bool(group.get("fused") or group.get("capturable"))  # else steps are counted on the host
        for at, old in enumerate(group["params"]):
            group["params"][at] = now = new.get(old, old)
            if old in optimizer.state:
                optimizer.state[now] = _moved(optimizer.state.pop(old), now.device, counted=counted)


def _moved(kept: Any, device: torch.device, *, counted: bool) -> Any:
    """What an optimizer keeps of a weight, on the device."""
    if isinstance(kept, Mapping):
        return {key: _moved(value, device, counted=counted) for key, value in kept.items()}
    return kept.to(device) if isinstance(kept, Tensor) and (counted or kept.dim() > 0) else kept


def train(
    shop: Workshop, lrs: Floats, seed: int, *, held_out: int = 0, broken: Broken | None = None, every: int = 16
) -> Trained:
    """Train a fresh copy, one optimizer step an entry of `lrs`.

    Args:
        shop: what is trained, on what.
        lrs: of every group at each step, shape (steps, groups).
        seed: of data order and random numbers: the same for arms that are to be compared.
        held_out: unseen batches that the trained model is evaluated on.
        broken: looked at every `every` steps; the rerun ends early where it says so.
        every: steps between two looks at the losses, each of which waits for the device.
    """
    recipe = shop.recipe
    work = copies(recipe, shop.device, shop.shared)
    data = shop.batches.take(seed, len(lrs) * recipe.accumulate + held_out)
    seed_all(seed)
    step, budget = stepper(shop, work, _checked(recipe.loss)), shop.budget
    setter = _setter(work.optimizer, lrs, shop.schedule)
    losses: list[Tensor] = []
    seen = np.empty(0)
    while len(seen) < len(lrs):
        # The first step by itself: what is looked at once need not be looked at every time.
        last = min(len(seen) + every, len(lrs)) if len(seen) else 1
        with in_recipe("a training step"):
            for at in range(len(seen), last):
                setter(at)
                losses.append(step(data))
                budget.trained += 1
                if budget.seconds is not None and budget.over:
                    break
        if not len(seen):
            _check_trains(work)
            step = stepper(shop, work, recipe.loss)
        seen = np.concatenate([seen, read(losses[len(seen) :])])
        shop.watch(float(lrs[len(seen) - 1, 0]), seen)
        if budget.over or (broken is not None and broken(seen)):
            break
    broke = broken is not None and broken(seen)
    if broke or len(seen) < len(lrs):
        return Trained(seen, math.inf if broke else math.nan, broke, work)
    return Trained(seen, evaluate(shop, work.model, data, held_out), False, work)


def _setter(optimizer: Optimizer, lrs: Floats, schedule: Schedule) -> Callable[[int], None]:
    """Sets the options of every group for a step."""
    groups, rows, moved = optimizer.param_groups, lrs.tolist(), schedule.moved
    if len(groups) == 1 and not moved:
        only = groups[0]

        def plain(at: int) -> None:
            only["lr"] = rows[at][0]

        return plain
    places = schedule.rows(len(lrs))

    def full(at: int) -> None:
        for k, group in enumerate(groups):
            group["lr"] = rows[at][k]
            for key, values in moved.items():
                group[key] = values[places[at]][k]

    return full


def _checked(loss: Loss) -> Loss:
    """The loss, with its first value looked at."""

    def checked(model: nn.Module, batch: Any) -> Tensor:
        value: object = loss(model, batch)
        if not isinstance(value, Tensor) or value.numel() != 1:
            shape = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
            raise UsageError(f"the recipe's loss gives {shape}: return one number as a tensor, such as a mean")
        if not value.requires_grad:
            raise UsageError(
                "the recipe's loss does not depend on trained weights: compute it with the `model` argument, "
                "without torch.no_grad or .item()"
            )
        return value

    return checked


def _check_trains(work: Copies) -> None:
    parameters = [p for group in work.optimizer.param_groups for p in group["params"]]
    if all(p.grad is None for p in parameters):
        raise UsageError(
            "the recipe's loss does not depend on the model it is given: "
            "compute it with the `model` argument, not with the script's own"
        )
