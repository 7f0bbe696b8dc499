"""Where a range test's loss blew up."""

import math

import numpy as np

from lrdoctor.records.run import Floats


def blown_up(loss: Floats, lasting: int = 2) -> int | None:
    """The first step from which the loss is not finite, or far above where it began; None where it never is.

    Far: above the highest of its first three values by more than twice what it has come down, by more than its noise,
    for `lasting` steps in a row.  Differences only, so a loss may be negative.
    """
    bad = np.flatnonzero(~np.isfinite(loss))
    value = loss[: int(bad[0])] if len(bad) else loss
    if len(value) > 3 + lasting:
        first, scale = float(value[:3].max()), _scale(value)
        above = np.r_[False, value - first > 2 * scale, False].astype(int)
        starts, ends = np.flatnonzero(np.diff(above) == 1), np.flatnonzero(np.diff(above) == -1)
        long = starts[(ends - starts >= lasting) | ((ends == len(value)) & (len(bad) > 0))]
        if len(long):
            return int(long[0])
    return int(bad[0]) if len(bad) else None


def _scale(value: Floats) -> Floats:
    """What counts as far at each step: what the loss has come down, its noise, a twentieth of it."""
    first = float(np.median(value[:3]))
    return np.asarray(np.maximum(first - np.minimum.accumulate(value), max(6 * step_noise(value), 0.05 * abs(first))))


def step_noise(value: Floats) -> float:
    """Step-to-step noise from the first half's differences, one sigma."""
    jumps = np.abs(np.diff(value[: max(len(value) // 2, 3)]))
    return float(np.median(jumps)) / (0.6745 * math.sqrt(2)) if len(jumps) else 0.0
