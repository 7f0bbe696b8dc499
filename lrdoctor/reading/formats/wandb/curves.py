"""From W&B's columns to series: which column counts the steps, where training started over, what is no metric.

`_step` counts calls of `run.log`, not iterations, so a column in which the user logged the iteration is preferred.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.wandb.columns import Column
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.records.run import Floats, Note, Series

STEP, TIMESTAMP, RUNTIME = "_step", "_timestamp", "_runtime"
# Names of columns that count iterations, as `_canonical` spells them; the first that can serve does.
ITERATIONS = (
    "train_global_step",
    "trainer_global_step",
    "global_step",
    "iter",
    "iteration",
    "iterations",
    "train_iter",
    "train_iteration",
    "step",
    "steps",
    "train_step",
    "num_updates",
)
MIN_COVERAGE = 0.5  # share of the rows that must carry the step column; between them it is interpolated
MAX_RESTARTS = 3  # a column that goes back more often counts something within an epoch
FURTHER = 1.5  # an attempt from the very beginning must go so many times as far as the one before
MILLISECONDS = 1e11  # Unix times above are in milliseconds: 1e11 s is the year 5138

_NO_METRIC = re.compile(r"_|system[/.]")
_SEPARATORS = re.compile(r"[\s/.\-_]+")


@dataclass(frozen=True, eq=False)
class Curves:
    """The series of one run, what their steps count, and what was noticed."""

    series: Mapping[str, Series]
    step_axis: str
    notes: tuple[Note, ...]


def curves(columns: Mapping[str, Column], declared: Sequence[str] = ()) -> Curves:
    """The series in `columns`, on the best step column; `declared` are the step metrics the user named to W&B.

    Raises:
        UnreadableError: there is no metric, or several runs stand below each other.
    """
    metrics = {key: column for key, column in columns.items() if not _NO_METRIC.match(key)}
    if not metrics:
        raise UnreadableError("no metric that is a number: log the loss with `run.log`, or name another run's file")
    axis, steps, main = _axis(columns, metrics, declared)
    if axis == STEP and not _starts_over_seldom(steps[main.row]):
        raise UnreadableError(f"several runs in one table, since {STEP} starts over: save each run to its own file")
    invented = [Note("steps-invented", "there is no step column: points are numbered by row")] if axis is None else []
    metrics.pop(axis or "", None)
    bounds = [0, *main.row[_falls(steps[main.row])].tolist(), len(steps)]
    attempts = [Attempt(_series(metrics, steps, columns.get(TIMESTAMP), range(*rows))) for rows in pairwise(bounds)]
    series, notes = join_attempts(attempts)
    return Curves(series, axis or "row", (*invented, *notes))


def _axis(
    columns: Mapping[str, Column], metrics: Mapping[str, Column], declared: Sequence[str]
) -> tuple[str | None, Floats, Column]:
    """The step column's name if there is one, the step of every row, and the longest metric, by which it was judged."""
    count = 1 + max(int(column.row[-1]) for column in columns.values())
    finite = [key for key in _candidates(metrics, declared) if np.isfinite(columns[key].value).all()]
    others = {key: column for key, column in metrics.items() if key not in finite}
    main = max((others or metrics).values(), key=lambda column: len(column.row))
    if others:
        logged = np.unique(np.concatenate([column.row for column in others.values()]))
        for key in finite:
            steps = _every_row(columns[key], count)
            if _serves(columns[key], steps, main, logged):
                return key, steps, main
    if STEP in columns and np.isfinite(columns[STEP].value).all():
        return STEP, _every_row(columns[STEP], count), main
    return None, np.arange(count, dtype=np.float64), main


def _candidates(metrics: Mapping[str, Column], declared: Sequence[str]) -> Iterator[str]:
    yield from (key for key in dict.fromkeys(declared) if key in metrics)
    spelled = {_SEPARATORS.sub("_", key.strip().lower()): key for key in reversed(list(metrics)) if key not in declared}
    yield from (spelled[name] for name in ITERATIONS if name in spelled)


def _every_row(column: Column, count: int) -> Floats:
    return np.interp(np.arange(count), column.row, column.value)


def _serves(column: Column, steps: Floats, main: Column, logged: NDArray[np.int64]) -> bool:
    """Whether a column is a usable step axis: logged with the metrics, fine enough, and not starting over."""
    at = steps[main.row]
    return (
        bool(np.isin(logged, column.row, assume_unique=True).mean() >= MIN_COVERAGE)
        and len(np.unique(at)) >= max(1, len(at) / 2)
        and _starts_over_seldom(at)
    )


def _falls(steps: Floats) -> NDArray[np.intp]:
    """Where the steps go back: each index is of the first point after."""
    return np.flatnonzero(np.diff(steps) < 0) + 1


def _starts_over_seldom(steps: Floats) -> bool:
    """Whether each step back looks like training resumed, not like a counter within an epoch or another run."""
    falls = _falls(steps)
    return len(falls) <= MAX_RESTARTS and all(
        steps[i] > steps[0] or steps[i:].max() >= FURTHER * steps[:i].max() for i in falls
    )


def _series(columns: Mapping[str, Column], steps: Floats, clock: Column | None, rows: range) -> dict[str, Series]:
    """The points logged in `rows`, with the time of each row where all have one."""
    series = {}
    for key, column in columns.items():
        begin, end = np.searchsorted(column.row, (rows.start, rows.stop))
        at = column.row[begin:end]
        if not len(at):
            continue
        wall_time = None
        if clock is not None and np.isin(at, clock.row, assume_unique=True).all():
            wall_time = clock.value[np.searchsorted(clock.row, at)]
            wall_time = np.where(wall_time > MILLISECONDS, wall_time / 1000, wall_time)
        series[key] = Series(steps[at], column.value[begin:end], wall_time)
    return series
