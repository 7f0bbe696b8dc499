"""Levels of loss curves and what separates two of them beyond noise.

All of it is made of differences, so that a constant added to a loss changes nothing.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from lrdoctor.measurement.numerics import autocorrelation, median, robust_level
from lrdoctor.records.run import Floats

Curve: TypeAlias = tuple[Floats, Floats]
"""Steps and values."""

LAST = 0.25  # of an arm: the part whose level is its end's
BLOCKS = 8  # of that part, whose means are taken as independent
HALF = 0.5  # of an arm: the part whose noise tells how much it remembers
SHORTEST = 10  # values that tell it
LONGEST_MEMORY = 0.95  # autocorrelation at lag 1; a stronger one cannot be told from a trend in short arms
FEWEST = 3  # points of a part that has a level


def part(step: Floats, value: Floats, until: float, share: float = LAST) -> Floats:
    """The finite values over the last `share` of an arm that has come to step `until`, counted from 0."""
    good = (step > (1 - share) * until) & (step <= until) & np.isfinite(value)
    return value[good]


def level(step: Floats, value: Floats, until: float) -> float:
    """Robust level at `until`: the mean between the 10 % quantiles of the last quarter; NaN below three points."""
    values = part(step, value, until)
    if len(values) < FEWEST:
        # Few points in all: the last of them is what there is.
        before = np.flatnonzero((step <= until) & np.isfinite(value))
        return float(value[before[-1]]) if len(before) and step[before[-1]] >= until * (1 - 2 * LAST) else math.nan
    return robust_level(values)


def block_means(value: Floats) -> Floats:
    """Means of equal stretches of a series, `BLOCKS` of them at most; shape (b,)."""
    count = min(BLOCKS, len(value))
    edges = np.linspace(0, len(value), count + 1).astype(int)
    return np.array([value[a:b].mean() for a, b in pairwise(edges)])


def memory(curves: Sequence[Floats]) -> float:
    """How many steps the noise of curves remembers: (1 + r) / (1 - r) for autocorrelation r at lag 1, of an AR(1).

    Of each curve a parabola is taken out, which lowers r by about (3 + 6 r) / n (Kendall 1954); that is given back.
    One short curve says little: the median of all is taken.  1 where nothing is known.
    """
    found = []
    for value in curves:
        n = len(value)
        if n < SHORTEST or not np.ptp(value) > 0:
            continue
        x = np.linspace(-1.0, 1.0, n)
        scaled = (value - value.mean()) / np.ptp(value)
        r = autocorrelation(scaled - np.polyval(np.polyfit(x, scaled, 2), x))
        if math.isfinite(r):
            found.append((r + 3 / n) / (1 - 6 / n))
    r = min(max(median(np.array(found)), 0.0), LONGEST_MEMORY) if found else 0.0
    return (1 + r) / (1 - r)


def level_error(value: Floats, remembers: float = 1.0) -> float:
    """Standard error of the mean of a series, its straight trend taken out; NaN below four points.

    The larger of two: that of batch means, which are independent where blocks are longer than the series's memory
    (Schmeiser 1982, doi:10.1287/opre.30.3.556), and that of noise which `remembers` so many steps.
    """
    n = len(value)
    if n < 4:
        return math.nan
    means = block_means(value)
    between = _spread(means) / math.sqrt(len(means))
    return max(between, _spread(value) * math.sqrt(remembers / n))


def _spread(value: Floats) -> float:
    """Standard deviation about a straight line."""
    n = len(value)
    x = np.arange(n) - (n - 1) / 2
    residual = value - value.mean() - x * float(x @ value) / float(x @ x)
    return math.sqrt(float(residual @ residual) / (n - 2))


def paired(a: Curve, b: Curve, until: float, remembers: float = 1.0) -> tuple[float, float]:
    """How far the level of `a` lies above that of `b` at step `until`, and the standard error of that.

    Arms share seeds, and so batches: where both logged the same steps their noise is that of the differences, which is
    right for independent noise too.  Each is (step, value).
    """
    gap = level(*a, until) - level(*b, until)
    common, at_a, at_b = np.intersect1d(a[0], b[0], return_indices=True)
    inside = (common > (1 - LAST) * until) & (common <= until)
    difference = a[1][at_a][inside] - b[1][at_b][inside]
    error = level_error(difference[np.isfinite(difference)], remembers)
    if math.isnan(error):
        error = math.hypot(*(level_error(part(*one, until), remembers) for one in (a, b)))
    return gap, error


def distinguishable(parts: Sequence[Floats], remembers: float = 1.0) -> float:
    """p-value of the hypothesis that series, at least two of four values or more, have one mean.

    Welch's analysis of variance (1951, doi:10.1093/biomet/38.3-4.330): each has noise of its own size, and as many
    independent values as its length over what its noise remembers.  What all share at a step, their median there, is
    taken out before, where they are of one length.
    """
    from scipy.special import fdtrc

    k = len(parts)
    if k < 2 or min(map(len, parts)) < 4:
        return 1.0
    if len({len(values) for values in parts}) == 1:
        shared = np.median(np.array(parts), axis=0)
        parts = [values - shared for values in parts]
    mean = np.array([float(values.mean()) for values in parts])
    if not np.ptp(mean) > 0:
        return 1.0
    error = np.array([level_error(values, remembers) for values in parts])
    if not error.any():
        return 0.0
    # The series that is the median itself, or has no noise, is not known without any.
    error = np.maximum(error, 0.1 * float(np.median(error[error > 0])))
    free = np.array([max(len(values) / remembers, 3.0) - 1 for values in parts])
    weight = 1 / error**2
    share = weight / weight.sum()
    between = float((weight * (mean - float((share * mean).sum())) ** 2).sum()) / (k - 1)
    lost = float(((1 - share) ** 2 / free).sum())
    return float(fdtrc(k - 1, (k * k - 1) / (3 * lost), between / (1 + 2 * (k - 2) / (k * k - 1) * lost)))
