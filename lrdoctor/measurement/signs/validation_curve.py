"""How a validation curve went: what several signs share, measured once per run."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.numerics import noise, slope
from lrdoctor.records.run import Floats


@dataclass(frozen=True)
class Turning:
    """A cost over LR-time; amounts are shares of what it gained in all, times shares of the run (as log10).

    Args:
        tolerance: the share of the gain that the band of good LRs gives away.
        best_at: when the cost was lowest.
        rise: what was given back between the lowest cost and the end.
        late: gained between the middle and the end, by medians of a tenth of the points.
        late_best: gained in the second half, best against best.
        falling: gained per decade of LR-time over the last half decade, by a fitted line; NaN below five points.
        noise: step-to-step noise at the end; NaN below eight points.
        depth: lowest cost over the first, log10; NaN for costs that are not positive.
        half, most, tolerated: when 50 %, 80 %, and all but `tolerance` of the gain was first reached.
    """

    tolerance: float
    best_at: float
    rise: float
    late: float
    late_best: float
    falling: float
    noise: float
    depth: float
    half: float
    most: float
    tolerated: float


@lru_cache(maxsize=8)
def turning(curve: LossCurve, which: str) -> Turning | None:
    """The curve of `which`; None below four points.

    `goal` is what people tune on: validation error where accuracy is logged, else validation loss.  `loss` is the
    validation loss beside an accuracy: what it does there (it may rise while accuracy improves) means something else.
    """
    if which == "goal" and len(curve.accuracy):
        return _measured(curve.accuracy_time, 1 - curve.accuracy, float(curve.time[-1]), limits.BAND_ACCURACY)
    if which == "loss" and not len(curve.accuracy):
        return None
    time, cost = curve.val_time, curve.val_loss
    if len(cost) > 1 and time[0] > 0.5 * (time[1] - time[0]) and curve.start > cost[0]:
        # Most trainers validate first after an epoch: the untrained model's training loss stands in for its validation.
        time, cost = np.r_[curve.time[0], time], np.r_[curve.start, cost]
    return _measured(time, cost, float(curve.time[-1]), limits.BAND_LOSS)


def _measured(time: Floats, cost: Floats, total: float, tolerance: float) -> Turning | None:
    if len(cost) < 4:
        return None
    lowest = float(cost.min())
    gained = max(float(cost[0]) - lowest, 1e-9 * max(abs(float(cost[0])), 1e-12))
    k, half = max(1, len(cost) // 10), len(cost) // 2
    end, middle = float(np.median(cost[-k:])), float(np.median(cost[half : half + k]))
    last = time >= 0.3 * total

    def reached(share: float) -> float:
        return _share(time, int(np.argmax(cost <= cost[0] - share * gained)), total)

    return Turning(
        tolerance=tolerance,
        best_at=_share(time, int(cost.argmin()), total),
        rise=min(max((end - lowest) / gained, 0.0), 3.0),
        late=(middle - end) / gained,
        late_best=(float(cost[: half + 1].min()) - lowest) / gained,
        falling=-slope(np.log10(time[last]), cost[last]).value / gained if last.sum() >= 5 else math.nan,
        noise=noise(cost[-max(5, len(cost) // 3) :]) / gained if len(cost) >= 8 else math.nan,
        depth=math.log10(max(lowest / float(cost[0]), 1e-4)) if lowest > 0 and cost[0] > 0 else math.nan,
        half=reached(0.5),
        most=reached(0.8),
        tolerated=reached(1 - tolerance),
    )


def _share(time: Floats, index: int, total: float) -> float:
    return max(math.log10(max(float(time[index]) / total, 1e-4)), -4.0)
