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


def averaged(level: Floats, seed: int, memory: float) -> Series:
    """A loss that is logged as a running average: its noise strays for some 1 / (1 - memory) steps."""
    noise = np.random.default_rng(seed).standard_normal(len(level))
    for i in range(1, len(noise)):
        noise[i] = memory * noise[i - 1] + (1 - memory**2) ** 0.5 * noise[i]
    return Series(np.arange(float(len(level))), level * (1 + 0.05 * noise))


@pytest.mark.parametrize("memory", [0.0, 0.9, 0.98])
@pytest.mark.parametrize("points", [400, 2000])
def test_two_seeds_of_one_training_do_not_part_where_losses_are_running_averages(memory: float, points: int) -> None:
    pairs = [(averaged(FALL[:points], seed, memory), averaged(FALL[:points], seed + 100, memory)) for seed in range(20)]
    assert [first_departure(*pair) for pair in pairs].count(None) >= 19


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_running_averages_that_part_do_so_where_they_do(memory: float) -> None:
    apart = np.where(STEP >= 1000, FALL * 2, FALL)
    found = [first_departure(averaged(apart, seed, memory), averaged(FALL, seed + 100, memory)) for seed in range(20)]
    steps = [one[0] for one in found if one is not None]
    assert len(steps) >= 18
    assert np.median(steps) == pytest.approx(1000, abs=2000 / 60 + 1)
    assert min(steps) > 900, "never long before"


def test_another_lr_parts_early() -> None:
    faster = 2 * (1 + STEP / 10) ** -0.5
    found = first_departure(noisy(faster, 1), noisy(FALL, 2))
    assert found is not None
    assert found[0] < 200
    assert found[1] < found[2]


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
