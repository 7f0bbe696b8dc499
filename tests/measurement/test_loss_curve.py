"""The clock that signs are measured on."""

import numpy as np
import pytest

from lrdoctor.measurement.loss_curve import clock, loss_curve
from lrdoctor.records.run import Series

STEP = np.arange(0.0, 1000.0, 10.0)


def test_plain_time_without_an_lr() -> None:
    time, lr = clock(STEP, None)
    assert lr is None
    assert time[0] == 5.0
    assert time[-1] == pytest.approx(995.0)


def test_a_constant_lr_changes_nothing() -> None:
    constant, _ = clock(STEP, Series(STEP, np.full(100, 0.1)))
    assert constant == pytest.approx(clock(STEP, None)[0])


def test_a_cosine_takes_half_the_time() -> None:
    cosine = 0.5 * (1 + np.cos(np.pi * STEP / 1000))
    time, lr = clock(STEP, Series(STEP, cosine))
    assert time[-1] == pytest.approx(500, rel=0.02)
    assert lr == pytest.approx(cosine)
    assert (np.diff(time) > 0).all()


def test_an_lr_logged_more_rarely_is_carried_forward() -> None:
    lr = Series(np.array([0.0, 500.0]), np.array([1.0, 0.1]))
    time, at = clock(STEP, lr)
    assert at is not None
    assert at[[0, 49, 50, 99]] == pytest.approx([1.0, 1.0, 0.1, 0.1])
    assert time[-1] == pytest.approx(500 + 50, rel=0.02)


@pytest.mark.parametrize("lr", [np.zeros(100), np.full(100, np.nan)])
def test_an_lr_of_nothing_is_no_clock(lr: np.ndarray) -> None:
    assert clock(STEP, Series(STEP, lr))[1] is None


def test_non_finite_losses_are_kept_apart() -> None:
    values = np.linspace(2, 1, 100)
    values[40:43] = np.inf
    found = loss_curve(Series(STEP, values))
    assert found is not None
    assert len(found.loss) == 97
    assert len(found.raw) == 100
    assert loss_curve(Series(STEP, np.full(100, np.nan))) is None
