"""What a recipe has to be, and how it is told what it is not."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.recipe import Recipe, base_lrs, check


def recipe(**changes: Any) -> Recipe:
    model = nn.Linear(2, 1)
    plain = Recipe(model, list, lambda m, batch: m(batch).mean(), SGD(model.parameters(), lr=0.1), 100)
    return dataclasses.replace(plain, **changes)


def test_a_sound_recipe_is_itself() -> None:
    for changes in (
        {},
        {"clip_norm": 1, "accumulate": 4, "autocast": torch.bfloat16, "scheduler_steps": 3},
        {"scheduler": lambda o: StepLR(o, 1), "scaler": GradScaler("cpu"), "clip_norm": 0.5},
    ):
        good = recipe(**changes)
        assert check(good, "train.py:recipe") is good


def frozen() -> dict[str, Any]:
    model = nn.Linear(2, 1).requires_grad_(False)
    return {"model": model, "optimizer": SGD(model.parameters(), lr=0.1)}


def rated(lr: float) -> dict[str, Any]:
    model = nn.Linear(2, 1)
    optimizer = SGD(model.parameters(), lr=1.0)
    optimizer.param_groups[0]["lr"] = lr
    return {"model": model, "optimizer": optimizer}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": None}, "model is None: give a torch.nn.Module"),
        ({"optimizer": "adam"}, "optimizer is an object of type str"),
        ({"steps": 1e4}, "steps is an object of type float"),
        ({"steps": True}, "steps is an object of type bool"),
        ({"steps": 0}, "steps and accumulate must be at least 1"),
        ({"accumulate": 0}, "steps and accumulate must be at least 1"),
        ({"accumulate": None}, "accumulate is None"),
        ({"batches": iter([])}, "batches is an object of type list_iterator: give a DataLoader, or a function"),
        ({"loss": torch.zeros(())}, "loss is an object of type Tensor: give a function"),
        ({"clip_norm": 0.0}, "clip_norm is 0.0"),
        ({"clip_norm": math.nan}, "clip_norm is nan"),
        ({"clip_norm": "1"}, "clip_norm is an object of type str: give a number, or None"),
        ({"scheduler": "cosine"}, "scheduler is an object of type str: give a torch.optim.lr_scheduler"),
        ({"scheduler_steps": 2.5}, "scheduler_steps is an object of type float"),
        ({"scheduler_steps": 0}, "scheduler_steps must be at least 1"),
        ({"autocast": "bf16"}, "autocast is an object of type str: give a data type"),
        ({"scaler": True}, "scaler is an object of type bool: give a torch.amp.GradScaler"),
        ({"model": nn.Linear(2, 1)}, "parameters that are not the model's"),
        (frozen(), "no parameter that is trained"),
        (rated(0.0), "LR is 0: give the LR"),
        (rated(math.nan), "LR is nan: give the LR"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        check(recipe(**changes), "train.py:recipe")
    assert str(refusal.value).startswith("train.py:recipe: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("value", "kind"), [(None, "None"), (3, "an object of type int"), (nn.Linear(1, 1), "Linear")])
def test_another_thing_is_no_recipe(value: object, kind: str) -> None:
    with pytest.raises(UsageError, match=f"train.py:recipe returned .*{kind}: return a lrdoctor.replay.Recipe"):
        check(value, "train.py:recipe")


def test_the_lr_is_the_one_before_a_scheduler_moved_it() -> None:
    made = recipe()
    StepLR(made.optimizer, 1)
    made.optimizer.param_groups[0]["lr"] = 0.0
    assert made.lr == 0.1
    assert base_lrs(made.optimizer) == [0.1]


def test_an_lr_in_a_tensor_is_a_number() -> None:
    assert recipe(**rated(torch.tensor(0.25))).lr == 0.25  # type: ignore[arg-type]
