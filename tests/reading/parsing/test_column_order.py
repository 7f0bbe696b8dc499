"""How the values of a column follow each other."""

import numpy as np
import pytest

from lrdoctor.reading.parsing.column_order import (
    is_drawn,
    is_evenly_counted,
    is_geometric,
    is_scale,
    is_shuffled,
    jumps,
)
from lrdoctor.reading.parsing.table_columns import Column


def column(*values: float) -> Column:
    return Column("made", np.array(values, np.float64), np.ones(len(values), np.bool_))


@pytest.mark.parametrize(
    ("values", "drawn"),
    [((16, 64, 32, 128, 16), True), ((0.1, 0.1, 0.01, 0.01, 0.001), False), ((64, 64, 64, 64), False)],
)
def test_settings_that_are_drawn(values: tuple[float, ...], drawn: bool) -> None:
    assert is_drawn(column(*values)) is drawn


@pytest.mark.parametrize(
    ("values", "shuffled"),
    [((1, 2, 3, 1, 2, 3), False), ((30, 10, 20, 50, 5, 40, 12), True), ((5, 4, 3, 2, 1), False)],
)
def test_counters_in_no_order(values: tuple[float, ...], shuffled: bool) -> None:
    assert is_shuffled(column(*values)) is shuffled


def test_sizes_that_were_chosen() -> None:
    assert is_geometric(np.array([8.0, 16, 32, 64]), 1.9)
    assert not is_geometric(np.array([8.0, 16, 24, 32]), 1.9)
    assert not is_geometric(np.array([8.0, 16]), 1.9)


def test_steps_that_were_counted() -> None:
    assert is_evenly_counted(np.array([0.0, 50, 100, 120]))
    assert not is_evenly_counted(np.array([0.0, 0.5, 1.0]))
    assert not is_evenly_counted(np.array([1.0, 3, 10, 11]))


def test_scales_and_measures() -> None:
    assert is_scale(column(0.1, 0.2, 0.3))
    assert is_scale(column(9, 4, 1))
    assert not is_scale(column(0.1, 0.15, 0.3))
    assert not is_scale(column(1.0))


def test_an_lr_that_is_drawn_jumps() -> None:
    assert jumps(column(1e-3, 1e-5, 0.1, 3e-4))
    assert not jumps(column(0.1, 0.09, 0.08, 0.1, 0.09))
    assert not jumps(column(0, 0, 0))
