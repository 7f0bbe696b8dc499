"""What people hand over: loaders, spelled numbers, outputs that hold a loss."""

import math
from collections import namedtuple
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD
from torch.utils.data import DataLoader

from lrdoctor.errors import UsageError
from lrdoctor.replay import replay
from lrdoctor.replay.recipe.accepted import checked, loss_in, whole
from lrdoctor.replay.recipe.recipe import Recipe
from tests.replay.small import data, linear, recipe, squared

LOSS = torch.tensor(0.5, requires_grad=True)
LOGITS = torch.zeros(4, 3)
Pair = namedtuple("Pair", ["logits", "loss"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (440, 440),
        (440.0, 440),
        (np.int64(440), 440),
        (np.float32(440), 440),
        (torch.tensor(440), 440),
        (4.5, 4.5),
        (True, True),
        ("440", "440"),
        (None, None),
    ],
)
def test_whole_numbers(given: object, expected: object) -> None:
    assert whole(given) == expected
    assert type(whole(given)) is type(expected)


@pytest.mark.parametrize(
    "output",
    [
        {"loss": LOSS, "logits": LOGITS},
        {"loss_classifier": LOSS / 2, "loss_box_reg": LOSS / 2},
        SimpleNamespace(loss=LOSS, logits=LOGITS),
        (LOSS, LOGITS),
        (LOGITS, LOSS),
        [LOSS, torch.tensor(0.9)],
        Pair(LOGITS, LOSS),
    ],
)
def test_the_loss_in_an_output(output: object) -> None:
    assert loss_in(output).item() == 0.5


@pytest.mark.parametrize("output", [{"logits": LOGITS}, {"loss": 0.5}, (LOGITS,), 0.5, None, {}, ()])
def test_what_holds_no_loss_stays_what_it_is(output: object) -> None:
    assert loss_in(output) is output


def generator() -> Iterator[Any]:
    yield from DataLoader(data(), batch_size=8)


@pytest.mark.parametrize("batches", [lambda: generator(), DataLoader(data(), batch_size=8), [torch.zeros(1)]])
def test_a_loader_is_as_good_as_a_function(batches: Any) -> None:
    model = linear()
    given = checked(Recipe(model, batches, squared, SGD(model.parameters(), 0.1), 100), "it")
    assert len(list(given.epoch())) == len(list(given.epoch())) > 0


@pytest.mark.parametrize("batches", [generator(), iter([1]), "batches", None, torch.zeros(3)])
def test_what_can_be_read_once_is_no_loader(batches: Any) -> None:
    model = linear()
    with pytest.raises(UsageError, match="give a DataLoader, or a function"):
        checked(Recipe(model, batches, squared, SGD(model.parameters(), 0.1), 100), "it")


def test_numbers_are_taken_however_they_are_spelled() -> None:
    given = checked(recipe(steps=np.float64(300), accumulate=np.int32(2), clip_norm=np.float32(0.5)), "it")  # type: ignore[arg-type]
    assert (given.steps, given.accumulate, given.clip_norm) == (300, 2, 0.5)
    with pytest.raises(UsageError, match=r"steps is an object of type float: give a whole number"):
        checked(recipe(steps=4.5), "it")  # type: ignore[arg-type]


def test_a_seed_settles_the_order_of_a_loader_too() -> None:
    def found() -> float | None:
        model, loader = linear(), DataLoader(data(), batch_size=8, shuffle=True, generator=torch.Generator())
        made = Recipe(model, loader, lambda m, b: {"loss": squared(m, b)}, SGD(model.parameters(), 0.01), 1000.0)  # type: ignore[arg-type, return-value]
        return replay(made, max_steps=150, device="cpu").suggested_lr

    assert found() == found()
    assert math.isfinite(found() or math.nan)


def test_a_criterion_with_weights_of_its_own_stands_in_the_model() -> None:
    parts = nn.ModuleDict({"net": linear(), "criterion": nn.Linear(1, 1)})
    loss = lambda m, b: (m["criterion"](m["net"](b[0])) - b[1]).square().mean()  # noqa: E731
    given = Recipe(parts, DataLoader(data(), batch_size=8), loss, SGD(parts.parameters(), 0.01), 500)
    assert replay(given, max_steps=150, device="cpu").suggested_lr
    alone = Recipe(parts["net"], DataLoader(data(), batch_size=8), loss, SGD(parts.parameters(), 0.01), 500)
    with pytest.raises(UsageError, match=r"ModuleDict"):
        replay(alone, device="cpu")
