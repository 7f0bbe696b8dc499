"""Which axes show a curve, and their ticks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.report.figures import axes

finite = st.just(0.0) | st.floats(1e-280, 1e280) | st.floats(-1e280, -1e-280)
positive = st.floats(1e-280, 1e280)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([2.3, 2.0, 1.5], "linear"),
        ([2.3, 0.5, 0.01], "log"),
        ([-3.0, -4.0], "linear"),
        ([1.0, 1e-3, 0.0], "symlog"),
        ([0.5, 0.5], "linear"),
        ([0.0, 0.0], "linear"),
    ],
)
def test_the_loss_is_on_a_log_axis_where_it_spans_enough(values: list[float], kind: str) -> None:
    assert axes.value_axis(np.array(values), np.array(values)).kind == kind


def test_a_spike_leaves_the_frame_and_the_curve_does_not() -> None:
    curve = np.linspace(2.4, 1.6, 100)
    axis = axes.value_axis(np.append(curve, 500.0), curve)
    assert axis.kind == "linear"
    assert axis.low < 1.6
    assert 2.4 < axis.high < 4


@pytest.mark.parametrize(
    ("curve", "kind"),
    [
        (lambda t: 2 / (1 + t / 20), "log"),
        (lambda t: 2 - t / 10_000, "linear"),
        (lambda t: 1 + t / 10_000, "linear"),
    ],
    ids=["early", "straight", "rising"],
)
def test_steps_are_on_a_log_axis_where_the_descent_is_early(curve: object, kind: str) -> None:
    assert callable(curve)
    step = np.arange(1, 10_001, 10.0)
    assert axes.step_axis(1.0, 9991.0, step, curve(step)).kind == kind


def test_a_log_that_begins_late_or_at_zero() -> None:
    step = np.arange(0, 10_000, 10.0)
    value = 2 / (1 + step / 20)
    assert axes.step_axis(0.0, 9990.0, step, value).kind == "symlog"
    assert axes.step_axis(1e6, 1e6 + 9990, step + 1e6, value).kind == "linear"


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        (1e-3 * 0.5 * (1 + np.cos(np.linspace(0, math.pi, 100))), "linear"),
        (np.repeat([0.1, 0.01, 0.001, 1e-4], 25), "log"),
        (np.full(50, 3e-4), "linear"),
        (np.zeros(5), "linear"),
    ],
    ids=["cosine", "steps", "constant", "zero"],
)
def test_a_schedule_is_on_a_log_axis_where_most_of_it_spans_decades(rates: "np.ndarray[tuple[int]]", kind: str) -> None:
    assert axes.rate_axis(np.asarray(rates, dtype=float)).kind == kind


@given(st.lists(finite, min_size=1, max_size=40))
def test_any_values_get_an_axis_with_sense(values: list[float]) -> None:
    array = np.array(values)
    for axis in (axes.value_axis(array, array), axes.rate_axis(array)):
        assert -math.inf < axis.low < axis.high < math.inf
        assert len(axis.ticks) <= 10
        assert list(axis.ticks) == sorted(axis.ticks, key=lambda tick: tick[0])
    drawn = axes.value_axis(array, array)
    slack = 1e-9 * max(abs(drawn.low), abs(drawn.high))
    assert drawn.low - slack <= array.min()
    assert array.max() <= drawn.high + slack


@given(positive, st.floats(1.001, 1e12))
def test_log_ticks_stand_inside_and_are_told_apart(low: float, ratio: float) -> None:
    high = min(low * ratio, 1e280)
    if high <= low * 1.0001:
        return
    ticks = axes.log_ticks(low, high)
    assert len(ticks) <= 12
    assert len({label for _, label in ticks}) == len(ticks)
    assert all(low * 0.99 <= place <= high * 1.01 for place, _ in ticks)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 6000.0, ["0", "1000", "2000", "3000", "4000", "5000", "6000"]),
        (1.35, 2.4, ["1.4", "1.6", "1.8", "2", "2.2", "2.4"]),
        (1e6, 1.1e6, ["1M", "1.02M", "1.04M", "1.06M", "1.08M", "1.1M"]),
        (0.0, 200_000.0, ["0", "50k", "100k", "150k", "200k"]),
    ],
)
def test_linear_ticks_are_round_and_short(low: float, high: float, labels: list[str]) -> None:
    assert [label for _, label in axes.linear_ticks(low, high)] == labels


@pytest.mark.parametrize("high", [0.0, 5e-324, 1e-310])
def test_an_axis_too_short_to_divide_is_widened(high: float) -> None:
    axis = axes.linear(0.0, high)
    assert axis.low < -0.4
    assert axis.high > 0.4
