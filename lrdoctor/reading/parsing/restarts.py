"""Points of several attempts at one run as one: restarts, resets and repeated steps put in order.

A later attempt that logs a step again makes what the earlier one logged from there on a dead end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.records.run import Note, Series

MAX_RESETS = 3  # a step that falls more often than this comes from writers racing, not from restarts


@dataclass(frozen=True, eq=False)
class Attempt:
    """What one process logged.

    Args:
        series: tag to points in the order written.
        purge_step: earlier attempts' points at or past this step are void; None where nothing says so.
    """

    series: Mapping[str, Series]
    purge_step: float | None = None


def join_attempts(attempts: Sequence[Attempt]) -> tuple[dict[str, Series], list[Note]]:
    """All attempts, oldest first, as one set of series with non-decreasing steps, and what had to be done for it."""
    joined: dict[str, Series] = {}
    notes: list[Note] = []
    for attempt in attempts:
        new, found = in_order(attempt.series)
        notes += found
        cut = restart_step(joined, new, attempt.purge_step)
        if cut is not None:
            kept = {tag: series_where(old, old.step < cut) for tag, old in joined.items()}
            dropped = sum(map(len, joined.values())) - sum(map(len, kept.values()))
            joined = {tag: old for tag, old in kept.items() if len(old)}
            if dropped:
                notes.append(restart(cut, dropped))
        for tag, points in new.items():
            joined[tag] = _appended(joined[tag], points) if tag in joined else points
    return joined, notes + repeated_steps(joined)


def restart_step(old: Mapping[str, Series], new: Mapping[str, Series], purge_step: float | None = None) -> float | None:
    """The step from which `new` overrides `old`, or None where it only continues or adds to it.

    A series with a single step does not count: that is a final evaluation or a dummy such as Lightning's `hp_metric`.
    """
    cuts = [] if purge_step is None else [purge_step]
    for tag, points in new.items():
        if tag in old and points.step[0] < points.step[-1] and points.step[0] <= old[tag].step[-1]:
            cuts.append(float(points.step[0]))
    return min(cuts, default=None)


def restart(step: float, dropped: int) -> Note:
    """The note for a restart: from `step` on, `dropped` points of earlier attempts were left out."""
    points = "1 point" if dropped == 1 else f"{dropped:,} points"
    return Note(
        "restart",
        f"restart at step {step:g}: dropped {points} that an earlier attempt had logged from there on",
        step=step,
    )


def in_order(series: Mapping[str, Series]) -> tuple[dict[str, Series], list[Note]]:
    """Each series of one attempt with non-decreasing steps.

    Where every step is the same, or each epoch counts from the same step again, points are numbered instead.
    """
    ordered: dict[str, Series] = {}
    numbered: list[str] = []
    cut, dropped = np.inf, 0
    for tag, points in series.items():
        falls = np.flatnonzero(np.diff(points.step) < 0) + 1
        if _has_no_steps(points.step, falls):
            numbered.append(tag)
            ordered[tag] = Series(np.arange(len(points), dtype=np.float64), points.value, points.wall_time)
        elif 0 < len(falls) <= MAX_RESETS:
            keep, lowest = _last_attempts(points.step, falls)
            ordered[tag] = series_where(points, keep)
            cut, dropped = min(cut, lowest), dropped + int(np.count_nonzero(~keep))
        else:
            ordered[tag] = series_where(points, np.argsort(points.step, kind="stable")) if len(falls) else points
    notes = [restart(float(cut), dropped)] if dropped else []
    if numbered:
        notes.append(
            Note(
                "steps-invented",
                f"no usable steps in {_names(numbered)}: points are numbered as logged",
                _only(numbered),
            )
        )
    return ordered, notes


def repeated_steps(series: Mapping[str, Series]) -> list[Note]:
    """One note where several different values share a step; they are all kept, in the order logged."""
    most = {tag: _most_on_one_step(points) for tag, points in series.items()}
    tags = [tag for tag, count in most.items() if count > 1]
    if not tags:
        return []
    message = f"up to {max(most.values()):,} values on one step in {_names(tags)}: all kept, in the order logged"
    return [Note("one-step-many-values", message, _only(tags))]


def series_where(points: Series, index: NDArray[np.bool_] | NDArray[np.intp]) -> Series:
    """The points that `index`, a mask or positions, picks."""
    return Series(
        points.step[index], points.value[index], None if points.wall_time is None else points.wall_time[index]
    )


def _has_no_steps(step: NDArray[np.float64], falls: NDArray[np.intp]) -> bool:
    if len(step) > 1 and step.min() == step.max():
        return len(step) > 2 or step[0] == 0  # two values at one late step are an evaluation made twice
    return len(falls) > 1 and bool(np.all(step[falls] == step[0]))


def _last_attempts(step: NDArray[np.float64], falls: NDArray[np.intp]) -> tuple[NDArray[np.bool_], float]:
    """A mask without the points that a later stretch logs again, and the lowest step where one begins."""
    keep = np.ones(len(step), dtype=bool)
    for begin in falls:
        keep[:begin] &= step[:begin] < step[begin]
    return keep, float(step[falls].min())


def _appended(old: Series, new: Series) -> Series:
    """`new` after `old`; a step that both hold keeps the new values."""
    old = series_where(old, ~np.isin(old.step, new.step))
    times = None if old.wall_time is None or new.wall_time is None else np.concatenate([old.wall_time, new.wall_time])
    both = Series(np.concatenate([old.step, new.step]), np.concatenate([old.value, new.value]), times)
    return series_where(both, np.argsort(both.step, kind="stable"))


def _most_on_one_step(points: Series) -> int:
    """The most points that share a step; 1 where they only repeat their value, as Lightning's `epoch` does."""
    step, value = points.step, points.value
    if not np.any((np.diff(step) == 0) & (value[1:] != value[:-1])):
        return 1
    begins = np.flatnonzero(np.diff(step, prepend=-np.inf) > 0)
    return int(np.diff(begins, append=len(step)).max(initial=0))


def _names(tags: Sequence[str]) -> str:
    return ", ".join(tags[:3]) + (f" and {len(tags) - 3} more" if len(tags) > 3 else "")


def _only(tags: Sequence[str]) -> str | None:
    return tags[0] if len(tags) == 1 else None
