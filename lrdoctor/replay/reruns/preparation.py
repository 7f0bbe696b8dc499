"""What one step shows before any rerun: whether frozen weights may be shared, and whether the step takes a closure."""

import inspect
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
from torch.optim import Optimizer

from lrdoctor.errors import UsageError
from lrdoctor.replay.reruns.frozen import WriteError, frozen, guarded
from lrdoctor.replay.reruns.training import train
from lrdoctor.replay.reruns.workshop import Workshop


def prepared(shop: Workshop) -> Workshop:
    """The workshop as the recipe needs it; the step is made, and counted, where there is something to be found out.

    Raises:
        UsageError: the recipe fails in that step.
    """
    optimizer = shop.recipe.optimizer
    shared = frozen(shop.recipe, shop.device)
    shop = replace(shop, closure=takes_closure(optimizer))
    if shop.closure:
        _check_closure(shop)
    if not shared and (shop.closure or is_torchs(optimizer)):
        return shop
    try:
        with guarded(shared) if shared else nullcontext():
            _one_step(replace(shop, shared=shared))
    except WriteError:
        return shop
    except UsageError as error:
        if shop.closure or "closure" not in f"{error.__cause__}".lower():
            raise
        shop = replace(shop, closure=True)
        _check_closure(shop)
        _one_step(shop)
        return shop
    return replace(shop, shared=shared)


def takes_closure(optimizer: Optimizer) -> bool:
    """Whether a step needs a function that computes the loss again, by its signature."""
    try:
        closure = inspect.signature(type(optimizer).step).parameters.get("closure")
    except (TypeError, ValueError):
        return False
    return closure is not None and closure.default is closure.empty


def is_torchs(optimizer: Optimizer) -> bool:
    """Whether the step is one of `torch.optim`'s own."""
    return type(optimizer).step.__module__.startswith("torch.optim.")


def _check_closure(shop: Workshop) -> None:
    recipe = shop.recipe
    if recipe.accumulate > 1 or recipe.scaler is not None:
        what = "accumulate" if recipe.accumulate > 1 else "a scaler"
        raise UsageError(
            f"{type(recipe.optimizer).__name__} computes the loss again within a step, which reruns do not do with "
            f"{what}: leave it out, or use lrdoctor.replay_function, whose loop is yours"
        )


def _one_step(shop: Workshop) -> None:
    train(shop, np.asarray(shop.schedule.peak * shop.schedule.share[:1]), 0)
