"""Signs from the way down: how early, how far and how steeply the loss fell."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.loss_law import LossLaw, loss_law
from lrdoctor.measurement.numerics import Slope, slope
from lrdoctor.measurement.signs.scales import clipped_log, signed_log
from lrdoctor.measurement.signs.sign import Measure, Setting, Sign
from lrdoctor.records.run import Floats


def share_time(curve: LossCurve, share: float) -> float:
    """The part of the run's LR-time after which the binned loss first had done `share` of its descent."""
    return _time_to(curve, share) / float(curve.time[-1])


def _time_to(curve: LossCurve, share: float) -> float:
    """LR-time at which the binned loss first did `share` of its descent."""
    level, time = curve.bins.level, curve.bins.time
    target = curve.start - share * curve.descent
    below = np.flatnonzero(level <= target)
    return float(time[below[0]]) if len(below) else float(curve.time[-1])


def _share_time(share: float, *, in_steps: bool = False) -> Measure:
    def measure(curve: LossCurve, _: Setting) -> float:
        moment = _time_to(curve, share)
        return math.log10(moment) if in_steps else math.log10(moment / curve.time[-1])

    return measure


def done_at(curve: LossCurve, share: float) -> float:
    """Share of the descent done after `share` of the run."""
    level = float(np.interp(math.log(share * curve.time[-1]), np.log(curve.bins.time), curve.bins.level))
    return float(np.clip((curve.start - level) / curve.descent, -0.5, 1.0))


def _done(share: float) -> Measure:
    return lambda curve, _: done_at(curve, share)


def depth(curve: LossCurve, _: Setting) -> float:
    """log10 of the lowest level over the start; NaN for losses that are not positive."""
    return math.log10(max(curve.lowest / curve.start, 1e-6)) if curve.start > 0 and curve.lowest > 0 else math.nan


def descent_over_noise(curve: LossCurve, _: Setting) -> float:
    """log10 of the descent in units of step-to-step noise."""
    return clipped_log(curve.descent / max(curve.jitter, 1e-6 * curve.descent), -2, 5)


def steepest(curve: LossCurve, _: Setting) -> float:
    """log10 of the moment of steepest descent per decade of time, over the run's length."""
    b = curve.bins
    if len(b.time) < 5:
        return math.nan
    smooth = np.convolve(b.level, np.ones(3) / 3, mode="valid")
    rate = -np.diff(smooth) / np.diff(np.log(b.time[1:-1]))
    return math.log10(b.time[1:-1][int(rate.argmax())] / curve.time[-1])


SECOND_HALF = 0.5  # share of the run's LR-time after which its end is judged


def later_part(curve: LossCurve, share: float) -> tuple[Floats, Floats]:
    """Time and loss of the last part of the run, from `share` of its LR-time on."""
    first = min(int(np.searchsorted(curve.time, share * curve.time[-1])), max(len(curve.time) - 5, 0))
    return curve.time[first:], curve.loss[first:]


@lru_cache(maxsize=16)
def end_slope(curve: LossCurve, share: float) -> Slope:
    """The line of the loss on log LR-time from `share` of the run on, with its HAC error; rising is positive."""
    time, loss = later_part(curve, share)
    return slope(np.log(time), loss)


def falls(curve: LossCurve, gain: float = limits.FALLING_GAIN) -> bool:
    """Whether the second half falls by more than `gain` of the descent per e-fold of time, beyond its interval."""
    end = end_slope(curve, SECOND_HALF)
    return -end.value / curve.descent > gain and -end.t > limits.FLAT


def ends_flat(curve: LossCurve, gain: float = limits.FLAT_GAIN) -> bool:
    """Whether the second half neither falls nor rises by more than `gain`, or not beyond its interval."""
    end = end_slope(curve, SECOND_HALF)
    return abs(end.value) / curve.descent <= gain or abs(end.t) <= limits.FLAT


def _end_slope(share: float) -> Measure:
    return lambda curve, _: signed_log(-end_slope(curve, share).value / curve.descent)


def end_slope_t(curve: LossCurve, _: Setting) -> float:
    """End slope in log-time over its HAC standard error, sign turned so that falling is positive."""
    t = -end_slope(curve, SECOND_HALF).t
    return math.copysign(math.log10(1 + abs(t)), t)


def rise_from_lowest(curve: LossCurve, _: Setting) -> float:
    """How much of its descent the loss gave back by the end."""
    return float(np.clip((curve.end - curve.lowest) / curve.descent, 0, 3))


def when_lowest(curve: LossCurve, _: Setting) -> float:
    """log10 of the time of the lowest level over the run's length."""
    return math.log10(curve.bins.time[int(curve.bins.level.argmin())] / curve.time[-1])


def net_change(curve: LossCurve, _: Setting) -> float:
    """(start - end) over the start's size, signed log."""
    return signed_log((curve.start - curve.end) / max(abs(curve.start), 1e-12))


def late_gain(curve: LossCurve, _: Setting) -> float:
    """Share of the descent made in the second half of LR-time."""
    return signed_log(1 - done_at(curve, 0.5) - (curve.end - curve.lowest) / curve.descent)


def decay_drop(curve: LossCurve, _: Setting) -> float:
    """Fall of the loss from where the LR last stood above half its peak to the end, over the descent, signed log.

    What an LR drop does to the loss is the noise that the LR had held up (Tissue et al. 2024, arXiv:2408.11029, the
    annealing term).  NaN where the LR never fell below half its peak or nothing was logged before or after.
    """
    if curve.lr is None:
        return math.nan
    high = np.flatnonzero(curve.lr > 0.5 * curve.lr.max())
    last = int(high[-1]) + 1
    width = max(3, len(curve.loss) // 20)
    if last < width or len(curve.loss) - last < width:
        return math.nan
    return signed_log((float(np.median(curve.loss[last - width : last])) - curve.end) / curve.descent)


def _law(pick: Callable[[LossLaw, LossCurve], float]) -> Measure:
    def measure(curve: LossCurve, _: Setting) -> float:
        law = loss_law(curve)
        return math.nan if law is None else pick(law, curve)

    return measure


SIGNS = (
    Sign("t50", "half of the progress done after this share of the run", "decades", _share_time(0.5)),
    Sign("t80", "80 % of the progress done after this share", "decades", _share_time(0.8)),
    Sign("t95", "95 % of the progress done after this share", "decades", _share_time(0.95)),
    Sign("t99", "99 % of the progress done after this share", "decades", _share_time(0.99)),
    Sign("t10_steps", "a tenth of the progress done after so many steps", "decades", _share_time(0.1, in_steps=True)),
    Sign("t50_steps", "half of the progress done after so many steps", "decades", _share_time(0.5, in_steps=True)),
    Sign("done_1", "share of the progress done after 1 % of the run", "share", _done(0.01)),
    Sign("done_3", "share of the progress done after 3 %", "share", _done(0.03)),
    Sign("done_10", "share of the progress done after 10 %", "share", _done(0.1)),
    Sign("done_30", "share of the progress done after 30 %", "share", _done(0.3)),
    Sign("depth", "lowest loss over the start", "decades", depth),
    Sign("descent_over_noise", "progress over step-to-step noise", "decades", descent_over_noise),
    Sign("steepest", "steepest fall after this share of the run", "decades", steepest),
    Sign("end_slope", "progress per factor e of time over the second half", "signed log", _end_slope(0.5)),
    Sign("end_slope_80", "progress per factor e of time over the last fifth", "signed log", _end_slope(0.8)),
    Sign("end_slope_t", "slope of the second half over its standard error", "signed log", end_slope_t),
    Sign("rise_from_lowest", "share of the progress given back at the end", "share", rise_from_lowest),
    Sign("when_lowest", "lowest level after this share of the run", "decades", when_lowest),
    Sign("net_change", "change from start to end", "signed log", net_change),
    Sign("late_gain", "progress made in the second half", "signed log", late_gain),
    Sign("decay_drop", "fall of the loss while the LR decayed", "signed log", decay_drop),
    Sign(
        "law_next",
        "what twice the LR-weighted time would gain",
        "signed log",
        _law(lambda w, t: signed_log(w.next_doubling / t.descent)),
    ),
    Sign(
        "law_released",
        "what the LR's decay gained",
        "signed log",
        _law(lambda w, t: signed_log(w.released / t.descent)),
    ),
)
