"""Levels and their errors: against what white noise and known shifts must give."""

import numpy as np
import pytest

from lrdoctor.records.run import Floats
from lrdoctor.replay.functions.levels import distinguishable, level, level_error, memory, paired

STEP = np.arange(400.0)


def noise(seed: int, n: int = 400) -> Floats:
    return np.random.default_rng(seed).standard_normal(n)


def test_a_level_is_that_of_the_last_quarter_and_spikes_do_not_move_it() -> None:
    value = np.r_[np.full(300, 9.0), np.full(100, 2.0)]
    value[350] = 1e6
    assert level(STEP, value, 399) == 2.0
    assert level(STEP, value, 200) == 9.0


def test_few_points_have_their_last_as_level_and_none_have_none() -> None:
    assert level(np.array([0.0, 50.0, 99.0]), np.array([3.0, 2.0, 1.0]), 99) == 1.0
    assert np.isnan(level(np.empty(0), np.empty(0), 99))
    assert np.isnan(level(STEP[:10], np.ones(10), 399))


def test_the_error_of_a_mean_is_that_of_white_noise() -> None:
    errors = [level_error(noise(seed)) for seed in range(200)]
    assert np.mean(np.square(errors)) == pytest.approx(1.25 / 400, rel=0.15), "a quarter more, for the larger of two"


def test_correlated_noise_has_a_larger_error_and_a_trend_none() -> None:
    slow = np.convolve(noise(1, 439), np.ones(40) / 40, mode="valid")
    independent = float(slow.std()) / 20
    assert level_error(slow) > 2 * independent
    assert level_error(np.linspace(5, 1, 400)) == pytest.approx(0, abs=1e-12)


def test_noise_that_two_arms_share_does_not_count() -> None:
    shared = noise(3)
    gap, error = paired((STEP, shared + 0.05), (STEP, shared), 399)
    assert gap == pytest.approx(0.05)
    assert error < 1e-12
    _, error = paired((STEP, noise(4)), (STEP, shared), 399)
    assert error == pytest.approx(np.sqrt(2 / 100), rel=0.7)


def test_arms_that_log_other_steps_are_compared_without_pairs() -> None:
    gap, error = paired((STEP, noise(5) + 1), (STEP + 0.5, noise(6)), 399)
    assert abs(gap - 1) < 4 * error


def test_what_noise_remembers() -> None:
    def kept(r: float, seed: int) -> Floats:
        value, drawn = np.zeros(400), noise(seed)
        for t in range(1, 400):
            value[t] = r * value[t - 1] + drawn[t]
        return value + np.linspace(3, 0, 400) ** 2

    assert memory([kept(0.0, seed) for seed in range(5)]) == pytest.approx(1, abs=0.3)
    assert memory([kept(0.8, seed)[:40] for seed in range(9)]) == pytest.approx(9, rel=0.7)
    assert memory([np.ones(100), np.ones(3)]) == 1.0


def test_equal_series_are_told_apart_by_chance_alone() -> None:
    rng = np.random.default_rng(0)
    size = np.array([[1.0], [1.0], [3.0], [0.3], [1.0]])
    p = np.array([distinguishable(list(size * rng.standard_normal((5, 40)))) for _ in range(400)])
    assert 0.02 < (p < 0.1).mean() < 0.15
    assert distinguishable([k + 0.5 * rng.standard_normal(40) for k in range(5)]) < 1e-6


def test_a_series_that_blew_up_does_not_hide_that_others_differ() -> None:
    rng = np.random.default_rng(2)
    parts = [0.1 * rng.standard_normal(20) + k for k in range(3)]
    assert distinguishable([*parts, 10 ** (30 + 5 * rng.random(20))]) < 1e-6
    assert distinguishable([np.full(9, 1.0), np.full(9, 2.0)]) == 0.0


def test_it_is_scipys_test_of_two_means_of_unequal_variance() -> None:
    from scipy import stats

    rng = np.random.default_rng(1)
    a, b = rng.standard_normal(400) + 0.2, 3 * rng.standard_normal(300)  # of unlike lengths: nothing is shared
    expected = stats.ttest_ind(a, b, equal_var=False).pvalue
    assert expected * 0.5 < distinguishable([a, b]) < min(expected * 2.5, 1)


@pytest.mark.parametrize("parts", [np.ones((3, 8)), np.ones((3, 2)), np.ones((1, 8))])
def test_what_cannot_differ_does_not(parts: Floats) -> None:
    assert distinguishable(list(parts)) == 1.0
