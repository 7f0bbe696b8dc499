"""Whether two curves are one, however they were rounded and their steps counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reading.assembly.same_curve import MAX_DECIMALS, decimals, on_steps_of, same_curve
from lrdoctor.records.run import Floats, Series
from tests.runs import falling

N = 60
STEP: Floats = 10.0 * np.arange(N, dtype=np.float64)
LOSS: Floats = falling(N, seed=1)
OTHER_SEED: Floats = falling(N, seed=2)


def series(step: Floats, value: Floats) -> Series:
    return Series(np.asarray(step, dtype=float), np.asarray(value, dtype=float))


SAME = [
    ("four decimals", STEP, np.round(LOSS, 4)),
    ("three decimals", STEP, np.round(LOSS, 3)),
    ("two decimals", STEP, np.round(LOSS, 2)),
    ("an event file's float32", STEP, LOSS.astype(np.float32).astype(float)),
    ("counted from 1", STEP + 1, np.round(LOSS, 3)),
    ("at the interval's end", STEP + 10, np.round(LOSS, 4)),
    ("in epochs", np.arange(N) / 6, np.round(LOSS, 4)),
    ("every third", STEP[::3], np.round(LOSS[::3], 4)),
    ("cut, and counted from 1", STEP[:40] + 1, np.round(LOSS[:40], 4)),
    ("a thousand times smaller", STEP, LOSS),
]


@pytest.mark.parametrize(("step", "value"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_one_curve_however_it_is_told(step: Floats, value: Floats, scale: float) -> None:
    one, other = series(STEP, LOSS * scale), series(step, value * scale)
    assert same_curve(one, other)
    assert same_curve(other, one)


DIFFERENT = [
    ("another seed", STEP, OTHER_SEED),
    ("another seed, rounded", STEP, np.round(OTHER_SEED, 2)),
    ("another seed, counted from 1", STEP + 1, np.round(OTHER_SEED, 3)),
    ("a little higher", STEP, LOSS + 2e-3),
    ("rounded to one decimal", STEP, np.round(LOSS, 1)),
    ("far later", STEP + 1000, LOSS[::-1]),
    ("nothing finite", STEP, np.full(N, np.nan)),
    ("none", STEP[:0], LOSS[:0]),
]


@pytest.mark.parametrize(("step", "value"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_two_curves_that_look_alike(step: Floats, value: Floats) -> None:
    assert not same_curve(series(STEP, LOSS), series(step, value))


def test_curves_that_hardly_move_agree_with_any_other() -> None:
    dead = series(STEP, np.round(2.3026 + 1e-4 * np.sin(STEP), 4))
    assert not same_curve(dead, series(STEP, dead.value))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (series(STEP + 1, np.round(LOSS, 4)), [100, 200]),
        (series(STEP, np.round(LOSS, 4)), [101, 201]),
        (series(np.arange(N) / 10, np.round(LOSS, 4)), None),
    ],
)
def test_steps_as_the_other_log_counts_them(other: Series, expected: list[float] | None) -> None:
    found = on_steps_of(np.array([101.0, 201.0]), other, series(STEP, LOSS))
    if expected is None:  # by position: epochs 0.5 and 1 are steps 50 and 100
        assert on_steps_of(np.array([0.5, 1.0]), other, series(STEP, LOSS)) == pytest.approx([50, 100])
    else:
        assert found == pytest.approx(expected)


def test_no_steps_where_the_curves_are_two() -> None:
    assert on_steps_of(STEP, series(STEP[:30], OTHER_SEED[:30]), series(STEP, LOSS)) is None


@given(st.integers(0, MAX_DECIMALS - 1), st.lists(st.floats(0.1, 10), min_size=1, max_size=20))
def test_decimals_are_those_written(digits: int, values: list[float]) -> None:
    assert decimals(np.round(values, digits)) <= digits


def test_decimals_survive_float32() -> None:
    assert decimals(np.array([0.563, 0.104], dtype=np.float32).astype(float)) == 3
    assert decimals(np.array([np.nan, 0.25])) == 2
