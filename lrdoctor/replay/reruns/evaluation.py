"""How good a rerun's weights are: the loss on batches it did not train on, or what the recipe says of validation."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lrdoctor.errors import UsageError
from lrdoctor.replay.reruns.batches import rebuilt
from lrdoctor.replay.reruns.precision import autocast, read
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.failures import in_recipe


def evaluate(shop: Workshop, model: nn.Module, data: Iterator[Any], count: int) -> float:
    """The mean loss on `count` batches, lower is better; inf where it is not finite, NaN where none was asked for.

    Without `Recipe.validation` the next batches of `data`, as in training (dropout and batch statistics) but without
    learning; else the first of the validation's, in eval mode, by the recipe's metric where it has one.
    """
    if not count:
        return math.nan
    if shop.recipe.validation is not None:
        return _validated(shop, model, count)
    with torch.no_grad(), in_recipe("its loss"), autocast(shop.recipe, shop.device):
        losses = [shop.recipe.loss(model, next(data)).detach() for _ in range(count)]
    shop.budget.evaluated += count
    end = float(read(losses).mean())
    return end if math.isfinite(end) else math.inf


def _validated(shop: Workshop, model: nn.Module, count: int) -> float:
    recipe = shop.recipe
    batches = shop.batches.validation(count)
    measure = recipe.loss if recipe.metric is None else recipe.metric
    words = "its loss" if recipe.metric is None else "its metric"
    with torch.no_grad(), _in_eval_mode(model), in_recipe(words), autocast(recipe, shop.device):
        values = [_number(measure(model, rebuilt(batch))) for batch in batches]
    shop.budget.evaluated += len(values)
    mean = sum(values) / len(values)
    if not math.isfinite(mean):
        return math.inf
    return -mean if recipe.metric is not None and recipe.maximize else mean


def _number(value: Any) -> float:
    if isinstance(value, Tensor) and value.numel() != 1:
        raise UsageError(
            f"the recipe's metric gives a tensor of shape {tuple(value.shape)}: return one number, such as a mean"
        )
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the recipe's metric gives {type(value).__name__}: return one number") from error


@contextmanager
def _in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Every part of the model in eval mode, and afterwards each in the mode it was in."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode
