"""The table of shares, against the schedulers stepped as a training script steps them."""

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim import lr_scheduler as sched
from torch.optim.lr_scheduler import LRScheduler

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.recipe.schedule import MOST_STEPS, schedule_of

STEPS = 40
Make = Callable[[Optimizer], LRScheduler]


def loss(model: nn.Module, batch: Any) -> Tensor:
    value: Tensor = model(batch).square().mean()
    return value


def recipe(
    scheduler: LRScheduler | Make | None = None, optimizer: Optimizer | None = None, steps: int = STEPS, **options: Any
) -> Recipe:
    model = nn.Linear(2, 1)
    if optimizer is not None:
        model.weight, model.bias = (p for group in optimizer.param_groups for p in group["params"])
    return Recipe(
        model,
        lambda: [torch.ones(1, 2)],
        loss,
        optimizer or SGD(model.parameters(), lr=0.1),
        steps,
        scheduler,
        **options,
    )


def two_groups(kind: type[Optimizer] = SGD, **options: Any) -> Optimizer:
    model = nn.Linear(2, 1)
    groups = [{"params": [model.weight], "lr": 0.1}, {"params": [model.bias], "lr": 0.02}]
    return kind(groups, **options)


def stepped(optimizer: Optimizer, scheduler: LRScheduler, steps: int = STEPS) -> list[list[float]]:
    """The LRs of a training loop."""
    lrs = []
    for _ in range(steps):
        lrs.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return lrs


def test_without_a_scheduler_the_lr_stays() -> None:
    table = schedule_of(recipe())
    assert table.peak == 0.1
    assert table.moved == {}
    assert table.compressed(7).tolist() == [[1.0]] * 7


def test_groups_keep_their_ratio() -> None:
    table = schedule_of(recipe(optimizer=two_groups()))
    assert table.compressed(3) == pytest.approx(np.array([[1, 0.2]] * 3))


SCHEDULERS: tuple[Make, ...] = (
    lambda o: sched.CosineAnnealingLR(o, STEPS),
    lambda o: sched.LambdaLR(o, lambda step: min(1.0, (step + 1) / 10)),
    lambda o: sched.LambdaLR(o, lambda step: min(1.0, step / 10)),  # from 0, as transformers' warm-ups
    lambda o: sched.StepLR(o, 10),
    lambda o: sched.OneCycleLR(o, [1.0, 0.2], total_steps=STEPS + 1),
    lambda o: sched.SequentialLR(o, [sched.LinearLR(o, 0.1, 1.0, 10), sched.CosineAnnealingLR(o, STEPS - 10)], [10]),
    lambda o: sched.ChainedScheduler([sched.ConstantLR(o, 0.1, 5), sched.ExponentialLR(o, 0.9)]),
)


@pytest.mark.parametrize("make", SCHEDULERS)
@pytest.mark.parametrize("instance", [False, True])
def test_the_table_is_what_a_training_loop_would_use(make: Make, instance: bool) -> None:
    optimizer = two_groups(momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of schedulers that hold others
        truth = np.array(stepped(twin := copy.deepcopy(optimizer), make(twin)))
        given = recipe(make(optimizer) if instance else make, optimizer)
    before = copy.deepcopy(optimizer.state_dict())
    table = schedule_of(given)
    assert table.peak == truth[:, 0].max()
    assert table.share * table.peak == pytest.approx(truth)
    assert table.compressed(STEPS) == pytest.approx(truth / table.peak)
    assert optimizer.state_dict() == before


def test_a_function_and_an_instance_give_the_same_lr_of_the_recipe() -> None:
    optimizer = two_groups()
    scheduler = sched.LambdaLR(optimizer, lambda step: step / STEPS)
    assert optimizer.param_groups[0]["lr"] == 0
    assert recipe(scheduler, optimizer).lr == 0.1
    assert schedule_of(recipe(scheduler, optimizer)).peak == pytest.approx(0.1 * (STEPS - 1) / STEPS)


@pytest.mark.parametrize(("kind", "key"), [(SGD, "momentum"), (Adam, "betas")])
def test_one_cycle_moves_momentum_too(kind: type[Optimizer], key: str) -> None:
    options = {"momentum": 0.9} if kind is SGD else {}
    table = schedule_of(recipe(lambda o: sched.OneCycleLR(o, 1.0, total_steps=STEPS), two_groups(kind, **options)))
    values = [row[0] for row in table.moved[key]]
    assert list(table.moved) == [key]
    assert len(values) == STEPS
    momentum = np.array([value if kind is SGD else value[0] for value in values])
    assert momentum[0] == pytest.approx(0.95)
    assert momentum.argmin() == table.share[:, 0].argmax()


def test_what_does_not_move_is_not_in_the_table() -> None:
    assert schedule_of(recipe(lambda o: sched.StepLR(o, 10), two_groups(momentum=0.9))).moved == {}


@pytest.mark.parametrize("length", [1, 3, 10, STEPS, 4 * STEPS])
def test_a_compressed_decay_still_decays(length: int) -> None:
    share = schedule_of(recipe(lambda o: sched.LambdaLR(o, lambda step: 1 - step / STEPS))).compressed(length)[:, 0]
    middles = 1 - (np.arange(length) + 0.5) / length
    assert share == pytest.approx(middles, abs=1 / STEPS)


def test_an_epochs_scheduler_is_stepped_once_an_epoch() -> None:
    table = schedule_of(recipe(lambda o: sched.StepLR(o, 2), steps=4000, scheduler_steps=4))
    assert table.share[:, 0] == pytest.approx([1, 1, 0.1, 0.1])
    assert table.compressed(8)[:, 0] == pytest.approx([1] * 4 + [0.1] * 4)


def plateau(optimizer: Optimizer) -> LRScheduler:
    return sched.ReduceLROnPlateau(optimizer)


@pytest.mark.parametrize("instance", [False, True])
def test_a_scheduler_that_waits_for_a_metric_is_refused(instance: bool) -> None:
    optimizer = two_groups()
    with pytest.raises(UsageError, match="waits for a metric") as refusal:
        schedule_of(recipe(plateau(optimizer) if instance else plateau, optimizer))
    assert "\n" not in str(refusal.value)


def test_a_scheduler_too_long_to_step_through_is_refused() -> None:
    with pytest.raises(UsageError, match="make it of fewer, longer ones"):
        schedule_of(recipe(lambda o: sched.LambdaLR(o, lambda t: 1.0 / (1 + t)), steps=MOST_STEPS + 1))


def breaks(_: Optimizer) -> LRScheduler:
    raise ValueError("no\nsuch thing")


ELSEWHERE = two_groups()


@pytest.mark.parametrize(
    ("scheduler", "words"),
    [
        (lambda o: sched.OneCycleLR(o, 1.0, total_steps=STEPS // 2), "fails at step 21 of 40 .*as long as the run"),
        (breaks, "scheduler fails .no such thing"),
        (lambda _: None, "no torch.optim.lr_scheduler"),
        (lambda o: sched.LambdaLR(o, lambda _: 0.0), "keeps the LR at 0"),
        (lambda _: sched.StepLR(ELSEWHERE, 10), "on another optimizer"),
    ],
)
def test_a_scheduler_that_fails_says_so_in_one_line(scheduler: Make, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        schedule_of(recipe(scheduler, two_groups(momentum=0.9)))
    assert "\n" not in str(refusal.value)
