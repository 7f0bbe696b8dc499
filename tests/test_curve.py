"""Numerics against scipy, and against curves whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from lrdoctor.curve import autocorrelation, log_bins, noise, power_law, robust_level, slope


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


@pytest.mark.parametrize(
    ("offset", "scale", "exponent", "shift"), [(0.5, 2.0, 0.5, 0.0), (0.0, 3.0, 0.3, 20.0), (1.0, 50.0, 1.2, 30.0)]
)
def test_power_law_is_found(offset: float, scale: float, exponent: float, shift: float) -> None:
    time = np.arange(1.0, 5001.0)
    loss = offset + scale * (time + shift) ** -exponent
    law = power_law(log_bins(time, loss))
    assert law is not None
    assert law.r2 > 0.999
    assert law.exponent == pytest.approx(exponent, rel=0.1)
    assert np.abs(law(time) - loss).max() < 0.05 * np.ptp(loss)


def test_power_law_is_as_good_as_a_general_optimiser() -> None:
    rng = np.random.default_rng(3)
    time = np.arange(1.0, 3001.0)
    loss = 0.4 + 4 * (time + 15) ** -0.6 + 0.01 * rng.normal(size=3000)
    bins = log_bins(time, loss)
    weight = np.minimum(bins.count, 30.0)
    law = power_law(bins)
    assert law is not None

    def model(t: np.ndarray, c: float, a: float, t0: float, e: float) -> np.ndarray:
        return np.asarray(c + a * (t + t0) ** -e)

    best, _ = optimize.curve_fit(
        model, bins.time, bins.level, p0=(0.3, 3, 10, 0.5), sigma=weight**-0.5, bounds=(0, np.inf)
    )
    ours, theirs = (float(weight @ (bins.level - fit) ** 2) for fit in (law(bins.time), model(bins.time, *best)))
    assert ours < 1.05 * theirs + 1e-9


@pytest.mark.parametrize("values", [np.ones(50), np.arange(50.0)])
def test_no_power_law_where_nothing_falls(values: np.ndarray) -> None:
    law = power_law(log_bins(np.arange(1.0, 51.0), values))
    assert law is None


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
