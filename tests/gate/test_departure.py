"""Where two curves part."""

import numpy as np
import pytest

from lrdoctor.gate.departure import first_departure
from lrdoctor.records.run import Floats, Series

STEP = np.arange(0, 2000.0)


def noisy(level: Floats, seed: int) -> Series:
    return Series(STEP, level * (1 + 0.05 * np.random.default_rng(seed).standard_normal(len(level))))


FALL = 2 * (1 + STEP / 50) ** -0.5


@pytest.mark.parametrize("seed", range(8))
def test_two_seeds_of_one_training_do_not_part(seed: int) -> None:
    assert first_departure(noisy(FALL, seed), noisy(FALL, seed + 100)) is None


@pytest.mark.parametrize("at", [400, 1000, 1600])
def test_the_place_is_found(at: int) -> None:
    apart = np.where(at <= STEP, FALL * 1.5, FALL)
    found = first_departure(noisy(apart, 1), noisy(FALL, 2))
    assert found is not None
    step, now, then = found
    assert abs(step - at) <= 2000 / 60 + 1
    assert now > then


def test_a_spike_that_comes_back_is_no_departure() -> None:
    spiked = np.where((STEP > 900) & (STEP < 930), FALL * 3, FALL)
    assert first_departure(noisy(spiked, 1), noisy(FALL, 2)) is None


def test_what_is_lost_parts_there() -> None:
    lost = noisy(FALL, 1).value.copy()
    lost[1200:] = np.nan
    found = first_departure(Series(STEP, lost), noisy(FALL, 2))
    assert found is not None
    assert abs(found[0] - 1200) <= 2000 / 60 + 1


def of(*values: float, first: float = 0) -> Series:
    return Series(first + np.arange(float(len(values))), np.array(values, dtype=float))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (of(), of(1)),
        (of(1), of(1)),
        (of(1, 1), of(1, 1, first=5)),
        (of(*[np.nan] * 3), of(*[np.nan] * 3)),
    ],
)
def test_too_little_to_compare_is_no_departure(now: Series, then: Series) -> None:
    assert first_departure(now, then) is None
