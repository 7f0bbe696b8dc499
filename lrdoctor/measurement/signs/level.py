"""Signs of a log without its beginning: what the level does, in shares of the level itself.

How far and how early the loss came down is not in such a log; where it stands, how it moves and how it scatters is.
"""

import math
from collections.abc import Callable

import numpy as np

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.numerics import Slope, noise, slope
from lrdoctor.measurement.signs.roughness import level_blocks, tail_residual
from lrdoctor.measurement.signs.scales import clipped_log, signed_log
from lrdoctor.measurement.signs.sign import Measure, Setting, Sign
from lrdoctor.records.run import Floats


def _over_level(amount: float, curve: LossCurve) -> float:
    return amount / max(abs(curve.end), 1e-12)


def window_slope(curve: LossCurve) -> Slope:
    """The line of the loss on log LR-time over the whole log, with its HAC error; rising is positive."""
    return slope(np.log(curve.time), curve.loss)


def level_slope(curve: LossCurve, _: Setting) -> float:
    """Fall per e-fold of LR-time over the level, signed log; LR-time counts what went before the log, too."""
    return signed_log(_over_level(-window_slope(curve).value, curve))


def level_slope_t(curve: LossCurve, _: Setting) -> float:
    """The same slope over its standard error, falling positive."""
    t = -window_slope(curve).t
    return math.copysign(math.log10(1 + abs(t)), t)


def level_change(curve: LossCurve, _: Setting) -> float:
    """Fall from the log's first quarter to its last over the level, signed log."""
    return signed_log(_over_level(_fall(curve.loss), curve))


def _fall(values: Floats) -> float:
    k = max(1, len(values) // 4)
    return float(np.median(values[:k]) - np.median(values[-k:]))


def level_spread(curve: LossCurve, _: Setting) -> float:
    """log10 of the 95 % to 50 % range of the last third's residuals over the level."""
    if len(curve.loss) < 16:
        return math.nan
    residual = np.sort(tail_residual(curve))
    return clipped_log(
        _over_level(float(residual[int(0.95 * (len(residual) - 1))] - residual[len(residual) // 2]), curve)
    )


def level_wandering(curve: LossCurve, _: Setting) -> float:
    """log10 of the spread of a dozen blocks of the last half over the level."""
    blocks = level_blocks(curve)
    return clipped_log(_over_level(noise(blocks), curve)) if len(blocks) else math.nan


def highest_of_level(curve: LossCurve, _: Setting) -> float:
    """log10 of the highest single loss over the level, at least 0."""
    return (
        min(max(math.log10(max(_over_level(float(curve.loss.max()), curve), 1.0)), 0), 6) if curve.end > 0 else math.nan
    )


def time_before(curve: LossCurve, _: Setting) -> float:
    """log10 of the steps at the log's end, counted from the start of the training."""
    return math.log10(max(float(curve.step[-1]), 1.0))


def _cost(curve: LossCurve) -> Floats:
    """What people tune on: validation error where accuracy is logged, else validation loss."""
    return 1 - curve.accuracy if len(curve.accuracy) else curve.val_loss


def _of_cost(pick: Callable[[Floats], float], least: int) -> Measure:
    def measure(curve: LossCurve, _: Setting) -> float:
        cost = _cost(curve)
        return pick(cost) if len(cost) >= least else math.nan

    return measure


def _cost_change(cost: Floats) -> float:
    return signed_log(_fall(cost) / max(abs(float(np.median(cost))), 1e-12))


def _cost_noise(cost: Floats) -> float:
    return clipped_log(noise(cost) / max(abs(float(np.median(cost))), 1e-12))


def _cost_rise(cost: Floats) -> float:
    """What was given back since the best, over the level."""
    k = max(1, len(cost) // 4)
    return signed_log(float(np.median(cost[-k:]) - cost.min()) / max(abs(float(np.median(cost))), 1e-12))


def error_level(curve: LossCurve, _: Setting) -> float:
    """log10 of the validation error where accuracy is logged."""
    return clipped_log(float(np.median(1 - curve.accuracy[-3:])), -3, 0) if len(curve.accuracy) else math.nan


def loss_of_error(curve: LossCurve, _: Setting) -> float:
    """log10 of the training loss over the validation error: a broken classifier is sure of what is wrong."""
    if not len(curve.accuracy) or curve.end <= 0:
        return math.nan
    return clipped_log(curve.end / max(float(np.median(1 - curve.accuracy[-3:])), 1e-3), -3, 4)


def validation_of_training(curve: LossCurve, _: Setting) -> float:
    """log10 of the validation loss over the training loss at the end."""
    if not len(curve.val_loss) or curve.end <= 0 or not (level := float(np.median(curve.val_loss[-3:]))) > 0:
        return math.nan
    return clipped_log(level / curve.end, -2, 3)


SIGNS = (
    Sign("level_slope", "fall per factor e of time over the level", "signed log", level_slope),
    Sign("level_slope_t", "that fall over its standard error", "signed log", level_slope_t),
    Sign("level_change", "fall over the log, of the level", "signed log", level_change),
    Sign("level_spread", "upper spread of the end over the level", "decades", level_spread),
    Sign("level_wandering", "wandering of the smoothed loss", "decades", level_wandering),
    Sign("highest_of_level", "highest loss over the level", "decades", highest_of_level),
    Sign("time_before", "steps at the log's end", "decades", time_before),
    Sign("cost_change", "gain of validation over the log, of its level", "signed log", _of_cost(_cost_change, 4)),
    Sign("cost_noise", "noise of validation over its level", "decades", _of_cost(_cost_noise, 6)),
    Sign("cost_rise", "what validation gave back since its best, of its level", "signed log", _of_cost(_cost_rise, 4)),
    Sign("error_level", "validation error", "decades", error_level),
    Sign("loss_of_error", "training loss over the validation error", "decades", loss_of_error),
    Sign("validation_of_training", "validation loss over training loss", "decades", validation_of_training),
)
