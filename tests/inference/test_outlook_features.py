"""What the expected loss is read at, feature by feature, and the file of its tables."""

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lrdoctor.inference import outlook
from lrdoctor.inference.outlook import (
    TARGETS,
    WorthTables,
    features,
    is_worth_reaching,
    load_worth,
    parse_worth,
    reached_loss,
    worth,
)
from lrdoctor.inference.tables import Table
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.measurement.loss_law import loss_law
from lrdoctor.measurement.signs.descent import SECOND_HALF, end_slope
from lrdoctor.records.diagnosis import Verdict, Worth
from lrdoctor.records.run import Series
from tests.runs import falling

SLOW, WELL, HIGH, DIVERGENT, _ = Verdict
CHANCES = {SLOW: 0.4, WELL: 0.3, HIGH: 0.2, DIVERGENT: 0.1}
NAN = math.nan


def curve(losses: Sequence[float] | np.ndarray, val: Sequence[float] = (), acc: Sequence[float] = ()) -> LossCurve:
    def beside(values: Sequence[float]) -> Series | None:
        return Series(np.arange(float(len(values))), np.array(values, float)) if len(values) else None

    made = loss_curve(Series(np.arange(float(len(losses))), np.array(losses, float)), None, beside(val), beside(acc))
    assert made is not None
    return made


def seen(trace: LossCurve, factor: float = 10.0, signs: Mapping[str, float] | None = None) -> dict[str, float]:
    return features(trace, signs or {}, factor, CHANCES, (-0.5, 1.5))


LEARNED = curve(falling(600, floor=0.5, speed=0.1, noise=0.0), acc=(0.1, 0.8, 0.6))


def test_every_feature_by_its_name() -> None:
    found = seen(LEARNED, 10.0, {"depth": 0.7, "t80": 0.2, "never": 1.0})
    assert (found["depth"], found["t80"]) == (0.7, 0.2)
    assert math.isnan(found["end_slope"]), "a sign that was not measured is not shown"
    assert "never" not in found
    assert (found["too_slow"], found["well_tuned"], found["divergent"]) == (0.4, 0.3, 0.1)
    assert (found["interval_low"], found["interval_high"]) == (-0.5, 1.5)
    assert (found["factor"], found["accuracy"], found["validation"]) == (1.0, 0.8, 0.0)
    assert found["reached"] == pytest.approx(math.log10(reached_loss(LEARNED).loss / 2.3))
    law, end = loss_law(LEARNED), end_slope(LEARNED, SECOND_HALF)
    assert law is not None
    now = law.floor + law.remaining
    assert found["law_ahead"] == pytest.approx(math.log10((law.floor + law.remaining * 10**-law.exponent) / now))
    assert found["law_floor"] == pytest.approx(max(math.log10(max(law.floor / now, 1e-2)), -2.0))
    little = seen(LEARNED, 1.2)["slope_ahead"]
    assert little == pytest.approx(math.log10((LEARNED.end + end.value * math.log(1.2)) / LEARNED.end))
    assert little < 0
    assert found["law_ahead"] < 0
    assert found["slope_ahead"] < 0
    assert set(found) == {
        *outlook.SIGNS_USED,
        *("factor", "too_slow", "well_tuned", "divergent", "interval_low", "interval_high", "law_ahead"),
        *("slope_ahead", "law_floor", "accuracy", "reached", "validation"),
    }


def test_every_feature_of_the_shipped_tables_is_measured() -> None:
    measured = set(seen(LEARNED))
    assert set(load_worth()) == set(TARGETS)
    for tables in load_worth().values():
        assert set(tables.features) <= measured


def test_what_a_log_does_not_show_is_nan() -> None:
    short = seen(curve([2.0, 1.5, 1.2]))
    assert all(math.isnan(short[name]) for name in ("law_ahead", "law_floor", "accuracy"))
    assert math.isnan(seen(curve([2.0, 1.0]))["slope_ahead"]), "two points have no slope"
    assert seen(curve([2.0] * 9, val=(2.0, 1.0)))["validation"] == 1.0


@pytest.mark.parametrize(
    ("start", "end", "reached"),
    [
        (2.0, 0.5, math.log10(0.25)),
        (0.5, 0.2, math.log10(0.4)),
        (2.0, 1e-9, -6.0),
        (2.0, -0.5, NAN),
        (2.0, 0.0, NAN),
        (-1.0, -2.0, NAN),
        (0.0, -2.0, NAN),
    ],
)
def test_what_was_reached_is_a_share_of_the_start_where_both_are_positive(
    start: float, end: float, reached: float
) -> None:
    assert seen(curve([start, *[end] * 20]))["reached"] == pytest.approx(reached, nan_ok=True)


@pytest.mark.parametrize(
    ("value", "now", "expected"),
    [
        (0.5, 2.0, math.log10(0.25)),
        (0.4, 0.5, math.log10(0.8)),
        (1e-9, 1.0, -2.0),
        (-1.0, 1.0, -2.0),
        (5.0, 1.0, math.log10(5)),
        (500.0, 1.0, 1.0),
        (1.0, 0.0, NAN),
        (1.0, -1.0, NAN),
    ],
)
def test_ratios_lie_between_a_hundredth_and_ten(value: float, now: float, expected: float) -> None:
    assert outlook._ratio(value, now) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("val", "validation", "loss"), [((2.0, 1.0), True, 1.0), ((1.0,), False, 0.5), ((2.0, 3.0), True, 2.0)]
)
def test_one_validation_is_no_level_and_none_is_worse_than_the_start(
    val: tuple[float, ...], validation: bool, loss: float
) -> None:
    found = reached_loss(curve([2.0, *[0.5] * 30], val=val))
    assert (found.validation, found.loss, found.start) == (validation, loss, 2.0)


@pytest.mark.parametrize(
    ("n", "broken", "counts"),
    [(50, 5, False), (50, 6, True), (500, 10, False), (500, 11, True), (510, 10, False), (510, 11, True)],
)
def test_a_loss_that_is_not_finite_in_the_last_fiftieth_means_that_it_broke(n: int, broken: int, counts: bool) -> None:
    losses = np.full(n, 0.5)
    losses[0], losses[-broken] = 2.0, NAN
    assert reached_loss(curve(losses)).loss == (0.5 if counts else 2.0)


def test_a_descent_of_a_twentieth_is_worth_comparing() -> None:
    def fell_to(end: float, start: float) -> bool:
        return bool(is_worth_reaching(curve([start] * 5 + [end] * 300)))

    assert fell_to(9.4, 10.0)
    assert not fell_to(9.6, 10.0)
    assert fell_to(0.094, 0.1)
    assert not fell_to(0.096, 0.1)


def flat(*rows: float) -> WorthTables:
    return WorthTables({}, np.array(rows), 0.0)


TABLES = {"loss": flat(-0.3, -0.2, -0.1), "steps": flat(-1.0, 0.0, 1.0)}


def expected(trace: LossCurve, factor: float) -> Worth | None:
    return worth(trace, {}, factor, CHANCES, (0.0, 1.0), TABLES)


@pytest.mark.parametrize(
    ("start", "end", "factor", "known"),
    [
        (2.0, 1.0, 10.0, True),
        (2.0, 1.0, 0.1, True),
        (0.5, 0.25, 10.0, True),  # losses below 1 have ratios too
        (2.0, 1.0, 10**0.019, False),  # nobody would tell it from staying
        (2.0, 1.0, 10**0.021, True),
        (2.0, 1.0, 1.0, False),
        (2.0, 0.0, 10.0, False),
        (2.0, -1.0, 10.0, False),
        (0.0, -1.0, 10.0, False),
    ],
)
def test_moving_a_positive_loss_has_a_worth(start: float, end: float, factor: float, known: bool) -> None:
    found = expected(curve([start, *[end] * 30]), factor)
    assert (found is not None) == known
    if found is not None:
        assert (found.validation, found.now) == (False, end)
        assert found.loss == pytest.approx([end * 10**q for q in (-0.3, -0.2, -0.1)])
        assert found.steps == pytest.approx((0.1, 1.0, 10.0))


def test_a_run_that_learned_too_little_is_not_compared_by_steps() -> None:
    found = expected(curve([2.0, *[1.99] * 30], val=(2.0, 1.0)), 10.0)
    assert found is not None
    assert found.steps is None
    assert found.validation is True


def test_quantiles_are_the_base_and_what_each_feature_adds() -> None:
    rows = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 4.0]])
    table = Table(np.array([0.0, 1.0]), rows, np.array([8.0, 8.0, 8.0]))
    both = WorthTables({"a": table, "b": table}, np.array([10.0, 20.0, 30.0]), 0.5)
    assert both.quantiles({"a": 1.0, "b": 0.5}) == pytest.approx((11.0, 23.0, 36.5))
    assert both.quantiles({"a": 1.0}) == pytest.approx((18.5, 30.0, 42.5)), "what is not there counts as not shown"


def test_every_number_of_the_file_arrives_where_it_belongs() -> None:
    one = {"knots": [0, 1], "rows": [[1, 2, 3], [4, 5, 6]], "missing": [7, 8, 9]}
    data = {target: {"features": {"depth": one}, "base": [k, 1, 2], "widened": 1} for k, target in enumerate(TARGETS)}
    for k, target in enumerate(TARGETS):
        found = parse_worth(json.dumps(data))[target]
        table = found.features["depth"]
        arrays = table.knots, table.rows, table.missing, found.base
        assert [array.tolist() for array in arrays] == [[0, 1], [[1, 2, 3], [4, 5, 6]], [7, 8, 9], [k, 1, 2]]
        assert {array.dtype for array in arrays} == {np.dtype(float)}
        assert found.widened == 1.0
        assert isinstance(found.widened, float)
