"""What an LR is expected to cost, against sums worked out by hand."""

import numpy as np
import pytest

from lrdoctor.inference.regret import RegretShape, chance_of_harm, expected_regret

BORDERS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
SHAPE = RegretShape(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.2, 0.4]), np.array([0.0, 0.5, 1.0]))


def certain(low: int, high: int) -> np.ndarray:
    """All mass on one cell of either edge."""
    joint = np.zeros((4, 4))
    joint[low, high] = 1.0
    return joint


def test_the_shape_is_read_between_its_points_and_is_nothing_inside() -> None:
    assert SHAPE.under(np.array([-1.0, 0.0, 0.5, 1.0, 9.0])) == pytest.approx([0, 0, 0.1, 0.2, 0.4])
    assert SHAPE.over(np.array([-1.0, 0.5, 1.0])) == pytest.approx([0, 0.25, 0.5])


def test_an_lr_inside_a_certain_band_costs_nothing() -> None:
    found = expected_regret(certain(1, 2), BORDERS, np.array([0.0]), SHAPE)
    assert found == pytest.approx([0.0])


@pytest.mark.parametrize(("place", "cost"), [(-2.0, 0.3), (1.5, 0.5)])
def test_outside_it_costs_what_the_distance_says(place: float, cost: float) -> None:
    # The lower edge lies in (-1, 0), the upper in (0, 1): from -2 it is 1.5 decades on average to the lower, and from
    # 1.5 one decade to the upper.
    found = expected_regret(certain(1, 2), BORDERS, np.array([place]), SHAPE)
    assert found[0] == pytest.approx(cost)


def test_regret_is_that_of_a_mixture() -> None:
    both = 0.5 * certain(1, 2) + 0.5 * certain(3, 3)
    at = np.linspace(-2, 2, 9)
    parts = [expected_regret(certain(*cells), BORDERS, at, SHAPE) for cells in ((1, 2), (3, 3))]
    assert expected_regret(both, BORDERS, at, SHAPE) == pytest.approx(0.5 * parts[0] + 0.5 * parts[1])


def test_harm_counts_the_cases_that_get_worse_by_more_than_the_tolerance() -> None:
    joint = 0.3 * certain(0, 1) + 0.7 * certain(3, 3)  # the band ends below this run, or begins above it
    assert chance_of_harm(joint, BORDERS, 1.0, SHAPE, 0.01) == pytest.approx(0.3)
    assert chance_of_harm(joint, BORDERS, -1.0, SHAPE, 0.01) == pytest.approx(0.7)
    assert chance_of_harm(joint, BORDERS, 1.0, SHAPE, 0.9) == 0
