"""Arms trained at once are the arms trained one after the other."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import SGD, Adagrad, AdamW, Optimizer

from lrdoctor.records.run import Floats
from lrdoctor.replay.probes.rounds import hopeless
from lrdoctor.replay.reruns import arms_at_once
from lrdoctor.replay.reruns.arms_at_once import Together, slower, train_together, unusable
from lrdoctor.replay.reruns.training import Trained, train
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.failures import OutOfMemoryError
from tests.replay.small import Loss, Make, linear, net, rates, recipe, sgd, squared, workshop

LRS = (1e-3, 1e-2, 5e-2)
STEPS = 12


def never(_: Floats) -> bool:
    return False


def plain() -> nn.Module:
    """Without a bias below a batch norm: its gradient is rounding alone, which Adam makes as large as any other."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 1))


def tied() -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6), nn.Linear(6, 1))
    model[2].weight = model[0].weight
    return model


def partly_frozen() -> nn.Module:
    model = net()
    assert isinstance(model, nn.Sequential)
    model[0].weight.requires_grad_(False)
    return model


class Recurrent(nn.Module):
    def __init__(self, kind: type[nn.GRU] | type[nn.LSTM]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner = kind(2, 4, batch_first=True)
        self.out = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.inner(x.view(len(x), 3, 2))[0][:, -1])
        return out


class Attention(nn.Module):
    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner = nn.TransformerEncoderLayer(2, 1, 4, dropout, batch_first=True)
        self.out = nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.inner(x.view(len(x), 3, 2))[:, -1])
        return out


def branching(model: nn.Module, batch: Any) -> Tensor:
    value = squared(model, batch)
    return value if value.item() > 0.1 else 2 * value


def two_groups(parameters: Iterable[Tensor]) -> Optimizer:
    first, *others = parameters
    return SGD([{"params": [first], "lr": 0.02}, {"params": others, "lr": 0.005}], 0.01, momentum=0.5)


def penalised(model: nn.Module, batch: Any) -> Tensor:
    penalty: Tensor = sum((p.square().sum() for p in model.parameters()), torch.zeros(()))
    return squared(model, batch) + 0.01 * penalty


CASES: dict[str, tuple[Callable[[], nn.Module], Make, Loss, dict[str, Any]]] = {
    "sgd": (linear, lambda p: SGD(p, 0.1), squared, {}),
    "momentum, batch norm, dropout": (net, sgd, squared, {}),
    "adamw": (plain, lambda p: AdamW(p, 0.1), squared, {}),
    "adagrad": (plain, lambda p: Adagrad(p, 0.1), squared, {}),
    "frozen": (partly_frozen, sgd, squared, {}),
    "groups": (net, two_groups, squared, {}),
    "clipped": (net, sgd, squared, {"clip_norm": 0.5}),
    "accumulated": (net, sgd, squared, {"accumulate": 3}),
    "bfloat16": (linear, sgd, squared, {"autocast": torch.bfloat16}),
    "tied": (tied, sgd, squared, {}),
    "penalised": (net, sgd, penalised, {}),
    "attention": (Attention, sgd, squared, {}),
}


def both(shop: Workshop, lrs: Sequence[float], steps: int = STEPS) -> tuple[list[Trained], list[Trained]]:
    table = [rates(shop, lr, steps) for lr in lrs]
    at_once = train_together(shop, table, 5, held_out=4, broken=hopeless)
    return at_once, [train(shop, row, 5, held_out=4, broken=hopeless) for row in table]


@pytest.mark.parametrize("name", CASES)
def test_at_once_is_one_after_the_other(name: str) -> None:
    model, make, loss, options = CASES[name]
    shop = workshop(recipe(loss, make, model=model(), **options))
    tolerance = 2e-2 if "bfloat16" in name else 1e-4
    for together, alone in zip(*both(shop, LRS), strict=True):
        assert together.loss == pytest.approx(alone.loss, rel=tolerance)
        assert together.end == pytest.approx(alone.end, rel=tolerance)
        ours, theirs = (made.copies.model.state_dict() for made in (together, alone))
        for key in theirs:
            torch.testing.assert_close(ours[key], theirs[key], rtol=tolerance, atol=tolerance)
        for p, q in zip(together.copies.optimizer.state.values(), alone.copies.optimizer.state.values(), strict=True):
            assert p.keys() == q.keys()
    assert shop.budget.trained == 2 * 3 * STEPS
    assert shop.budget.evaluated == 2 * 3 * 4


@pytest.mark.parametrize("name", CASES)
def test_the_check_lets_them_through(name: str) -> None:
    model, make, loss, options = CASES[name]
    shop = workshop(recipe(loss, make, model=model(), **options))
    if "bfloat16" not in name:  # its rounding may differ
        assert unusable(shop, [rates(shop, lr, STEPS) for lr in LRS[:2]], 5, never) == ""


def test_arms_that_die_are_dropped_and_disturb_nobody() -> None:
    shop = workshop(recipe(model=linear(), make=lambda p: SGD(p, 0.1)))
    together, alone = both(shop, (1e-2, 1e6, 3e-2, 1e5), 60)
    assert [made.broke for made in together] == [made.broke for made in alone] == [False, True, False, True]
    for one, other in zip(together, alone, strict=True):
        # How often it is looked at may differ, and so where it ends.
        common = min(len(one.loss), len(other.loss))
        assert (common == 60) == (not one.broke)
        assert one.loss[:common] == pytest.approx(other.loss[:common], rel=1e-3, nan_ok=True)
        assert one.end == pytest.approx(other.end, rel=1e-3)


def test_when_all_die_it_ends() -> None:
    shop = workshop(recipe(model=linear(), make=lambda p: SGD(p, 0.1)))
    together, _ = both(shop, (1e5, 1e6), 60)
    assert all(made.broke and made.end == math.inf for made in together)
    assert max(len(made.loss) for made in together) < 60


def test_time_that_is_up_ends_all() -> None:
    shop = workshop(recipe(model=linear()), seconds=1e-9)
    made = train_together(shop, [rates(shop, lr, STEPS) for lr in LRS], 5, held_out=4, broken=never)
    assert all(math.isnan(one.end) and len(one.loss) == 1 for one in made)


REFUSED: dict[str, tuple[Callable[[], nn.Module], Loss, dict[str, Any], str]] = {
    "control flow": (linear, branching, {}, "it cannot be vectorised (RuntimeError)"),
    "scaler": (linear, squared, {"scaler": GradScaler("cpu")}, "the gradient scaler works on one rerun at a time"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_at_once_is_done_one_by_one(name: str) -> None:
    model, loss, options, why = REFUSED[name]
    shop = workshop(recipe(loss, model=model(), **options))
    trainer = Together(asked=True)
    table = [rates(shop, lr, STEPS) for lr in LRS]
    made = list(trainer(shop, table, 5, 4, hopeless))
    assert trainer.mode == "one after the other"
    assert trainer.remark == f"The reruns were not made at once: {why}."
    alone = [train(shop, row, 5, held_out=4, broken=hopeless) for row in table]
    assert [one.loss.tolist() for one in made] == [one.loss.tolist() for one in alone]


@pytest.mark.parametrize(
    "make", [lambda: Recurrent(nn.GRU), lambda: Recurrent(nn.LSTM), lambda: Attention(0.5)], ids=["gru", "lstm", "mask"]
)
def test_what_may_not_be_vectorised_is_right_whichever_way(make: Callable[[], nn.Module]) -> None:
    shop = workshop(recipe(model=make()))
    trainer = Together(asked=True)
    table = [rates(shop, lr, STEPS) for lr in LRS]
    for one, row in zip(trainer(shop, table, 5, 4, hopeless), table, strict=True):
        alone = train(shop, row, 5, held_out=4, broken=hopeless)
        assert one.loss == pytest.approx(alone.loss, rel=1e-4)
    assert ("at once" in trainer.mode) == (not trainer.remark)


def test_losses_that_differ_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(shop: Workshop, table: Sequence[Floats], seed: int, **options: Any) -> list[Trained]:
        return [train(shop, 3 * row, seed, broken=options["broken"], every=3) for row in table]

    monkeypatch.setattr(arms_at_once, "train_together", other)
    shop = workshop(recipe(model=linear()))
    assert "differ" in unusable(shop, [rates(shop, 0.05, STEPS)] * 2, 5, never)


def short_above(most: int, tried: list[int]) -> Callable[..., list[Trained]]:
    def limited(shop: Workshop, table: Sequence[Floats], seed: int, **options: Any) -> list[Trained]:
        tried.append(len(table))
        if len(table) > most:
            raise OutOfMemoryError("no room")
        return train_together(shop, table, seed, **options)

    return limited


@pytest.mark.parametrize(("most", "sizes"), [(4, [2, 7, 3, 3]), (2, [2, 7, 3, 1]), (1, [2])])
def test_memory_that_is_short_makes_groups_smaller(
    monkeypatch: pytest.MonkeyPatch, most: int, sizes: list[int]
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(arms_at_once, "train_together", short_above(most, tried))
    shop = workshop(recipe(model=linear()))
    table = [rates(shop, lr, STEPS) for lr in np.geomspace(1e-3, 0.1, 7)]
    trainer = Together(asked=True)
    made = list(trainer(shop, table, 5, 4, hopeless))
    assert [size for size in sizes if size > 1] == tried[: len([size for size in sizes if size > 1])]
    assert "Memory was short" in trainer.remark
    alone = [train(shop, row, 5, held_out=4, broken=hopeless) for row in table]
    for one, other in zip(made, alone, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
    assert (trainer.mode == "one after the other") == (most == 1 or sizes[-1] == 1)


@pytest.mark.parametrize("asked", [True, False, None])
def test_never_more_than_the_budget(asked: bool | None) -> None:
    for steps in range(15, 120, 13):
        shop = workshop(recipe(model=linear()), steps=steps)
        made = list(Together(asked)(shop, [rates(shop, lr, STEPS) for lr in np.geomspace(1e-3, 0.1, 6)], 5, 4, never))
        assert shop.budget.spent <= steps
        each = STEPS + 4 / 3
        assert len(made) <= steps / each + 1e-6
        assert len(made) >= min((steps - 12) // each, 6), "the check takes twelve steps at most"


def test_on_a_cpu_only_where_asked_for() -> None:
    shop = workshop(recipe(model=linear()))
    table = [rates(shop, lr, STEPS) for lr in LRS]
    for asked, mode in ((None, "one after the other"), (False, "one after the other"), (True, "3 at once")):
        trainer = Together(asked)
        assert len(list(trainer(shop, table, 5, 4, hopeless))) == 3
        assert (trainer.mode, trainer.remark) == (mode, "")


def test_one_arm_alone_needs_no_check() -> None:
    shop = workshop(recipe(model=linear()))
    trainer = Together(asked=True)
    assert len(list(trainer(shop, [rates(shop, 0.01, STEPS)], 5, 4, hopeless))) == 1
    assert shop.budget.trained == STEPS


def test_faster_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = workshop(recipe(model=linear()))
    table = [rates(shop, lr, STEPS) for lr in LRS]
    times = iter([2.9, 1.0, 3.1, 1.0])
    monkeypatch.setattr(arms_at_once, "_step_seconds", lambda _shop, _work: next(times))
    assert slower(shop, table, 5, never) == ""
    assert slower(shop, table, 5, never) == "it is not faster"


def test_copies_and_first_steps_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(now)))
    shop = workshop(recipe())
    table = [rates(shop, 0.01, 3)]
    taken = arms_at_once._step_seconds(shop, lambda timed: train(timed, table[0], 1, broken=never, every=1))
    assert taken == 2, "of three looks, the first is where the clock starts"
