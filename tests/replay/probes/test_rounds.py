"""A round compares arms that differ in LR alone, goes on beyond its ends, and keeps to the budget."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from torch.optim import SGD

from lrdoctor.records.run import Floats
from lrdoctor.replay.plan import held_out
from lrdoctor.replay.probes.rounds import MOST_EXTRA, Table, hopeless, run_round, untrained
from lrdoctor.replay.reruns.training import Broken, Trained, copies, train
from lrdoctor.replay.reruns.workshop import Workshop
from tests.replay.small import CPU, Failing, linear, not_a_number, recipe, squared, workshop

HORIZON = 12
EACH = HORIZON + held_out(HORIZON) / 3


def one_by_one(shop: Workshop, rates: Sequence[Floats], seed: int, count: int, broken: Broken) -> Iterator[Trained]:
    for row in rates:
        if not shop.budget.affords(len(row), count):
            return
        yield train(shop, row, seed, held_out=count, broken=broken)


def shop(steps: int = 10_000, **options: Any) -> Workshop:
    return workshop(recipe(model=linear(), make=lambda p: SGD(p, 0.1), **options), steps=steps)


class Made:
    """A trainer that trains nothing: the end of an arm is a function of its LR."""

    def __init__(self, cost: Callable[[float], float]) -> None:
        self.cost, self.lrs = cost, list[float]()

    def __call__(
        self, given: Workshop, rates: Sequence[Floats], _seed: int, _count: int, _broken: Broken
    ) -> Iterator[Trained]:
        work = copies(given.recipe, CPU)
        for row in rates:
            self.lrs.append(float(row[0, 0]))
            end = self.cost(math.log10(row[0, 0]))
            yield Trained(self.curve(float(row[0, 0]), end), end, math.isinf(end), work)

    def curve(self, _lr: float, end: float) -> Floats:
        return np.full(HORIZON, end)


def valley(centre: float, depth: float = 0.5) -> Callable[[float], float]:
    """A cost curve below an untrained loss of 1."""
    return lambda x: float(1 - depth * math.exp(-((x - centre) ** 2) / 0.5))


def run_made(
    monkeypatch: pytest.MonkeyPatch, cost: Callable[[float], float], lrs: Sequence[float], *, last: bool = False
) -> Any:
    monkeypatch.setattr("lrdoctor.replay.probes.rounds.untrained", lambda *_: 1.0)
    trainer = Made(cost)
    made, best = run_round(shop(), trainer, HORIZON, lrs, 0, last=last)
    return made, best, trainer


def test_arms_are_paired_and_ascending() -> None:
    made, best = run_round(shop(), one_by_one, HORIZON, [1e-2, 1e-3, 1e-1], 3, last=False)
    lrs = [arm.lr for arm in made.arms]
    assert lrs == sorted(lrs)
    assert {1e-3, 1e-2, 1e-1} <= set(lrs)
    assert len({arm.loss[0] for arm in made.arms}) == 1
    assert made.horizon == HORIZON
    assert best is not None
    assert best.end == min(arm.cost for arm in made.arms)
    assert made.best_lr is not None
    assert lrs[0] <= made.best_lr <= lrs[-1] * 1.0001


def test_the_untrained_model_is_judged_on_what_the_arms_end_on() -> None:
    place = shop()
    still = train(place, np.zeros((HORIZON, 1)), 3, held_out=held_out(HORIZON))
    assert untrained(place, HORIZON, 3) == pytest.approx(still.end, rel=1e-6)
    assert untrained(place, HORIZON, 4) != pytest.approx(still.end, rel=1e-6)
    parts = workshop(recipe(model=linear(), make=lambda p: SGD(p, 0.1), accumulate=3))
    still = train(parts, np.zeros((HORIZON, 1)), 3, held_out=held_out(HORIZON))
    assert untrained(parts, HORIZON, 3) == pytest.approx(still.end, rel=1e-6)


@pytest.mark.parametrize("centre", [-1.0, -2.0, -4.0, -5.0])
def test_it_goes_on_beyond_an_end_that_is_best(monkeypatch: pytest.MonkeyPatch, centre: float) -> None:
    made, best, trainer = run_made(monkeypatch, valley(centre), [1e-3, 10**-3.5, 10**-2.5])
    assert 3 < len(trainer.lrs) <= 3 + MOST_EXTRA
    assert best.end == min(arm.cost for arm in made.arms)
    tried = np.log10([arm.lr for arm in made.arms])
    assert (tried.max() > -2.5) == (centre > -3)
    assert (tried.min() < -3.5) == (centre < -3)
    assert np.abs(np.diff(tried) - 0.5).max() < 0.01, "in the round's own steps"


def test_it_goes_on_below_a_lowest_arm_whose_loss_rose(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them train beyond the edge of stability, where the best one is luck."""
    rising = np.r_[1.0, 0.9, 0.9, np.full(6, 0.8), 50.0, np.full(2, 0.8)]
    monkeypatch.setattr(Made, "curve", lambda _, lr, end: rising if lr > 10**-4.2 else np.full(HORIZON, end))
    _, _, trainer = run_made(monkeypatch, valley(-3.0), [1e-3, 1e-4, 1e-2])
    assert np.log10(trainer.lrs[3:]) == pytest.approx([-5])


def test_it_stops_where_the_best_lies_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, trainer = run_made(monkeypatch, valley(-3.0), [1e-3, 1e-4, 1e-2])
    assert len(trainer.lrs) == 3
    assert math.log10(made.best_lr) == pytest.approx(-3, abs=0.2)


@pytest.mark.parametrize(("centre", "beyond"), [(-3.0, -3.4), (-2.6, -2.2)])
def test_of_two_arms_one_is_an_end_so_a_third_goes_beyond_it(
    monkeypatch: pytest.MonkeyPatch, centre: float, beyond: float
) -> None:
    made, _, trainer = run_made(monkeypatch, valley(centre), [10**-3.0, 10**-2.6])
    assert len(trainer.lrs) == 3
    assert math.log10(trainer.lrs[2]) == pytest.approx(beyond)
    assert math.log10(made.best_lr) == pytest.approx(centre, abs=0.2)


def test_the_last_round_goes_on_between_its_best_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, trainer = run_made(monkeypatch, valley(-3.1), [1e-3, 1e-4, 1e-2], last=True)
    assert 3 < len(trainer.lrs) <= 3 + MOST_EXTRA
    assert all(1e-4 < lr < 1e-2 for lr in trainer.lrs[3:])
    assert math.log10(made.best_lr) == pytest.approx(-3.1, abs=0.2)


def test_where_all_arms_do_harm_it_goes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    made, best, trainer = run_made(monkeypatch, lambda x: math.inf if x > -5.5 else 0.5, [1e-3, 1e-4, 1e-2])
    assert trainer.lrs[3] < 1e-5
    assert best is not None
    assert made.arms[0].cost == 0.5


def test_where_nothing_moves_it_goes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, trainer = run_made(monkeypatch, lambda x: 1.0 if x < -1.1 else 0.5, [1e-3, 1e-4, 1e-2])
    assert trainer.lrs[3] > 1e-2


def test_nothing_that_ever_works_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(cost: float) -> Callable[[float], float]:
        return lambda _: cost

    for cost in (1.0, math.inf, 5.0):
        made, best, trainer = run_made(monkeypatch, always(cost), [1e-3, 1e-4], last=True)
        assert len(trainer.lrs) <= 2 + MOST_EXTRA
        assert made.best_lr is None
        assert (best is None) == math.isinf(cost)


def test_no_more_than_the_budget() -> None:
    for steps in range(5, 90, 7):
        place = shop(steps)
        made, _ = run_round(place, one_by_one, HORIZON, [1e-3, 1e-2, 1e-1], 0, last=False)
        assert place.budget.spent <= steps
        assert len(made.arms) <= steps / EACH
        if steps < EACH:
            assert place.budget.spent == 0
            assert math.isnan(made.untrained)


def test_an_arm_that_broke_costs_infinity_and_its_weights_are_not_the_best() -> None:
    made, best = run_round(shop(), one_by_one, 40, [1e-2, 1e5], 0, last=False)
    assert made.arms[-1].broke
    assert made.arms[-1].cost == math.inf
    assert len(made.arms[-1].loss) < 40
    assert best is not None
    assert len(best.loss) == 40


def test_ctrl_c_keeps_what_was_done() -> None:
    place = shop(loss=Failing(2 * HORIZON + 12, KeyboardInterrupt()))
    made, best = run_round(place, one_by_one, HORIZON, [1e-3, 1e-2, 1e-1], 0, last=False)
    assert [arm.lr for arm in made.arms] == [1e-3]
    assert best is not None
    assert place.budget.over


def test_time_that_is_up_keeps_what_was_done() -> None:
    place = shop()
    table = Table(place, one_by_one, HORIZON, 0)
    table.run([1e-3])
    place.budget.stopped = "the time was up"
    table.run([1e-2])
    assert [arm.lr for arm in table.arms] == [1e-3]


def test_a_model_that_is_nan_has_no_best() -> None:
    place = workshop(recipe(not_a_number, model=linear()))
    made, best = run_round(place, one_by_one, HORIZON, [1e-3, 1e-2], 0, last=False)
    assert all(arm.cost == math.inf for arm in made.arms)
    assert made.untrained == math.inf
    assert best is None
    assert made.best_lr is None


NOISE = 0.02 * np.sin(np.arange(60) ** 2)


@pytest.mark.parametrize(
    ("loss", "dead"),
    [
        (np.linspace(2, 1, 60) + NOISE, False),
        (np.full(60, 2.0) + NOISE, False),
        (np.r_[np.linspace(2, 1, 30), np.nan], True),
        (np.r_[np.linspace(2, 1, 30), np.inf], True),
        (np.r_[np.linspace(2, 1, 30), np.nan, 1.0], False),
        (np.r_[np.linspace(2, 1, 30), np.full(20, 9.0)], True),
        (np.r_[np.linspace(2, 1, 30), np.full(4, 9.0), np.linspace(2, 1, 20)], False),
        (np.r_[np.linspace(-98, -99, 30), np.full(20, -60.0)], True),
        (np.array([2.0]), False),
        (np.array([np.nan]), True),
    ],
)  # fmt: skip
def test_when_an_arm_is_given_up(loss: Floats, dead: bool) -> None:
    assert hopeless(loss) == dead


def test_what_a_round_costs_is_counted() -> None:
    place = shop(loss=squared)
    made, _ = run_round(place, one_by_one, HORIZON, [1e-3, 1e-2, 1e-1], 0, last=False)
    assert place.budget.trained == HORIZON * len(made.arms)
    assert place.budget.evaluated == held_out(HORIZON) * (len(made.arms) + 1)
