"""What runs reached by the last step that all of them share, and how two results differ."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from lrdoctor.inference.compared_runs import Results, pairs_to_compare, results
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.records.run import Series


def curve(
    n: int = 101, *, first: int = 0, slope: float = 0.01, val: Sequence[float] = (), acc: Sequence[float] = ()
) -> LossCurve:
    """A loss that falls from 2 by `slope` a step; validation from the first step on, every ten steps."""

    def every_ten(values: Sequence[float]) -> Series | None:
        step = np.arange(first, first + 10.0 * len(values), 10.0)
        return Series(step, np.array(values, float)) if len(values) else None

    step = np.arange(float(first), float(first + n))
    made = loss_curve(
        Series(step, np.linspace(2.0, 2.0 - slope * (n - 1), n)), val=every_ten(val), accuracy=every_ten(acc)
    )
    assert made is not None
    return made


def test_accuracy_counts_most_and_its_tolerance_is_the_bands() -> None:
    one, two = curve(acc=(0.1, 0.5, 0.4), val=(2.0, 1.0)), curve(acc=(0.3, 0.2, 0.9), val=(2.0, 1.0))
    found = results([one, two])
    assert (found.measure, found.tolerance, found.steps) == ("accuracy", 0.03, 100.0)
    assert found.cost == pytest.approx([0.5, 0.1])
    assert found.logged == pytest.approx([0.5, 0.1])
    assert found.untrained == pytest.approx(0.8), "the median of what they began with"


@pytest.mark.parametrize(
    ("val", "acc", "measure"),
    [
        ((2.0, 1.0), (0.1, 0.5), "accuracy"),
        ((2.0, 1.0), (0.5,), "validation"),  # one value shows no progress
        ((1.0,), (0.5,), "training"),
        ((), (), "training"),
    ],
)
def test_the_measure_is_the_best_that_all_runs_logged(
    val: tuple[float, ...], acc: tuple[float, ...], measure: str
) -> None:
    full = curve(val=(2.0, 1.5, 1.0), acc=(0.1, 0.2, 0.3))
    found = results([full, curve(val=val, acc=acc)])
    assert found.measure == measure
    assert found.tolerance == (0.03 if measure == "accuracy" else 0.01)
    assert found.steps == 100.0
    assert results([curve(val=val, acc=acc), full]).measure == measure


def test_training_losses_are_compared_by_their_lowest_level() -> None:
    slow, fast = curve(slope=0.005), curve(slope=0.01)
    found = results([slow, fast])
    assert found.cost.tolist() == [slow.lowest, fast.lowest]
    assert found.untrained == 2.0


def test_no_run_counts_as_worse_than_the_untrained_model() -> None:
    found = results([curve(val=(2.0, 3.0, 2.5)), curve(val=(2.0, 1.0))])
    assert found.cost.tolist() == [2.0, 1.0]
    worse = results([curve(val=(3.0, 2.5)), curve(val=(2.0, 1.0)), curve(val=(2.0, 1.5))])
    assert worse.cost.tolist() == [2.0, 1.0, 1.5]
    assert worse.logged.tolist() == [2.5, 1.0, 1.5], "as the log has it"


VAL = tuple(2.0 - 0.1 * k for k in range(11))  # 1.0 at step 100, 1.5 at step 50


@pytest.mark.parametrize("first", [0, 500])
def test_runs_are_compared_by_what_they_had_reached_when_the_shortest_ended(first: int) -> None:
    found = results([curve(101, val=VAL, first=first), curve(51, val=VAL[:6])])
    assert found.steps == 50.0
    assert found.cost == pytest.approx([1.5, 1.5]), "the value at the last common step counts"
    assert results([curve(101, first=first), curve(51, first=first)]).steps == 50.0, "steps of the run, not of the log"
    assert results([curve(101, val=VAL), curve(50, val=VAL[:5])]).cost == pytest.approx([1.6, 1.6])


def test_a_run_that_broke_does_not_say_how_long_the_others_are_compared() -> None:
    long, short = curve(101, val=VAL), curve(51, val=VAL[:6])
    assert results([long, short], [False, True]).steps == 100.0
    assert results([long, short], [True, False]).steps == 50.0
    assert results([long, short], [True, True]).steps == 50.0, "where all broke, all count"
    assert results([long, short], [False, False]).steps == 50.0
    with pytest.raises(ValueError, match="shorter"):
        results([long, short], [False])


def test_a_run_that_was_not_validated_in_time_has_its_first_value() -> None:
    step = np.arange(101.0)
    late = loss_curve(Series(step, 2 - step / 100), val=Series(np.array([60.0, 80.0]), np.array([1.4, 1.2])))
    assert results([late, curve(51, val=VAL[:6])]).logged == pytest.approx([1.4, 1.5])


def test_a_run_without_a_curve_reached_nothing() -> None:
    long, short = curve(101, val=VAL), curve(51, val=VAL[:6])
    found = results([None, long, None, short], [True, False, True, False])
    assert (found.measure, found.steps, found.untrained) == ("validation", 50.0, 2.0)
    assert found.cost == pytest.approx([2.0, 1.5, 2.0, 1.5])
    assert found.logged == pytest.approx([math.nan, 1.5, math.nan, 1.5], nan_ok=True)
    assert results([None, long, short], [True, False, True]).steps == 100.0
    assert results([None, long, short]).steps == 50.0


def test_of_no_curve_nothing_is_known() -> None:
    found = results([None, None], [True, True])
    assert (found.measure, found.tolerance) == ("training", 0.01)
    assert math.isnan(found.untrained)
    assert math.isnan(found.steps)
    for costs in (found.cost, found.logged):
        assert costs == pytest.approx([math.nan, math.nan], nan_ok=True)
        assert costs.dtype == float


def difference(one: float, other: float, untrained: float, tolerance: float = 0.01) -> float:
    return Results("training", np.array([one, other]), untrained, tolerance, np.empty(0), 1.0).difference(0, 1)


@pytest.mark.parametrize(
    ("one", "other", "untrained", "expected"),
    [
        (1.5, 1.0, 2.0, 50.0),  # half of what the better one gained, in tolerances
        (1.0, 1.5, 2.0, -50.0),
        (1.0, 1.0, 2.0, 0.0),
        (9.0, 1.0, 2.0, 100.0),  # never more than all that was gained
        (1.0, 9.0, 2.0, -100.0),
        (2.5, 2.0, 2.0, 100.0),  # nothing was gained
        (2.0 + 1e-9, 2.0, 2.0, 50.0),  # what is divided by is a billionth of the start
        (1e-21 + 5e-22, 1e-21, 0.0, 50.0),  # and of a start of 0, of almost nothing
    ],
)
def test_differences_are_shares_of_what_was_gained(one: float, other: float, untrained: float, expected: float) -> None:
    assert difference(one, other, untrained) == pytest.approx(expected, rel=1e-6)


def found_of(*costs: float) -> Results:
    return Results("training", np.array(costs), 2.0, 0.01, np.empty(0), 1.0)


def test_pairs_are_ordered_by_lr_and_the_first_of_equals_is_the_best() -> None:
    assert pairs_to_compare(found_of(0.5, 0.1, 0.1), np.array([-1.0, -2.0, -3.0])) == [(1, 0), (2, 1)]
    assert pairs_to_compare(found_of(0.1, 0.5, 0.1), np.array([-1.0, -2.0, -3.0])) == [(1, 0), (2, 0), (2, 1)]
    # Runs at one LR keep their order, however many.
    many = [0.5] * 20 + [0.1]
    pairs = pairs_to_compare(found_of(*many), np.array([-3.0, -2.0] * 10 + [-1.0]))
    evens, odds = list(range(0, 20, 2)), list(range(1, 20, 2))
    order = [*evens, *odds, 20]
    assert pairs == sorted({*pairwise(order), *((i, 20) for i in order[:-1])})
