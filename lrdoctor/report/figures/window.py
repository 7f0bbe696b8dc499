"""Which part of a diverged run its figure shows, and how high: the place where it broke, not 1e36."""

import math
from dataclasses import dataclass

import numpy as np

from lrdoctor.records.onset import Onset
from lrdoctor.records.run import Series

# A loss is drawn up to so many times the run's first ones.
MOST_OF_START = 10.0
# Points around the onset: before the last calm one and after the break, at least so many and this share of the run.
BEFORE, BEFORE_SHARE = 40, 0.06
AFTER, AFTER_SHARE = 12, 0.02
# A window that shows more than this share of the run is the run.
PART_AT_MOST = 0.6


@dataclass(frozen=True)
class Window:
    """Steps from `low` to `high`; `part`: whether that is less than the run; `cap` is the highest loss drawn."""

    low: float
    high: float
    part: bool
    cap: float = math.inf


def highest(main: Series, onset: Onset | None) -> float:
    """The highest loss that is drawn: of a diverged run ten times what it began with; infinite for others."""
    value = main.value[np.isfinite(main.value)]
    if onset is None or not len(value):
        return math.inf
    start, low = float(np.median(value[:3])), float(value.min())
    if start > 0:
        return MOST_OF_START * start
    return start + MOST_OF_START * max(start - low, abs(start), 1e-12)


def onset_window(main: Series, onset: Onset | None) -> Window:
    """The steps around the onset of a diverged run; the whole run where that is most of it, or it did not diverge."""
    n, step = len(main), main.step
    whole = Window(float(step[0]), float(step[-1]), part=False, cap=highest(main, onset))
    first = onset and (onset.off_trend or onset.non_finite)
    if onset is None or not first:
        return whole
    at = int(np.searchsorted(step, (onset.calm or first).step))
    end = _end(main, onset, whole.cap)
    low = max(0, at - max(BEFORE, round(BEFORE_SHARE * n)))
    high = min(n - 1, end + max(AFTER, round(AFTER_SHARE * n)))
    left, right = float(step[low]), float(step[high])
    share = (right - left) / (step[-1] - step[0]) if step[-1] > step[0] else 1.0
    return Window(left, right, part=True, cap=whole.cap) if 0 < share <= PART_AT_MOST else whole


def _end(main: Series, onset: Onset, cap: float) -> int:
    """The place where all is lost: not finite for good, or above what is drawn for good; else the end."""
    if onset.non_finite is not None:
        return int(np.searchsorted(main.step, onset.non_finite.step))
    low = np.flatnonzero(~(main.value > cap))
    return int(low[-1]) + 1 if len(low) and low[-1] + 1 < len(main) else len(main) - 1
