"""What people hand over, as reruns need it: 440.0 steps, a loss among a model's outputs."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from numbers import Real
from typing import Any

from torch import Tensor, nn

from lrdoctor.replay.recipe.recipe import Recipe, check

COUNTS = ("steps", "scheduler_steps", "accumulate")


def checked(recipe: object, name: str) -> Recipe:
    """The recipe with whole numbers and a loss of one number where something near to them was given.

    Raises:
        UsageError: what is wrong with it, in one line.
    """
    return check(_accepted(recipe) if isinstance(recipe, Recipe) else recipe, name)


def _accepted(recipe: Recipe) -> Recipe:
    changes: dict[str, Any] = {name: whole(getattr(recipe, name)) for name in COUNTS}
    changes["clip_norm"] = _number(recipe.clip_norm)
    if callable(recipe.loss):
        changes["loss"] = one_loss(recipe.loss)
    return dataclasses.replace(recipe, **changes)


def whole(value: Any) -> Any:
    """A whole number however it is spelled (440.0, `np.int64(440)`, a tensor) as an int; anything else as it is."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else value


def one_loss(loss: Callable[[nn.Module, Any], Any]) -> Callable[[nn.Module, Any], Any]:
    """The loss function, giving the loss alone where it returns more."""
    return loss if isinstance(loss, partial) and loss.func is _loss_of else partial(_loss_of, loss)


def _loss_of(loss: Callable[[nn.Module, Any], Any], model: nn.Module, batch: Any) -> Any:
    value = loss(model, batch)
    return value if isinstance(value, Tensor) else loss_in(value)


def loss_in(value: Any) -> Any:
    """The loss in what a model gave; the value itself where there is none.

    `{"loss": ...}`, an output with `.loss`; a dict of losses (detectors' parts) is summed; of a tuple the first item
    that is one number: `(loss, logits)` as `(logits, loss)`.
    """
    inner = value.get("loss") if isinstance(value, Mapping) else getattr(value, "loss", None)
    if isinstance(inner, Tensor):
        return inner
    if isinstance(value, Mapping):
        parts = list(value.values())
        named = all("loss" in str(key).lower() for key in value)
        return sum(parts[1:], parts[0]) if parts and named and all(map(_is_one, parts)) else value
    if isinstance(value, tuple | list):
        return next(filter(_is_one, value), value)
    return value


def _is_one(value: Any) -> bool:
    return isinstance(value, Tensor) and value.numel() == 1
