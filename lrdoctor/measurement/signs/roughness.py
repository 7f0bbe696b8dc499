"""Signs from what is not descent: noise, oscillation, spikes, blow-ups."""

import math

import numpy as np

from lrdoctor.measurement.divergence import tail
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.numerics import autocorrelation, noise
from lrdoctor.measurement.signs.scales import clipped_log
from lrdoctor.measurement.signs.sign import Setting, Sign
from lrdoctor.records.run import Floats


def noise_of_descent(curve: LossCurve, _: Setting) -> float:
    """log10 of the end's noise over the whole descent."""
    return clipped_log(curve.jitter / curve.descent)


def noise_of_level(curve: LossCurve, _: Setting) -> float:
    """log10 of the end's noise over the end's level."""
    return clipped_log(curve.jitter / abs(curve.end)) if curve.end else math.nan


def noise_growth(curve: LossCurve, _: Setting) -> float:
    """log10 of relative noise in the last third over that in the first tenth."""
    n = len(curve.loss)
    early = curve.loss[: max(8, n // 10)]
    if n < 24:
        return math.nan
    before, after = noise(early) / max(abs(float(np.median(early))), 1e-12), curve.jitter / max(abs(curve.end), 1e-12)
    return float(np.clip(math.log10(max(after, 1e-9) / max(before, 1e-9)), -3, 3))


def tail_residual(curve: LossCurve) -> Floats:
    """The last third of the losses (sixteen at least) around its line, shape (k,)."""
    y = curve.loss[-max(16, len(curve.loss) // 3) :]
    x = np.linspace(-1, 1, len(y))
    dx, dy = x - x.mean(), y - y.mean()
    residual = dy - dx * float(dx @ dy) / float(dx @ dx)
    # A constant tail leaves rounding errors, whose pattern means nothing.
    return np.where(np.abs(residual) > 1e-9 * float(np.abs(y).max()), residual, 0.0)


def tail_autocorrelation(curve: LossCurve, _: Setting) -> float:
    """Lag-1 autocorrelation of the last third around its line; oscillation makes it negative."""
    return autocorrelation(tail_residual(curve)) if len(curve.loss) >= 16 else math.nan


def spread(curve: LossCurve, _: Setting) -> float:
    """log10 of the 95 % to 50 % range of the last third's residuals over the descent."""
    if len(curve.loss) < 16:
        return math.nan
    residual = np.sort(tail_residual(curve))
    upper = residual[int(0.95 * (len(residual) - 1))] - residual[len(residual) // 2]
    return clipped_log(float(upper) / curve.descent)


def spikes(curve: LossCurve, _: Setting) -> float:
    """log10 of the share of points more than six sigma above the line of the last third."""
    if len(curve.loss) < 32:
        return math.nan
    residual = tail_residual(curve)
    sigma = 1.4826 * float(np.median(np.abs(residual - np.median(residual))))
    return clipped_log(float(np.mean(residual > 6 * sigma)) if sigma > 0 else 0.0, -4)


def slow_noise(curve: LossCurve, _: Setting) -> float:
    """log10 of how much the level itself wanders: the spread of a dozen blocks of the last half, over the descent.

    Weights that a high LR keeps moving give a loss that wanders over many steps; batches alone do not.
    """
    blocks = level_blocks(curve)
    return clipped_log(noise(blocks) / curve.descent) if len(blocks) else math.nan


def slow_excess(curve: LossCurve, _: Setting) -> float:
    """log10 of that wandering over what the step-to-step noise alone would leave in the blocks' means."""
    blocks = level_blocks(curve)
    if not len(blocks) or curve.jitter <= 0:
        return math.nan
    expected = curve.jitter / math.sqrt(max(len(curve.loss) // 2 // BLOCKS, 1))
    return float(np.clip(math.log10(max(noise(blocks), 1e-9 * expected) / expected), -2, 3))


BLOCKS = 12


def level_blocks(curve: LossCurve) -> Floats:
    """Means of twelve equal blocks of the last half of the losses; empty below eight points a block."""
    size = len(curve.loss) // 2 // BLOCKS
    return curve.loss[-size * BLOCKS :].reshape(BLOCKS, size).mean(axis=1) if size >= 8 else np.empty(0)


def early_peak(curve: LossCurve, _: Setting) -> float:
    """log10 of the highest level of the first tenth of the run over the start, at least 0."""
    early = curve.bins.level[curve.bins.time <= 0.1 * curve.time[-1]]
    if not len(early) or curve.start <= 0:
        return math.nan
    return float(np.clip(math.log10(max(float(early.max()) / curve.start, 1.0)), 0, 4))


def highest(curve: LossCurve, _: Setting) -> float:
    """log10 of the highest single loss over the start, at least 0."""
    return (
        float(np.clip(math.log10(max(float(curve.loss.max()) / curve.start, 1.0)), 0, 6))
        if curve.start > 0
        else math.nan
    )


def rising_share(curve: LossCurve, _: Setting) -> float:
    """Share of log-time bins whose level lies above the one before by more than their noise."""
    b = curve.bins
    if len(b.level) < 6:
        return math.nan
    error = 1.25 * curve.jitter / np.sqrt(np.minimum(b.count[1:], b.count[:-1]))
    return float(np.mean(np.diff(b.level) > 2 * error))


def end_over_start(curve: LossCurve, _: Setting) -> float:
    """log10 of the mean of the last 2 % of the logged losses over the first; NaN if non-finite or not positive."""
    last = tail(curve.raw)
    if not np.isfinite(last).all() or curve.raw[0] <= 0:
        return math.nan
    return float(np.clip(math.log10(max(float(last.mean()) / float(curve.raw[0]), 1e-6)), -6, 3))


def non_finite(curve: LossCurve, _: Setting) -> float:
    """Share of the logged losses that are NaN or inf."""
    return 1 - len(curve.loss) / len(curve.raw)


def blow_up_time(curve: LossCurve, _: Setting) -> float:
    """log10 of the steps until the loss stood 1.5 times above its start or was not finite; NaN if never."""
    bad = ~np.isfinite(curve.raw) | (curve.raw > curve.start + 0.5 * abs(curve.start))
    if not bad.any():
        return math.nan
    first = int(bad.argmax())
    return math.log10(max(float(curve.step[first] - curve.step[0]), 0.5))


SIGNS = (
    Sign("noise_of_descent", "noise over the progress", "decades", noise_of_descent),
    Sign("noise_of_level", "noise over the level", "decades", noise_of_level),
    Sign("noise_growth", "relative noise, end over beginning", "decades", noise_growth),
    Sign("tail_autocorrelation", "autocorrelation of the end", "", tail_autocorrelation),
    Sign("spread", "upper spread of the end over the progress", "decades", spread),
    Sign("slow_noise", "wandering of the smoothed loss over the progress", "decades", slow_noise),
    Sign("slow_excess", "wandering of the smoothed loss beyond step noise", "decades", slow_excess),
    Sign("spikes", "share of spikes", "decades", spikes),
    Sign("early_peak", "early blow-up", "decades", early_peak),
    Sign("highest", "highest loss over the start", "decades", highest),
    Sign("rising_share", "share of the run that rises", "share", rising_share),
    Sign("end_over_start", "end over start", "decades", end_over_start),
    Sign("non_finite", "non-finite losses", "share", non_finite),
    Sign("blow_up_time", "steps to the first blow-up", "decades", blow_up_time),
)
