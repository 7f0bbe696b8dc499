"""Numerics against scipy, and against curves whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lrdoctor.measurement.numerics import autocorrelation, log_bins, noise, robust_level, slope


def ar1(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    out = np.empty(n)
    out[0] = rng.normal()
    for i in range(1, n):
        out[i] = rho * out[i - 1] + np.sqrt(1 - rho**2) * rng.normal()
    return out


def test_slope_is_least_squares() -> None:
    rng = np.random.default_rng(0)
    x, y = np.sort(rng.normal(size=200)), rng.normal(size=200)
    ours, theirs = slope(x, y), stats.linregress(x, y)
    assert ours.value == pytest.approx(theirs.slope, rel=1e-12)
    assert ours.intercept == pytest.approx(theirs.intercept, rel=1e-12)
    assert ours.error == pytest.approx(theirs.stderr, rel=0.15)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_interval_holds_with_autocorrelated_residuals(rho: float) -> None:
    """The 95 % interval should hold 95 %; ordinary least squares falls to 40 % at rho = 0.9."""
    rng = np.random.default_rng(1)
    x = np.linspace(0, 1, 400)
    inside = plain = 0
    for _ in range(300):
        y = 0.5 * x + 0.1 * ar1(rng, 400, rho)
        fitted = slope(x, y)
        inside += abs(fitted.value - 0.5) < 1.96 * fitted.error
        plain += abs(fitted.value - 0.5) < 1.96 * stats.linregress(x, y).stderr
    assert inside / 300 > 0.84
    if rho > 0.5:
        assert plain / 300 < 0.75, "the test is about residuals that fool the plain error"


def test_slope_needs_three_points() -> None:
    assert np.isnan(slope(np.array([1.0, 2.0]), np.array([1.0, 2.0])).value)
    assert np.isnan(slope(np.ones(5), np.arange(5.0)).value)


def test_noise_ignores_the_trend() -> None:
    rng = np.random.default_rng(4)
    trend = 5 * np.exp(-np.linspace(0, 4, 4000))
    assert noise(trend + 0.1 * rng.normal(size=4000)) == pytest.approx(0.1, rel=0.1)
    assert np.isnan(noise(np.ones(3)))


def test_autocorrelation_of_an_oscillation_is_negative() -> None:
    assert autocorrelation(np.array([1.0, -1.0] * 20)) < -0.9


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=60), st.floats(1e-3, 1e3))
def test_levels_scale_with_the_loss(values: list[float], factor: float) -> None:
    y = np.array(values)
    assert robust_level(factor * y) == pytest.approx(factor * robust_level(y), rel=1e-9, abs=1e-6 * factor)
    bins, scaled = log_bins(np.arange(1.0, len(y) + 1), y), log_bins(np.arange(1.0, len(y) + 1), factor * y)
    # What cancels in a median leaves rounding errors of the size of the values that went into it.
    np.testing.assert_allclose(scaled.level, factor * bins.level, rtol=1e-9, atol=1e-9 * factor * np.abs(y).max())
    assert bins.count.sum() == len(y)
