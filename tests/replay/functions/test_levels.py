"""Levels and their errors: against what white noise and known shifts must give."""

import numpy as np
import pytest

from lrdoctor.replay.functions.levels import distinguishable, level, level_error, paired

STEP = np.arange(400.0)


def noise(seed: int, n: int = 400) -> np.ndarray:
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


def test_equal_columns_are_told_apart_by_chance_alone() -> None:
    rng = np.random.default_rng(0)
    p = np.array([distinguishable(rng.standard_normal((8, 5))) for _ in range(400)])
    assert (p < 0.1).mean() == pytest.approx(0.1, abs=0.05)
    assert distinguishable(np.arange(5.0) + 0.1 * rng.standard_normal((8, 5))) < 1e-6


def test_it_is_scipys_friedman_test_but_for_the_approximation() -> None:
    from scipy import stats

    rows = np.random.default_rng(1).standard_normal((40, 4)) + np.array([0, 0.2, 0.4, 0])
    assert distinguishable(rows) == pytest.approx(stats.friedmanchisquare(*rows.T).pvalue, rel=0.2)


@pytest.mark.parametrize("rows", [np.ones((8, 3)), np.ones((1, 3)), np.ones((8, 1))])
def test_what_cannot_differ_does_not(rows: np.ndarray) -> None:
    assert distinguishable(rows) == 1.0
