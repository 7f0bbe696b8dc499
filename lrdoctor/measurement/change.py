"""Does a log show anything but noise about a level?  Where it does not, its curve names no direction."""

import math

import numpy as np

from lrdoctor.measurement.numerics import autocorrelation, slope
from lrdoctor.records.run import Floats

FAR = 4.5  # standard deviations of a level about which a log scatters
BLOCKS = 8
WANDERS = 12.0  # times the variance between blocks' means that the noise within them would leave


def change_over_noise(values: Floats) -> float:
    """By how many standard errors finite values, shape (n,), changed over a log; 0 below four of them.

    The largest of three: a straight trend, one in log time, which early changes dominate, and the first five values
    against the others.  Errors know that neighbours may be alike.  Infinite where the first five lie apart from the
    second half: a smooth curve has no noise to be measured by.
    """
    n = len(values)
    if n < 4 or not float(np.ptp(values)) > 0:
        return 0.0
    x = np.arange(1.0, n + 1)
    k = min(5, n // 4)
    rest = values[k:]
    later = values[n // 2 :]
    apart = values[:k].min() > later.max() or values[:k].max() < later.min()
    # Noise that wanders slowly has no more than so many standard deviations, whatever its memory; one value may be odd.
    far = float(np.abs(values[:2] - later.mean()).min()) > FAR * float(np.std(later))
    if n >= 16 and (apart or far or _wanders(values)):
        return math.inf
    alike = max(autocorrelation(rest), 0.0) if len(rest) > 4 else 0.0
    witnesses = max(k * (1 - alike) / (1 + alike), 1.0)
    error = float(np.std(rest, ddof=1)) * math.sqrt(1 / witnesses + 1 / len(rest))
    first = abs(float(values[:k].mean() - rest.mean())) / error if error > 0 else math.inf
    # Student's t of so few values has wide tails: what they seem to show is held back.
    return max(abs(slope(x, values).t), abs(slope(np.log(x), values).t), first) * (1 - 4 / (n + 4))


def _wanders(values: Floats) -> bool:
    """Whether the means of eight blocks differ by far more than the noise within them lets them."""
    size = len(values) // BLOCKS
    if size < 6:
        return False
    blocks = values[-size * BLOCKS :].reshape(BLOCKS, size)
    within = float(np.mean(np.var(blocks, axis=1, ddof=1))) / size
    return float(np.var(blocks.mean(axis=1), ddof=1)) > WANDERS * within
