"""Where two loss curves part: the first step from which on they differ beyond their noise."""

from itertools import pairwise

import numpy as np

from lrdoctor.records.run import Floats, Series

# Both curves are compared in so many stretches of their common steps, at most; fewer of short ones.
STRETCHES = 60
LEAST_POINTS = 3
# A difference of medians counts from so many standard errors, and from this share of the level.
SURE, LEAST = 4.0, 0.01


def first_departure(now: Series, then: Series) -> tuple[float, float, float] | None:
    """The step from which on two curves differ for good, and their levels there; None where they never do.

    Compared are medians of stretches of the steps that both have; a difference counts where it exceeds its standard
    error `SURE` times, and it is for good where most of what follows differs the same way.

    >>> step = np.arange(400.0)
    >>> same = 2 + np.sin(step * 12.9898) / 10
    >>> apart = np.where(step < 200, same, same + 1)
    >>> first_departure(Series(step, apart), Series(step, same))[0]
    200.0
    """
    if not len(now) or not len(then):
        return None
    low, high = max(now.step[0], then.step[0]), min(now.step[-1], then.step[-1])
    if not high > low:
        return None
    points = min(_inside(now, low, high), _inside(then, low, high))
    parts = min(STRETCHES, points // LEAST_POINTS)
    if parts < 2:
        return None
    edges = np.linspace(low, high, parts + 1)
    mine, theirs = (_levels(series, edges) for series in (now, then))
    difference = mine[0] - theirs[0]
    with np.errstate(invalid="ignore"):
        allowed = np.maximum(SURE * np.hypot(mine[1], theirs[1]), LEAST * np.abs(theirs[0]))
        way = np.where(np.abs(difference) > allowed, np.sign(difference), 0.0)
    # What is not finite in one of them alone is a difference too.
    lost = np.isfinite(mine[0]) != np.isfinite(theirs[0])
    way = np.where(lost, np.where(np.isfinite(mine[0]), -1.0, 1.0), np.nan_to_num(way))
    for i in range(len(way)):
        if way[i] and float(np.mean(way[i:] == way[i])) > 0.5:
            return float(_first_step(now, edges[i])), float(mine[0][i]), float(theirs[0][i])
    return None


def _inside(series: Series, low: float, high: float) -> int:
    return int(((series.step >= low) & (series.step <= high)).sum())


def _first_step(series: Series, edge: float) -> float:
    return float(series.step[min(int(np.searchsorted(series.step, edge - 1e-9)), len(series) - 1)])


def _levels(series: Series, edges: Floats) -> tuple[Floats, Floats]:
    """Medians of a curve between edges, and their standard errors; NaN where most values are not finite."""
    places = np.searchsorted(series.step, edges, side="left")
    places[-1] = np.searchsorted(series.step, edges[-1], side="right")
    level, error = np.full(len(edges) - 1, np.nan), np.full(len(edges) - 1, np.nan)
    for i, (first, last) in enumerate(pairwise(places)):
        values = series.value[first:last]
        good = values[np.isfinite(values)]
        if len(good) and len(good) * 2 >= len(values):
            level[i] = float(np.median(good))
            spread = 1.4826 * float(np.median(np.abs(good - level[i])))
            error[i] = 1.25 * spread / len(good) ** 0.5
    return level, error
