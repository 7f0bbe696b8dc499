"""How a validation curve went: what several signs share, measured once per run."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lrdoctor.curve import noise
from lrdoctor.run import Floats
from lrdoctor.trace import Trace


@dataclass(frozen=True)
class Turning:
    """A cost (validation loss, or 1 - accuracy) over LR-time; shares are of what it gained in all.

    Args:
        best_at: LR-time of the lowest cost over the run's, log10.
        rise: what was given back between the lowest cost and the end.
        late: gained between the middle and the end, by medians of a tenth of the points.
        late_best: gained in the second half, best against best.
        noise: step-to-step noise at the end.
        depth: lowest cost over the first, log10; NaN for costs that are not positive.
        reached: LR-time at which so many per cent of the gain were first reached, over the run's, log10.
    """

    best_at: float
    rise: float
    late: float
    late_best: float
    noise: float
    depth: float
    reached: dict[int, float]


@lru_cache(maxsize=8)
def turning(trace: Trace, which: str) -> Turning | None:
    """The curve of `which` (`validation` or `accuracy`); None below four points."""
    time, cost = (
        (trace.val_time, trace.val_loss) if which == "validation" else (trace.accuracy_time, 1 - trace.accuracy)
    )
    if len(cost) < 4:
        return None
    if which == "validation" and time[0] > 0.5 * (time[1] - time[0]) and trace.start > cost[0]:
        # Most trainers validate first after an epoch: the untrained model's training loss stands in for its validation.
        time, cost = np.r_[trace.time[0], time], np.r_[trace.start, cost]
    total, lowest = float(trace.time[-1]), float(cost.min())
    gained = max(float(cost[0]) - lowest, 1e-9 * max(abs(float(cost[0])), 1e-12))
    k, half = max(1, len(cost) // 10), len(cost) // 2
    end, middle = float(np.median(cost[-k:])), float(np.median(cost[half : half + k]))
    return Turning(
        best_at=_share(time, int(cost.argmin()), total),
        rise=min(max((end - lowest) / gained, 0.0), 3.0),
        late=(middle - end) / gained,
        late_best=(float(cost[: half + 1].min()) - lowest) / gained,
        noise=noise(cost[-max(5, len(cost) // 3) :]) / gained if len(cost) >= 8 else math.nan,
        depth=math.log10(max(lowest / float(cost[0]), 1e-4)) if lowest > 0 and cost[0] > 0 else math.nan,
        reached={p: _share(time, int(np.argmax(cost <= cost[0] - p / 100 * gained)), total) for p in (80, 95, 97, 99)},
    )


def _share(time: Floats, index: int, total: float) -> float:
    return max(math.log10(max(float(time[index]) / total, 1e-4)), -4.0)
