"""Schedules that are functions of the step, and timm's."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import SGD, Optimizer

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.lr_function import factors, is_timm
from lrdoctor.replay.recipe.schedule import schedule_of
from tests.replay.small import linear, recipe


def get_lr(it: int) -> float:
    """As nanoGPT's: warm-up, then a cosine to a tenth."""
    if it < 100:
        return 6e-4 * (it + 1) / 101
    return 6e-5 + 0.5 * (1 + math.cos(math.pi * (it - 100) / 900)) * (6e-4 - 6e-5)


def test_a_function_of_lrs_or_of_shares() -> None:
    of_lrs = schedule_of(recipe(make=lambda p: SGD(p, 6e-4), schedule=get_lr))
    of_shares = schedule_of(recipe(make=lambda p: SGD(p, 6e-4), schedule=lambda it: get_lr(it) / 6e-4))
    assert of_lrs.peak == pytest.approx(6e-4)
    assert of_lrs.share[:, 0] == pytest.approx([get_lr(it) / 6e-4 for it in range(1000)])
    assert np.allclose(of_lrs.share, of_shares.share)


def test_groups_keep_their_ratios() -> None:
    model = linear()
    groups = [{"params": [model.weight], "lr": 0.1}, {"params": [model.bias], "lr": 0.3}]
    made = schedule_of(recipe(model=model, make=lambda _: SGD(groups), schedule=lambda it: 1 - it / 1000))
    assert made.share[500] == pytest.approx([0.5, 1.5])


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (lambda it: 1 / (it - 5), r"schedule\(5\) fails \(ZeroDivisionError"),
        (lambda _: math.nan, "gives no learning rates"),
        (lambda _: -1.0, "gives no learning rates"),
        (lambda _: 0.0, "gives no learning rates"),
        (lambda _: 6e-4, r"neither the optimizer's LR \(0.1\) nor a factor"),
        (lambda _: 100.0, "neither the optimizer's LR"),
        (lambda _: "x", r"schedule\(0\) fails \(ValueError"),
    ],
)
def test_what_is_no_schedule_is_told(schedule: Callable[[int], Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        factors(schedule, 0.1, 50)


def test_two_schedules_are_one_too_many() -> None:
    from lrdoctor.replay.recipe.accepted import checked

    with pytest.raises(UsageError, match="scheduler and schedule are two schedules"):
        checked(recipe(schedule=lambda _: 1.0, scheduler=lambda o: torch.optim.lr_scheduler.StepLR(o, 1)), "it")


class Timm:
    """Shaped as timm 1.0's `CosineLRScheduler`: stepped by the epoch's number, and the update's."""

    def __init__(self, optimizer: Optimizer, t_initial: int, *, t_in_epochs: bool = True) -> None:
        self.optimizer, self.t_initial, self.t_in_epochs = optimizer, t_initial, t_in_epochs
        self.base_values = [group["lr"] for group in optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        return {"t_initial": self.t_initial}

    def _set(self, t: int) -> None:
        for group, base in zip(self.optimizer.param_groups, self.base_values, strict=True):
            group["lr"] = base * 0.5 * (1 + math.cos(math.pi * t / self.t_initial))

    def step(self, epoch: int) -> None:
        if self.t_in_epochs:
            self._set(epoch)

    def step_update(self, num_updates: int) -> None:
        if not self.t_in_epochs:
            self._set(num_updates)


@pytest.mark.parametrize("by_epoch", [True, False])
def test_timms_schedulers(by_epoch: bool) -> None:
    plain = recipe(make=lambda p: SGD(p, 0.1))
    timm = Timm(plain.optimizer, 10 if by_epoch else 1000, t_in_epochs=by_epoch)
    assert is_timm(timm)
    assert not is_timm(torch.optim.lr_scheduler.StepLR(plain.optimizer, 1))
    made = schedule_of(recipe(make=lambda _: plain.optimizer, model=plain.model, scheduler=timm))
    at = [0, 1, 9] if by_epoch else [0, 100, 900]
    told = [made.share[k * 100 if by_epoch else k, 0] for k in at]
    assert told == pytest.approx([0.5 * (1 + math.cos(math.pi * k / timm.t_initial)) for k in at])
    assert plain.optimizer.param_groups[0]["lr"] == 0.1, "left as it was"


def test_timm_without_a_length() -> None:
    plain = recipe()
    timm = Timm(plain.optimizer, 0)
    timm.t_initial = 0
    with pytest.raises(UsageError, match="scheduler_steps"):
        schedule_of(recipe(make=lambda _: plain.optimizer, model=plain.model, scheduler=timm))
