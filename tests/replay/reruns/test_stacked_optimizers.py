"""One optimizer for all arms takes the steps that one each would take."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
    Rprop,
)
from torch.optim.lr_scheduler import OneCycleLR

from lrdoctor.records.run import Floats
from lrdoctor.replay.reruns.arms_at_once import train_together
from lrdoctor.replay.reruns.stacked_optimizers import PROPORTIONAL, OneStep, Stack, proportional, stacked
from lrdoctor.replay.reruns.training import Trained, copies, train
from lrdoctor.replay.reruns.workshop import Workshop
from tests.replay.small import CPU, Make, net, rates, recipe, squared, workshop

LRS, STEPS = (1e-3, 4e-3, 1e-2, 5e-2), 15


class Own(SGD):
    """Somebody's own: what its step does nobody knows."""


def plain() -> nn.Module:
    """Without a bias below a batch norm: its gradient is rounding alone, which Adam makes as large as any other."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))


def groups(parameters: Iterable[Tensor]) -> Optimizer:
    first, second, *others = parameters
    some: dict[str, Any] = {"params": [first, second.requires_grad_(False)], "lr": 0.02}
    rest: dict[str, Any] = {"params": others, "betas": (0.5, 0.9)}
    return AdamW([some, rest], weight_decay=0.3)


class Tempered(nn.Module):
    """With a weight that has no dimension."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.scale = plain(), nn.Parameter(torch.tensor(0.5))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.scale * self.inner(x)
        return out


ALIKE: dict[str, Make] = {
    "sgd": lambda p: SGD(p, 0.1),
    "momentum, decay": lambda p: SGD(p, 0.1, momentum=0.9, dampening=0.2, weight_decay=0.1),
    "nesterov": lambda p: SGD(p, 0.1, momentum=0.9, nesterov=True),
    "adadelta": lambda p: Adadelta(p, weight_decay=0.1),
    "adagrad": lambda p: Adagrad(p, lr_decay=0.1, initial_accumulator_value=0.2),
    "adam": lambda p: Adam(p, weight_decay=0.1),
    "amsgrad": lambda p: Adam(p, amsgrad=True),
    "adamax, uphill": lambda p: Adamax(p, maximize=True),
    "adamw": lambda p: AdamW(p, weight_decay=0.5),
    "nadam": lambda p: NAdam(p, weight_decay=0.1, decoupled_weight_decay=True),
    "radam": lambda p: RAdam(p),
    "rmsprop": lambda p: RMSprop(p, momentum=0.9, centered=True),
    "groups, one weight frozen": groups,
}
OTHERS: dict[str, Make] = {
    "own": lambda p: Own(p, 0.1, momentum=0.9),
    "asgd": lambda p: ASGD(p),
    "rprop": lambda p: Rprop(p),
    "adafactor": lambda p: Adafactor(p),
}


def never(_: Floats) -> bool:
    return False


def both(shop: Workshop, seed: int = 5) -> tuple[list[Trained], list[Trained]]:
    table = [rates(shop, lr, STEPS) for lr in LRS]
    return train_together(shop, table, seed, broken=never), [train(shop, row, seed, broken=never) for row in table]


def assert_alike(shop: Workshop) -> None:
    for one, other in zip(*both(shop), strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        ours, theirs = list(one.copies.model.parameters()), list(other.copies.model.parameters())
        for p, q in zip(ours, theirs, strict=True):
            torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)
        kept, expected = one.copies.optimizer.state, other.copies.optimizer.state
        assert len(kept) == len(expected)
        for p, q in zip(ours, theirs, strict=True):
            assert kept.get(p, {}).keys() == expected.get(q, {}).keys()
            for key, value in kept.get(p, {}).items():
                torch.testing.assert_close(value, expected[q][key], rtol=1e-3, atol=1e-5)


def test_every_class_is_tried() -> None:
    assert {type(make([nn.Parameter(torch.ones(2)) for _ in range(3)])) for make in ALIKE.values()} == set(PROPORTIONAL)


@pytest.mark.parametrize("clip", [None, 0.3])
@pytest.mark.parametrize("name", ALIKE)
def test_one_step_for_all_is_one_each(name: str, clip: float | None) -> None:
    shop = workshop(recipe(squared, ALIKE[name], model=plain(), clip_norm=clip))
    assert proportional(copies(shop.recipe, CPU))
    assert_alike(shop)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_known_takes_its_own_steps(name: str) -> None:
    shop = workshop(recipe(squared, OTHERS[name], model=plain()))
    assert not proportional(copies(shop.recipe, CPU))
    assert_alike(shop)


@pytest.mark.parametrize("name", ["adamw", "momentum, decay"])
def test_a_weight_without_dimensions(name: str) -> None:
    assert_alike(workshop(recipe(squared, ALIKE[name], model=Tempered())))


def test_momentum_that_a_schedule_moves() -> None:
    shop = workshop(
        recipe(
            squared,
            lambda p: SGD(p, 0.1, momentum=0.9),
            model=plain(),
            steps=40,
            scheduler=lambda o: OneCycleLR(o, max_lr=0.1, total_steps=40),
        )
    )
    assert shop.schedule.moved
    assert_alike(shop)


def mid_training() -> Any:
    given = recipe(squared, lambda p: AdamW(p, 0.01), model=plain())
    squared(given.model, next(iter(given.epoch()))).backward()  # type: ignore[no-untyped-call]
    given.optimizer.step()
    return given


def halves() -> Any:
    return recipe(squared, lambda p: SGD(p, 0.01), model=plain().half())


def uneven() -> Any:
    given = mid_training()
    given.optimizer.state.popitem()
    return given


def from_outside() -> Any:
    return recipe(squared, lambda p: SGD([*p, nn.Parameter(torch.zeros(1))], 0.01), model=plain())


@pytest.mark.parametrize("make", [halves, from_outside, uneven])
def test_where_it_might_differ_each_arm_steps_by_itself(make: Callable[[], Any]) -> None:
    shop = workshop(make())
    works = [copies(shop.recipe, CPU) for _ in LRS]
    assert type(stacked(shop, works, [rates(shop, lr, STEPS) for lr in LRS])) is Stack


def test_an_optimizer_with_a_past_goes_on_from_it() -> None:
    shop = workshop(mid_training())
    assert proportional(copies(shop.recipe, CPU))
    assert_alike(shop)


@pytest.mark.parametrize("kind", [Stack, OneStep])
def test_arms_are_views_of_the_stack_also_when_some_are_dropped(kind: type[Stack]) -> None:
    shop = workshop(recipe(squared, ALIKE["adamw"], model=net()))
    works = [copies(shop.recipe, CPU) for _ in LRS]
    stack = kind(shop, works, [rates(shop, lr, STEPS) for lr in LRS])

    def step(at: int) -> None:
        stack.step([torch.ones_like(leaf) for leaf in stack.leaves], at)

    def moved(work: Any) -> float:
        before, after = shop.recipe.model.get_parameter("0.weight"), work.model.get_parameter("0.weight")
        return float((before - after).detach().mean())

    for at in range(3):
        step(at)
    paths = [moved(work) for work in works]
    assert paths == pytest.approx([3 * lr * paths[0] / (3 * LRS[0]) for lr in LRS], rel=0.1)
    stack.keep([3, 1])
    for at in range(3, 6):
        step(at)
    assert [moved(work) for work in works] == pytest.approx([paths[0], 2 * paths[1], paths[2], 2 * paths[3]], rel=0.1)
    weights = [work.model.get_parameter("0.weight") for work in (works[3], works[1])]
    torch.testing.assert_close(stack.weights()["model.0.weight"].detach(), torch.stack([w.detach() for w in weights]))
    stack.close()
    assert {int(s["step"]) for s in works[1].optimizer.state.values()} == {6}
