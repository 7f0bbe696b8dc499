"""Marks of other causes than the LR, each beside what looks like it."""

import math

import numpy as np
import pytest

from lrdoctor.measurement.change import change_over_noise
from lrdoctor.measurement.other_causes import (
    calm_before,
    chance_level,
    is_constant,
    level_shift,
    norm_ahead,
    periodic_spikes,
    runs_below_zero,
    scale_collapse,
    zero_from,
)
from lrdoctor.records.run import Series

RNG = np.random.default_rng(11)
STEP = np.arange(400.0)
FALL = 2.0 * np.exp(-STEP / 80) + 0.3 + 0.02 * RNG.standard_normal(400)


@pytest.mark.parametrize(
    ("level", "noise", "accuracy", "classes", "found"),
    [
        (math.log(2), 0.0005, None, None, 2),
        (math.log(10), 0.01, None, None, 10),
        (math.log(7), 0.005, None, None, None),  # seven is none of the usual numbers
        (math.log(7), 0.005, [1 / 7] * 5, None, 7),
        (math.log(7), 0.005, None, 7.0, 7),
        (2.0, 0.005, None, None, None),
        (math.log(10), 0.4, None, None, None),  # so noisy a level is near to anything
    ],
)
def test_a_level_at_chance(
    level: float, noise: float, accuracy: list[float] | None, classes: float | None, found: int | None
) -> None:
    loss = level + noise * RNG.standard_normal(60)
    seen = chance_level(loss, None if accuracy is None else np.array(accuracy), classes)
    assert (None if seen is None else seen.classes) == found


def test_a_loss_that_came_down_to_such_a_level_has_learned() -> None:
    assert chance_level(np.r_[np.linspace(6, math.log(2), 30), np.full(40, math.log(2))]) is None
    assert chance_level(np.linspace(0.72, 0.66, 60)) is None


@pytest.mark.parametrize(
    ("loss", "since"),
    [
        ([4.2, 3.9, 5.0, 9e4, 0, 0, 0, 0], 4.0),
        ([4.2, 3.9, 0, 0], None),  # two may be chance
        ([4.2, 1.0, 1e-2, 1e-4, 0, 0, 0, 0], None),  # it came down to where it is printed as 0
        ([0, 0, 0, 0, 0], None),
        ([4.2, 0, 0, 0, 1.0], None),
    ],
)
def test_a_loss_that_is_zero_from_some_step_on(loss: list[float], since: float | None) -> None:
    assert zero_from(Series(np.arange(float(len(loss))), np.array(loss))) == since


@pytest.mark.parametrize(
    ("loss", "runs"),
    [
        (-3 * 1.6 ** np.arange(16.0), True),
        (3 - np.arange(40.0) ** 2, True),
        (-5 + 8 * np.exp(-np.arange(40.0) / 8), False),  # settles below zero
        (3 - 0.1 * np.arange(40.0), False),
        (np.linspace(3, 0.1, 40), False),
    ],
)
def test_a_loss_without_a_lower_bound(loss: np.ndarray, runs: bool) -> None:
    assert runs_below_zero(loss) == runs


def test_a_constant_but_for_rounding() -> None:
    assert is_constant(8.317766 + 3e-9 * RNG.standard_normal(14))
    assert not is_constant(8.317766 + 3e-4 * RNG.standard_normal(14))


def test_what_came_before_the_end() -> None:
    calm = calm_before(np.r_[FALL, np.nan])
    grown = calm_before(np.r_[FALL, 0.3 * 1.5 ** np.arange(10), np.nan])
    assert calm is not None
    assert grown is not None
    assert calm < 1.5 < grown
    assert calm_before(FALL) is None


def test_a_level_that_jumps_and_stays() -> None:
    noise = 0.02 * RNG.standard_normal(400)
    found = level_shift(Series(STEP, np.r_[np.full(200, 1.0), np.full(200, 1.6)] + noise))
    assert found is not None
    assert [found.step, found.before, found.after] == pytest.approx([200, 1, 1.6], abs=0.03)


@pytest.mark.parametrize(
    "loss",
    [
        FALL,
        1.0 + 0.05 * RNG.standard_normal(400),
        np.where(STEP == 200, 9.0, 1.0) + 0.02 * RNG.standard_normal(400),  # a spike
        np.r_[np.full(200, 1.0), 1 + np.exp(-np.arange(200) / 40)] + 0.02 * RNG.standard_normal(400),  # comes back
        np.linspace(2, 1, 400) + 0.02 * RNG.standard_normal(400),
    ],
)
def test_what_looks_like_a_jump(loss: np.ndarray) -> None:
    assert level_shift(Series(STEP, loss)) is None


def test_spikes_by_the_clock() -> None:
    base = 0.5 + 0.01 * RNG.standard_normal(400)
    clock, random = base.copy(), base.copy()
    clock[37::50] += 1.0
    random[np.sort(RNG.choice(400, 8, replace=False))] += 1.0
    found = periodic_spikes(Series(STEP, clock))
    assert found is not None
    assert (found.period, found.count) == (50, 8)
    assert periodic_spikes(Series(STEP, random)) is None
    assert periodic_spikes(Series(STEP, base)) is None


def test_a_loss_scale_that_collapses() -> None:
    assert scale_collapse(65536 * 0.5 ** np.arange(14.0)) == 13
    assert scale_collapse(np.r_[np.full(50, 65536.0), np.full(50, 32768.0)]) is None
    assert scale_collapse(np.r_[65536 * 0.5 ** np.arange(14.0), 2.0 ** np.arange(14)]) is None, "it came back"


def test_a_norm_that_grows_ahead_of_the_loss() -> None:
    norm = Series(STEP, np.r_[np.full(250, 1.0), np.geomspace(1, 1e3, 150)])
    broke = Series(STEP, np.r_[np.full(350, 1.0), np.full(50, np.nan)])
    when = norm_ahead(norm, broke)
    assert when is not None
    assert 270 < when < 350
    assert norm_ahead(norm, Series(STEP, FALL)) is None, "the loss never rose"
    assert norm_ahead(Series(STEP, np.ones(400)), broke) is None


@pytest.mark.parametrize("noise", [0.1, 0.5])
@pytest.mark.parametrize("n", [14, 40, 300])
def test_noise_is_no_change(noise: float, n: int) -> None:
    drawn = [change_over_noise(2 * (1 + noise * RNG.standard_normal(n))) for _ in range(100)]
    assert sum(z >= 4 for z in drawn) <= 2


@pytest.mark.parametrize(
    "loss",
    [
        FALL,
        10.8 * np.arange(1, 300) ** -0.2,
        np.r_[10.0, 9.0, 7 + 0.1 * RNG.standard_normal(100)],
        np.linspace(1, 2, 30),
    ],
)
def test_a_curve_that_moves_is_a_change(loss: np.ndarray) -> None:
    assert change_over_noise(loss) >= 4


OWN = np.random.default_rng(18)
FLAT = OWN.standard_normal(60)


@pytest.mark.parametrize(
    "loss",
    [
        math.log(20) * (1 + 0.04 * FLAT),  # a language model that is tuned on scatters about a level as well
        math.log(10) * (1 - 0.008) + 0.001 * FLAT,  # below chance: it has learned
        np.linspace(math.log(10), math.log(10) - 0.02, 60) + 0.0003 * FLAT,  # it learns, slowly
    ],
)
def test_a_level_that_is_chance_by_coincidence(loss: np.ndarray) -> None:
    assert chance_level(loss) is None


def test_whether_anything_names_the_classes() -> None:
    loss = math.log(10) + 0.003 * FLAT
    guessed, stated = chance_level(loss), chance_level(loss, classes=10)
    assert guessed is not None
    assert stated is not None
    assert (guessed.named, stated.named) == (False, True)


def test_a_loss_that_fell_to_zero_as_printed_has_converged() -> None:
    loss = np.array([1, 0.5, 0.3, 0.1, 0.05, 0.02, 0, 0, 0, 0])
    assert zero_from(Series(np.arange(10.0), loss)) is None


def test_averages_that_start_anew_are_no_spikes() -> None:
    since_epoch = np.arange(600) % 50
    average = 0.5 + 0.4 * 0.9**since_epoch + 0.01 * OWN.standard_normal(600)
    assert periodic_spikes(Series(np.arange(600.0), average)) is None


def test_a_scaler_that_began_high_and_found_its_place() -> None:
    assert scale_collapse(2.0 ** np.r_[np.arange(32.0, 16.0, -1.0), np.full(100, 17.0)]) is None


def test_a_norm_that_grows_before_a_spike_that_comes_back() -> None:
    loss = FALL.copy()
    loss[350] = 9.0
    assert norm_ahead(Series(STEP, np.geomspace(0.1, 20, 400)), Series(STEP, loss)) is None


@pytest.mark.parametrize("noise", [0.1, 0.25, 0.4])
def test_noise_before_the_end_is_calm(noise: float) -> None:
    drawn = [calm_before(np.r_[1 + noise * OWN.standard_normal(100), np.nan]) for _ in range(200)]
    assert sum(height is None or height > 1.5 for height in drawn) <= 20


def test_slow_growth_before_the_end_is_growth() -> None:
    height = calm_before(np.r_[np.ones(100), np.geomspace(1, 3, 300), np.nan])
    assert height is not None
    assert height > 2


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [(0.5, 2.2, True), (0.5, 0.9, False)],
)
def test_what_a_jump_gives_back(before: float, after: float, lost: bool) -> None:
    early = before + (2.5 - before) * np.exp(-np.arange(400) / 60)
    loss = np.r_[early, np.full(200, after)] + 0.01 * OWN.standard_normal(600)
    found = level_shift(Series(np.arange(600.0), loss))
    assert found is not None
    assert (found.given_back > 0.25) == lost


def test_a_plateau_left_at_once_gives_back_nothing_and_is_the_descent() -> None:
    found = level_shift(Series(STEP, np.r_[np.full(200, 2.3), np.full(200, 0.4)] + 0.01 * OWN.standard_normal(400)))
    assert found is not None
    assert found.given_back <= -1
