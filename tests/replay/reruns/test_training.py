"""One rerun is what a training loop would do, on copies."""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import SGD, Adagrad, AdamW, Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.reruns.evaluation import evaluate
from lrdoctor.replay.reruns.precision import read
from lrdoctor.replay.reruns.training import copies, train
from lrdoctor.replay.safeguards.randomness import seed_all
from tests.replay.small import CPU, Make, linear, not_a_number, rates, recipe, sgd, squared, workshop

STEPS = 15


def by_hand(given: Recipe, lrs: Any, seed: int, held_out: int = 0) -> tuple[list[float], float, nn.Module]:
    """The loop of a training script, written down again."""
    model, optimizer = copy.deepcopy((given.model, given.optimizer))
    seed_all(seed, given.batches)
    order: list[Any] = []
    while len(order) < len(lrs) * given.accumulate + held_out:
        order += list(given.epoch())
    seed_all(seed)
    losses, source = [], iter(order)
    for row in lrs:
        for group, lr in zip(optimizer.param_groups, row, strict=True):
            group["lr"] = float(lr)
        optimizer.zero_grad()
        total = 0.0
        for _ in range(given.accumulate):
            with torch.autocast("cpu", given.autocast or torch.bfloat16, enabled=given.autocast is not None):
                value = given.loss(model, next(source)) / given.accumulate
            value.backward()  # type: ignore[no-untyped-call]
            total += value.item()
        if given.clip_norm is not None:
            nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], given.clip_norm)
        optimizer.step()
        losses.append(total)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=given.autocast is not None):
        ends = [given.loss(model, next(source)).item() for _ in range(held_out)]
    return losses, float(np.mean(ends)) if ends else math.nan, model


def two_groups(parameters: Iterable[Tensor]) -> Optimizer:
    first, *others = parameters
    return SGD([{"params": [first], "lr": 0.02}, {"params": others, "lr": 0.005}], 0.01, momentum=0.5)


CASES: dict[str, tuple[Make, dict[str, Any]]] = {
    "sgd": (lambda p: SGD(p, 0.05), {}),
    "momentum": (sgd, {}),
    "adamw": (lambda p: AdamW(p, 0.01), {}),
    "adagrad": (lambda p: Adagrad(p, 0.1), {}),
    "groups": (two_groups, {}),
    "clipped": (sgd, {"clip_norm": 0.5}),
    "accumulated": (sgd, {"accumulate": 3}),
    "bfloat16": (sgd, {"autocast": torch.bfloat16}),
    "all at once": (two_groups, {"autocast": torch.bfloat16, "accumulate": 2, "clip_norm": 1.0}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_loop_of_a_training_script(name: str) -> None:
    make, options = CASES[name]
    given = recipe(make=make, **options)
    shop = workshop(given)
    lrs = rates(shop, 0.03, STEPS)
    losses, end, model = by_hand(given, lrs, 3, held_out=4)
    found = train(shop, lrs, 3, held_out=4)
    assert found.loss == pytest.approx(losses, rel=1e-5)
    assert found.end == pytest.approx(end, rel=1e-5)
    assert not found.broke
    for ours, theirs in zip(found.copies.model.state_dict().values(), model.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs)
    assert (shop.budget.trained, shop.budget.evaluated) == (STEPS, 4)


def test_a_float16_scaler_changes_nothing_but_the_scale() -> None:
    """Its own steps: on a CPU in float32 it multiplies and divides by powers of two."""
    plain = train(workshop(given := recipe()), rates(workshop(given), 0.03, STEPS), 3, held_out=4)
    scaler = GradScaler("cpu", init_scale=2.0**10, growth_interval=4)
    scaled = recipe(scaler=scaler, clip_norm=1e9)
    found = train(workshop(scaled), rates(workshop(scaled), 0.03, STEPS), 3, held_out=4)
    assert found.loss == pytest.approx(plain.loss, rel=1e-5)
    assert found.end == pytest.approx(plain.end, rel=1e-5)
    assert found.copies.scaler is not None
    assert found.copies.scaler.get_scale() > scaler.get_scale() == 2.0**10


def test_schedules_move_the_lr_of_every_group_and_momentum() -> None:
    given = recipe(
        make=two_groups, steps=200, scheduler=lambda o: OneCycleLR(o, [0.02, 0.005], total_steps=200), model=linear()
    )
    shop = workshop(given)
    seen: list[tuple[float, ...]] = []

    class Watched(SGD):
        def step(self, closure: Any = None) -> Any:
            seen.append(tuple(group[key] for group in self.param_groups for key in ("lr", "momentum")))
            return super().step(closure)

    given.optimizer.__class__ = Watched
    train(shop, rates(shop, 0.1, 10), 0)
    lr, momentum, other, _ = np.array(seen).T
    assert lr.max() == pytest.approx(0.1, rel=0.05)
    assert lr[0] < 0.05 > lr[-1]
    assert lr / other == pytest.approx(np.full(10, 4.0))
    assert momentum.min() < 0.87
    assert momentum[0] > 0.9 < momentum[-1]


def test_copies_are_fresh_and_apart() -> None:
    given = recipe(make=lambda p: AdamW(p, 0.1))
    given.model.eval()
    for parameter in given.model.parameters():
        parameter.grad = torch.ones_like(parameter)
    given.optimizer.step()
    one, two = copies(given, CPU), copies(given, CPU)
    assert one.model.training
    assert all(p.grad is None for p in one.model.parameters())
    held = [{id(p) for p in made.model.parameters()} for made in (given, one, two)]
    assert not held[0] & held[1]
    assert not held[1] & held[2]
    for made in (one, two):
        assert {id(p) for group in made.optimizer.param_groups for p in group["params"]} == {
            id(p) for p in made.model.parameters()
        }
        assert len(made.optimizer.state) == len(given.optimizer.state)


def test_tied_weights_stay_tied() -> None:
    model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6), nn.Linear(6, 1))
    model[2].weight = model[0].weight
    made = copies(recipe(model=model), CPU).model
    assert isinstance(made, nn.Sequential)
    assert made[2].weight is made[0].weight


def test_an_arm_that_blows_up_ends_early() -> None:
    shop = workshop(recipe(model=linear()))
    found = train(
        shop, rates(shop, 1e4, 60), 0, held_out=4, broken=lambda loss: not np.isfinite(loss[-1]) or loss[-1] > 1e6
    )
    assert found.broke
    assert found.end == math.inf
    assert len(found.loss) < 60
    assert shop.budget.trained == len(found.loss)
    assert shop.budget.evaluated == 0


def test_a_loss_that_is_nan_ends_at_infinity() -> None:
    shop = workshop(recipe(not_a_number, model=linear()))
    assert train(shop, rates(shop, 0.1, 5), 0, held_out=2).end == math.inf


def test_time_that_is_up_is_seen_at_every_step() -> None:
    ticks: Iterator[float] = iter(range(10_000))
    shop = workshop(recipe(model=linear()), seconds=7, now=lambda: float(next(ticks)))
    found = train(shop, rates(shop, 0.1, 50), 0, held_out=4)
    assert 1 <= len(found.loss) <= 7
    assert math.isnan(found.end)
    assert not found.broke
    assert shop.budget.evaluated == 0


def test_the_watch_sees_the_losses_so_far() -> None:
    told: list[tuple[float, int]] = []
    given = recipe(model=linear())
    plain = workshop(given)
    shop = type(plain)(
        given, plain.schedule, CPU, plain.batches, plain.budget, lambda lr, losses: told.append((lr, len(losses)))
    )
    train(shop, rates(shop, 0.01, 25), 0, every=10)
    assert told == [(0.01, 1), (0.01, 11), (0.01, 21), (0.01, 25)]


def test_evaluation_learns_nothing_and_counts() -> None:
    shop = workshop(recipe())
    work = copies(shop.recipe, CPU)
    before = [p.clone() for p in work.model.parameters()]
    value = evaluate(shop, work.model, shop.batches.take(0, 5), 5)
    assert math.isfinite(value)
    assert math.isnan(evaluate(shop, work.model, iter(()), 0))
    assert shop.budget.evaluated == 5
    assert all(torch.equal(a, b) for a, b in zip(before, work.model.parameters(), strict=True))
    assert all(p.grad is None for p in work.model.parameters())


def test_losses_are_read_as_numbers() -> None:
    assert read([]).shape == (0,)
    assert read([torch.tensor(1.0), torch.tensor(2.0)]).tolist() == [1, 2]
    assert read([torch.tensor([1.0])]).tolist() == [1]


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda m, b: m(b[0]), "a tensor of shape"),
        (lambda _m, _b: 1.0, "gives float"),
        (lambda m, b: squared(m, b).detach(), "does not depend on trained weights"),
        (lambda _m, b: (b[0] * nn.Parameter(torch.ones(6))).mean(), "does not depend on the model it is given"),
    ],
)
def test_losses_that_train_nothing(loss: Callable[..., Any], words: str) -> None:
    shop = workshop(recipe(loss, model=linear()))
    with pytest.raises(UsageError, match=words):
        train(shop, rates(shop, 0.1, 3), 0)


def test_a_loss_of_shape_one_is_a_number() -> None:
    shop = workshop(recipe(lambda m, b: squared(m, b).reshape(1), model=linear()))
    assert train(shop, rates(shop, 0.1, 3), 0, held_out=2).loss.shape == (3,)
