"""Losses in the order of a training, and errors in none."""

import numpy as np
import pytest

from lrdoctor.reading.parsing.loss_order import order_of

RANDOM = np.random.default_rng(7)


def test_a_falling_loss() -> None:
    order = order_of(2 * np.exp(-np.arange(40) / 10) + RANDOM.normal(0, 0.05, 40))
    assert (order.falls, order.rises, order.hangs_together, order.breaks) == (True, False, True, False)


@pytest.mark.parametrize("count", [12, 50, 400])
def test_errors_in_no_order_seldom_seem_to_have_one(count: int) -> None:
    orders = [order_of(RANDOM.lognormal(0, 0.7, count)) for _ in range(300)]
    assert sum(order.falls or order.hangs_together for order in orders) < 12
    assert sum(order.spread < 0.3 for order in orders) < 12


def test_few_values() -> None:
    assert order_of(np.array([3.0, 2.0, 1.5, 1.2])).falls
    assert order_of(np.array([1.0, 2.0, 3.0, 4.0])).rises
    assert order_of(np.array([1.0])) == order_of(np.array([2.0, 2.0]))


def test_what_is_not_finite_breaks() -> None:
    assert order_of(np.array([2.0, 1.0, np.nan, np.inf])).breaks


@pytest.mark.filterwarnings("error")
def test_huge_values() -> None:
    assert order_of(np.array([1e308, -1e308] * 10)).spread >= 0
