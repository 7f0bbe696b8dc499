"""The loss law finds again what a curve was made of."""

import numpy as np
import pytest

from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.measurement.loss_law import annealing, loss_law
from lrdoctor.records.run import Series

N = 2000
COSINE = 0.5 * (1 + np.cos(np.pi * np.arange(N) / N))


def made(lr: np.ndarray, *, release: float, floor: float = 0.5, exponent: float = 0.5, noise: float = 0.0) -> LossCurve:
    step = np.arange(N, dtype=float)
    time = np.cumsum(lr) + 1
    law = floor + 1.5 * (time / time[0]) ** -exponent - release * annealing(lr, time)
    law = law + noise * np.random.default_rng(0).normal(size=N)
    found = loss_curve(Series(step, law), Series(step, 1e-3 * lr))
    assert found is not None
    return found


@pytest.mark.parametrize("exponent", [0.3, 0.6, 1.0])
def test_a_power_law_is_found_again(exponent: float) -> None:
    law = loss_law(made(np.ones(N), release=0.0, exponent=exponent))
    assert law is not None
    assert law.exponent == pytest.approx(exponent, rel=0.25)
    assert law.misfit < 0.01
    assert np.isnan(law.released)


def test_what_the_decay_released_is_told_from_what_lr_time_bought() -> None:
    quiet, released = (loss_law(made(COSINE, release=r, noise=0.01)) for r in (0.0, 0.01))
    assert quiet is not None
    assert released is not None
    total = 0.01 * annealing(COSINE, np.cumsum(COSINE))[-1]
    assert released.released == pytest.approx(total, rel=0.4)
    assert quiet.released < 0.2 * total


def test_a_stuck_run_has_nothing_to_gain_and_a_falling_one_has() -> None:
    stuck, falling = (loss_law(made(np.ones(N), release=0.0, exponent=e, noise=0.002)) for e in (3.0, 0.3))
    assert stuck is not None
    assert falling is not None
    assert stuck.next_doubling < 0.1 * falling.next_doubling


def test_too_little_is_no_law() -> None:
    short = loss_curve(Series(np.arange(6.0), np.linspace(2, 1, 6)))
    assert short is not None
    assert loss_law(short) is None
    rising = loss_curve(Series(np.arange(100.0), np.linspace(1, 2, 100)))
    assert rising is not None
    assert loss_law(rising) is None
