"""The definition of divergence, to its borders: which part is the end, what it is compared with, what noise excuses."""

import math

import numpy as np
import pytest

from lrdoctor.measurement.divergence import Divergence, DivergenceKind, divergence, tail

NAN = math.nan


@pytest.mark.parametrize(("n", "last"), [(3, 3), (5, 5), (100, 5), (299, 5), (300, 6), (1000, 20), (1049, 20)])
def test_the_end_is_two_per_cent_and_five_points_at_least(n: int, last: int) -> None:
    assert tail(np.arange(float(n))).tolist() == list(range(n - last, n))


def test_a_run_is_only_true_where_it_diverged() -> None:
    assert not Divergence()
    assert not Divergence(None, 3.0)
    assert math.isnan(Divergence().end_ratio)
    assert all(Divergence(kind) for kind in DivergenceKind)


@pytest.mark.parametrize(
    ("losses", "kind", "ratio"),
    [
        ([1.0] + [4.0] * 6, None, NAN),  # seven losses: nothing is said of a rise
        ([1.0] + [4.0] * 7, DivergenceKind.RISING, 4.0),
        ([2.0] + [1.0] * 19, None, 0.5),
        ([NAN, 2.0, 7.0] + [3.0] * 20, DivergenceKind.RISING, 1.5),  # the first finite loss is the start
        ([-2.0] + [-1.0] * 20, DivergenceKind.RISING, 1.5),  # of losses that can be negative: by the start's size
        ([-2.0] + [-3.0] * 20, None, 0.5),
        ([3.0] + [1.0] * 20, None, 0.3333),
        ([3.0] + [5.0] * 20, DivergenceKind.RISING, 1.6667),
        ([0.0] + [1e-301] * 20, DivergenceKind.RISING, 1.1),  # a start of 0 has no size of its own
        ([1.0] + [1.05] * 20, None, 1.05),  # as high as the rule allows
        ([1.0] + [1.0501] * 20, DivergenceKind.RISING, 1.0501),
        ([2.0] * 10 + [NAN] + [1.0] * 4, DivergenceKind.NON_FINITE, NAN),  # one of the last five
        ([2.0] * 10 + [NAN] + [1.0] * 5, None, 0.5),
        ([2.0] * 6 + [NAN], DivergenceKind.NON_FINITE, NAN),
        ([2.0] * 5 + [NAN, 1.0], None, NAN),  # of a short log the last loss alone is asked
    ],
)
def test_the_end_against_the_start(losses: list[float], kind: DivergenceKind | None, ratio: float) -> None:
    found = divergence(np.array(losses))
    assert found.kind == kind
    assert found.end_ratio == pytest.approx(ratio, nan_ok=True, abs=0)


def noisy(amplitude: float, *, start: float = 1.0, end: float = 1.1) -> np.ndarray:
    """Eighty calm losses at `end`, then 20 of standard deviation `amplitude`, the last five with a mean of `end`."""
    swing = np.tile([amplitude, -amplitude], 10)
    return np.asarray(np.r_[start, np.full(80, end), end - swing[-5:].mean() + swing])


# Two standard errors of the first loss and of the mean of five: 2 * amplitude * (1 / 5 + 1) ** 0.5 = 0.1.
BORDER = 0.1 / (2 * 1.2**0.5)


@pytest.mark.parametrize(("share", "kind"), [(0.97, DivergenceKind.RISING), (1.03, None)])
def test_a_rise_within_two_standard_errors_is_noise(share: float, kind: DivergenceKind | None) -> None:
    found = divergence(noisy(share * BORDER))
    assert (found.kind, found.end_ratio) == (kind, 1.1)


@pytest.mark.parametrize(("share", "kind"), [(0.97, DivergenceKind.RISING), (1.03, None)])
def test_noise_is_that_of_the_last_twenty_losses(share: float, kind: DivergenceKind | None) -> None:
    wild = noisy(share * BORDER)
    wild[-21] = 50.0
    assert divergence(wild).kind == kind
    calm = noisy(share * BORDER)
    calm[-40:-20] = 0.0
    assert divergence(calm).kind == kind


@pytest.mark.parametrize(("share", "kind"), [(0.97, DivergenceKind.RISING), (1.03, None)])
def test_of_a_long_log_noise_is_that_of_its_whole_end(share: float, kind: DivergenceKind | None) -> None:
    amplitude = share * 0.1 / (2 * (1 / 40 + 1) ** 0.5)
    losses = np.full(2000, 1.1)
    losses[0] = 1.0
    losses[-40:-20] += np.tile([1.4, -1.4], 10) * amplitude
    losses[-20:] += np.tile([0.2, -0.2], 10) * amplitude
    assert float(np.std(losses[-40:])) == pytest.approx(amplitude)
    assert divergence(losses).kind == kind


def test_no_noise_excuses_a_rise_beyond_15_per_cent() -> None:
    def ending(level: float) -> np.ndarray:
        return np.asarray(np.r_[1.0, np.tile([0.0, 2.3], 20), np.full(5, level)])

    assert divergence(ending(1.15)).kind is None
    assert divergence(ending(1.16)).kind is DivergenceKind.RISING
