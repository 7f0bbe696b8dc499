"""Joining runs: what each of them counts, and what to run next."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import limits
from lrdoctor.inference.band import on_grid
from lrdoctor.inference.compared_runs import PairTables, results
from lrdoctor.inference.sweep import Member, comparisons, join, next_lr
from lrdoctor.inference.tables import load_tables
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.records.run import Series

TABLES = replace(load_tables(), pairs=None)
NOTHING = np.zeros(2 * TABLES.cells)


def a_trace(speed: float = 1.0) -> LossCurve:
    """A loss that falls, faster or slower."""
    step = np.arange(100.0)
    found = loss_curve(Series(step, 2.0 / (1 + speed * step / 20)))
    assert found is not None
    return found


def member(log_lr: float, factors: np.ndarray = NOTHING, *, speed: float = 1.0, diverged: bool = False) -> Member:
    """A run of which only its curve's factors are known."""
    return Member(log_lr, a_trace(speed), factors, NOTHING, NOTHING, diverged)


def leaning() -> np.ndarray:
    """Log-factors that make a low LR's band likelier to lie above it."""
    return np.concatenate([np.linspace(-1, 1, TABLES.cells), np.linspace(-1, 1, TABLES.cells)])


@pytest.mark.parametrize("n", [2, 5, 10])
def test_runs_of_one_task_count_little_more_than_one(n: int) -> None:
    many = join([member(-3.0, leaning())] * n, TABLES)
    one = join([member(-3.0, leaning() * n**0.2)], TABLES)
    assert many.belief.in_band == pytest.approx(one.belief.in_band)
    assert many.belief.in_band != pytest.approx(join([member(-3.0, leaning() * n**0.9)], TABLES).belief.in_band)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_pairs_of_n_runs_count_as_n_less_one(n: int) -> None:
    members = [member(-4.0 + 0.5 * k, speed=1 + k) for k in range(n)]
    found = results([m.curve for m in members])
    row = np.zeros((5, 5, 3))
    row[2, 2] = -1.0  # both inside: the one thing that these pairs speak against
    pairs = PairTables(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([-1.0, 1.0]), {found.measure: row})
    everything = comparisons(members, found, pairs, np.array([[-20.0]]), np.array([[20.0]]))
    assert float(everything[0, 0]) == pytest.approx(-float(limits.PAIR_EVIDENCE) * (n - 1))
    assert limits.PAIR_EVIDENCE == 1.0


def test_runs_that_diverged_are_not_compared() -> None:
    members = [member(-3.0), member(-2.0, diverged=True)]
    found = results([m.curve for m in members], [False, True])
    pairs = PairTables(np.array([0.0]), np.array([0.0]), np.array([0.0]), {found.measure: np.full((3, 3, 2), -9.0)})
    assert not comparisons(members, found, pairs, np.zeros((2, 2)), np.zeros((2, 2))).any()


GRID = np.round(np.arange(-6.0, 0.01, 0.1), 2)


def two_places(here: float, there: float) -> np.ndarray:
    """P(low, high) with `here` on a band at -4, too narrow for another LR, and `there` on one around -2."""
    p = np.zeros((len(GRID), len(GRID)))
    for middle, width, weight in ((-4.0, 0.0, here), (-2.0, 0.4, there)):
        p[np.abs(GRID - middle + width / 2).argmin(), np.abs(GRID - middle - width / 2).argmin()] += weight
    return p


@pytest.mark.parametrize(
    ("others", "here", "stays"),
    [
        ((), 0.99, True),  # as good as certain
        ((), 0.60, True),  # of two runs an untried LR must be worth 0.7 of the best one's chance
        ((), 0.57, False),
        ((-5.5, -5.0), 0.52, True),  # of more, as much
        ((-5.5, -5.0), 0.48, False),
    ],
)
def test_the_best_run_is_kept_unless_a_new_lr_is_likelier(others: tuple[float, ...], here: float, stays: bool) -> None:
    members = [member(x) for x in (*others, -4.0)] if others else [member(-5.5), member(-4.0)]
    chosen = next_lr(members, on_grid(two_places(here, 1 - here), GRID))
    assert (chosen == -4.0) == stays
    assert all(abs(chosen - m.log_lr) > limits.TRIED or chosen == m.log_lr for m in members)


def test_a_run_that_diverged_is_never_the_one_to_keep() -> None:
    members = [member(-5.5), member(-4.0, diverged=True)]
    assert next_lr(members, on_grid(two_places(0.99, 0.01), GRID)) != -4.0
