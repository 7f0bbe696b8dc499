"""Comparing two runs: where they stand, how they differ, and which pairs are worth it."""

import numpy as np
import pytest

from lrdoctor.inference.compared_runs import PairTables, Results, pairs_to_compare, results
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.records.run import Series

TABLES = PairTables(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([-1.0, 1.0]), {})


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(2.0, 3.0, 0), (0.5, 1.5, 1), (-1.0, 1.0, 2), (-2.0, -0.5, 3), (-4.0, -2.0, 4), (0.0, 0.0, 2)],
)
def test_classes_run_from_far_below_to_far_above(low: float, high: float, expected: int) -> None:
    assert int(TABLES.classes(np.array(low), np.array(high))) == expected


def test_differences_are_in_tolerances_of_what_was_gained() -> None:
    found = Results("accuracy", np.array([0.4, 0.1]), 1.0, 0.03, np.empty(0), 1.0)
    assert found.difference(0, 1) == pytest.approx((0.3 / 0.9) / 0.03)
    assert found.difference(1, 0) == -found.difference(0, 1)


def test_neighbours_and_the_best_are_compared() -> None:
    found = Results("accuracy", np.array([0.5, 0.4, 0.1, 0.6]), 1.0, 0.03, np.empty(0), 1.0)
    assert pairs_to_compare(found, np.array([-4.0, -3.0, -2.0, -1.0])) == [(0, 1), (0, 2), (1, 2), (2, 3)]


def a_trace(steps: int, *, validated: bool) -> LossCurve:
    step = np.arange(steps, dtype=float)
    val = Series(step[::10], 2.0 - step[::10] / 100) if validated else None
    found = loss_curve(Series(step, 2.0 - step / 100), val=val)
    assert found is not None
    return found


def test_results_are_taken_at_equal_steps() -> None:
    found = results([a_trace(101, validated=True), a_trace(51, validated=True)])
    assert found.measure == "validation"
    assert found.cost[0] == pytest.approx(found.cost[1])


def test_a_measure_that_one_run_lacks_is_not_compared() -> None:
    assert results([a_trace(101, validated=True), a_trace(101, validated=False)]).measure == "training"
