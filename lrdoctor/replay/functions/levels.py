"""Levels of loss curves and what separates two of them beyond noise.

All of it is made of differences, so that a constant added to a loss changes nothing.
"""

import math
from itertools import pairwise

import numpy as np

from lrdoctor.measurement.numerics import noise, robust_level
from lrdoctor.records.run import Floats

LAST = 0.25  # of an arm: the part whose level is its end's
BLOCKS = 8  # of that part, whose means are taken as independent
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


def level_error(value: Floats) -> float:
    """Standard error of the mean of a series by batch means, its straight trend taken out; NaN below four points.

    Means of blocks longer than the series's memory are independent (Schmeiser 1982, doi:10.1287/opre.30.3.556).  Eight
    of them may agree by chance: the error that the step-to-step noise alone makes is the least taken.
    """
    means = block_means(value)
    n = len(means)
    if n < 4:
        return math.nan
    x = np.arange(n) - (n - 1) / 2
    residual = means - means.mean() - x * float(x @ means) / float(x @ x)
    between = float(math.sqrt(float(residual @ residual) / (n - 2) / n))
    return max(between, noise(value) / math.sqrt(len(value)))


def paired(a: tuple[Floats, Floats], b: tuple[Floats, Floats], until: float) -> tuple[float, float]:
    """How far the level of `a` lies above that of `b` at step `until`, and the standard error of that.

    Arms share seeds, and so batches: where both logged the same steps their noise is that of the differences, which is
    right for independent noise too.  Each is (step, value).
    """
    gap = level(*a, until) - level(*b, until)
    common, at_a, at_b = np.intersect1d(a[0], b[0], return_indices=True)
    inside = (common > (1 - LAST) * until) & (common <= until)
    difference = a[1][at_a][inside] - b[1][at_b][inside]
    error = level_error(difference[np.isfinite(difference)])
    if math.isnan(error):
        error = math.hypot(*(level_error(part(*one, until)) for one in (a, b)))
    return gap, error


def distinguishable(rows: Floats) -> float:
    """p-value of the hypothesis that the columns are the same, of blocks in rows, shape (n, k).

    Friedman's test with Iman and Davenport's F (doi:10.1080/03610928008827904): ranks within each block, so neither
    heavy tails nor columns of unequal noise mislead it.  1 below two rows or columns.
    """
    from scipy.special import fdtrc

    n, k = rows.shape
    if n < 2 or k < 2:
        return 1.0
    above = rows[:, :, None] > rows[:, None, :]
    # Equal values share the mean of their ranks.
    ranks = above.sum(axis=2) + 0.5 * (rows[:, :, None] == rows[:, None, :]).sum(axis=2) + 0.5
    between = float(((ranks.mean(axis=0) - (k + 1) / 2) ** 2).sum())
    total = float(((ranks - (k + 1) / 2) ** 2).sum())
    if total == 0:
        return 1.0
    left = total - n * between
    if left <= 1e-12 * total:
        # Every block agrees: as likely by chance as that n - 1 of them repeat the first one's order.
        return float(math.exp(-(n - 1) * math.lgamma(k + 1)))
    f = n * between * (n - 1) / left
    return float(fdtrc(k - 1, (k - 1) * (n - 1), f))
