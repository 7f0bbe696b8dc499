"""Each sign tells apart two runs that differ in what it measures, and little else."""

import numpy as np
import pytest

from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.measurement.signs import SIGNS, measure
from lrdoctor.measurement.signs.sign import Setting, Signs
from lrdoctor.records.run import Series
from tests.runs import falling

N = 600
STEP = np.arange(float(N))
RNG = np.random.default_rng(7)
NOISE = RNG.normal(size=N)


def of(loss: np.ndarray, *, lr: np.ndarray | None = None, val: np.ndarray | None = None) -> LossCurve:
    """A curve with the loss at every step, and validation errors spread evenly."""
    accuracy = None if val is None else Series(np.linspace(0, N - 1, len(val)), 1 - val)
    found = loss_curve(Series(STEP[: len(loss)], loss), None if lr is None else Series(STEP, lr), None, accuracy)
    assert found is not None
    return found


def signs(t: LossCurve, setting: Setting = Setting()) -> Signs:  # noqa: B008  frozen
    return measure(t, setting)


SLOW, FAST = falling(N, speed=0.003), falling(N, speed=0.5)
FLAT = np.full(N, 1.0) + 0.01 * NOISE
FLAT[0] = 2.0
BATHTUB = np.r_[np.linspace(2, 1, N // 2), np.linspace(1, 1.5, N // 2)] + 0.01 * NOISE
SPIKED = FLAT.copy()
SPIKED[-60::20] += 1.0
WANDERING = FLAT + 0.1 * np.sin(STEP / 25)
BLOWN = FAST.copy()
BLOWN[5:20] = 40.0
BROKEN = FAST.copy()
BROKEN[100:130] = np.nan
DROP = np.where(STEP < N / 2, 1e-2, 1e-4)
DROPPED = np.where(STEP < N / 2, FLAT, FLAT - 0.3)
EARLY = np.r_[0.9, np.full(29, 0.2)]
LATE = np.linspace(0.9, 0.2, 30)


@pytest.mark.parametrize(
    ("name", "more", "less"),
    [
        ("t50", of(SLOW), of(FAST)),
        ("t80", of(SLOW), of(FAST)),
        ("t10_steps", of(SLOW), of(FAST)),
        ("done_1", of(FAST), of(SLOW)),
        ("done_30", of(FAST), of(SLOW)),
        ("depth", of(SLOW), of(FAST)),
        ("descent_over_noise", of(FAST), of(FAST + 0.2 * NOISE)),
        ("end_slope", of(SLOW), of(FLAT)),
        ("end_slope_80", of(SLOW), of(FLAT)),
        ("end_slope_t", of(SLOW), of(FLAT)),
        ("rise_from_lowest", of(BATHTUB), of(SLOW)),
        ("when_lowest", of(SLOW), of(BATHTUB)),
        ("net_change", of(FAST), of(BATHTUB)),
        ("late_gain", of(SLOW), of(FLAT)),
        ("decay_drop", of(DROPPED, lr=DROP), of(FLAT, lr=DROP)),
        ("law_next", of(SLOW), of(FLAT)),
        ("noise_of_descent", of(FAST + 0.2 * NOISE), of(FAST)),
        ("noise_of_level", of(FAST + 0.2 * NOISE), of(FAST)),
        ("tail_autocorrelation", of(WANDERING), of(FLAT)),
        ("slow_noise", of(WANDERING), of(FLAT)),
        ("slow_excess", of(WANDERING), of(FLAT)),
        ("spikes", of(SPIKED), of(FLAT)),
        ("early_peak", of(BLOWN), of(FAST)),
        ("highest", of(BLOWN), of(FAST)),
        ("rising_share", of(BATHTUB), of(SLOW)),
        ("end_over_start", of(BATHTUB), of(FAST)),
        ("non_finite", of(BROKEN), of(FAST)),
        ("goal_late_best", of(SLOW, val=LATE), of(SLOW, val=EARLY)),
        ("goal_tolerated", of(SLOW, val=LATE), of(SLOW, val=EARLY)),
        ("end_lr", of(FLAT, lr=np.full(N, 1e-2)), of(FLAT, lr=DROP)),
        ("used_time", of(FLAT, lr=np.full(N, 1e-2)), of(FLAT, lr=DROP)),
        ("points", of(FAST), of(FAST[:100])),
        ("steps", of(FAST), of(FAST[:100])),
    ],
)
def test_a_sign_grows_with_what_it_measures(name: str, more: LossCurve, less: LossCurve) -> None:
    assert signs(more)[name] > signs(less)[name]


@pytest.mark.parametrize(
    "name", ["goal_half", "loss_rise", "gap", "decay_drop", "end_lr", "over_customary_sgd", "log_lr"]
)
def test_what_the_log_does_not_show_is_nan(name: str) -> None:
    assert np.isnan(signs(of(FAST))[name])


def test_the_lr_is_compared_with_custom() -> None:
    found = signs(of(FAST), Setting(lr=1e-2, optimizer="Adam"))
    assert found["over_customary_adaptive"] == pytest.approx(1.0)
    assert np.isnan(found["over_customary_sgd"])


@pytest.mark.parametrize("loss", [FAST, FLAT, BATHTUB, SPIKED, BLOWN, BROKEN])
def test_no_sign_depends_on_the_unit_of_the_loss_or_the_first_step(loss: np.ndarray) -> None:
    plain = signs(of(loss))
    scaled = loss_curve(Series(STEP + 1000, 1e3 * loss))
    assert scaled is not None
    for name, value in signs(scaled).items():
        assert value == pytest.approx(plain[name], abs=1e-6, nan_ok=True), name


def test_names_are_unique_and_every_sign_says_what_it_is() -> None:
    assert len({s.name for s in SIGNS}) == len(SIGNS)
    assert all(s.label for s in SIGNS)
