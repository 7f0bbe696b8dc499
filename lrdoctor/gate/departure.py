"""Where two loss curves part: the first step from which on they differ beyond their noise."""

from itertools import pairwise

import numpy as np

from lrdoctor.records.run import Floats, Series

# Both curves are compared in so many stretches of their common steps, at most; fewer of short ones.
STRETCHES = 60
LEAST_POINTS = 3
# A difference of medians counts from so many standard errors, and from this share of the level.
SURE, LEAST = 4.0, 0.01
# It is for good where so many stretches on end differ the same way, and this share of all that follow.
STAYS, FOR_GOOD = 3, 0.75
LAGS = 4  # the share of the run over which a difference that strays is noise


def first_departure(now: Series, then: Series) -> tuple[float, float, float] | None:
    """The step from which on two curves differ for good, and their levels there; None where they never do.

    Compared are medians of stretches of the steps that both have; a difference counts where it exceeds its standard
    error `SURE` times, and what it strays by itself as often; it is for good where what follows differs the same way.

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
        error = np.maximum(np.hypot(mine[1], theirs[1]), _wander(difference, theirs[0]))
        allowed = np.maximum(SURE * error, LEAST * np.abs(theirs[0]))
        way = np.where(np.abs(difference) > allowed, np.sign(difference), 0.0)
    # What is not finite in one of them alone is a difference too.
    lost = np.isfinite(mine[0]) != np.isfinite(theirs[0])
    way = np.where(lost, np.where(np.isfinite(mine[0]), -1.0, 1.0), np.nan_to_num(way))
    for i in range(len(way)):
        stays = np.all(way[i : i + STAYS] == way[i]) and float(np.mean(way[i:] == way[i])) > FOR_GOOD
        if way[i] and stays and len(way) - i >= min(STAYS, len(way) // 2):
            return float(_first_step(now, edges[i])), float(mine[0][i]), float(theirs[0][i])
    return None


def _wander(difference: Floats, level: Floats) -> Floats:
    """How far the difference strays over a share of the run, for each stretch.

    Losses that are logged as running averages stray for longer than a stretch, which the spread inside of one does not
    show. It is a median over pairs of stretches some way apart, so that one place where the curves part is not in it;
    in units of the level where that is positive, since noise falls with the loss.
    """
    good = np.isfinite(difference) & np.isfinite(level)
    unit = np.where(good, level, 1.0) if np.all(level[good] > 0) else np.ones_like(level)
    relative = (difference / unit)[good]
    lag = max(1, len(relative) // LAGS)
    if len(relative) <= lag:
        return np.zeros_like(level)
    apart = np.abs(relative[lag:] - relative[:-lag])
    return unit * 1.4826 * float(np.median(apart)) / 2**0.5


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
