"""Rows with a value a column made into curves: what tables and JSON rows have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor.reading.parsing.restarts import Attempt, join_attempts, series_where
from lrdoctor.reading.parsing.row_groups import (
    SPLIT_COLUMNS,
    TAG_COLUMNS,
    key_of,
    masks,
    rows_where,
    says_split,
    tag_and_value,
)
from lrdoctor.reading.parsing.row_steps import INDEX_NAMES, row_steps
from lrdoctor.reading.parsing.several_runs import parts_of
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.records.run import HParam, Note, Series

CLOCK_COLUMNS = frozenset({"wall_time", "walltime", "timestamp", "time_stamp"})
UNIX_TIMES = (1e8, 1e11)  # below it is no Unix time; above it counts milliseconds


@dataclass(frozen=True, eq=False)
class Curves:
    """The series of one run.

    Args:
        label: the run's name among several in the same rows, None where there is one run.
        columns: what they were made of.
        series: tag to points.
        axis: what the steps count; `row` where nothing does.
        notes: what had to be done.
        settings: what tells the run apart from others in the same rows.
    """

    label: str | None
    columns: Sequence[Column]
    series: dict[str, Series]
    axis: str
    notes: list[Note]
    settings: Mapping[str, HParam] = field(default_factory=dict)


def curves_of_runs(columns: Sequence[Column], headers: Sequence[int] = ()) -> Iterator[Curves]:
    """The curves of each run that a column such as `run` or `fold` tells apart, or of the only one.

    Args:
        columns: all of one length.
        headers: the rows before which a header stands again.
    """
    for part in parts_of(columns, headers):
        chosen = [rows_where(column, part.rows) for column in columns]
        yield replace(_curves(chosen, headers if part.label is None else ()), label=part.label, settings=part.settings)


def _curves(columns: Sequence[Column], headers: Sequence[int]) -> Curves:
    """The series of one run; split by `phase`, or by `tag` where there is one `value` column for all."""
    by_tag = tag_and_value(columns)
    if by_tag is not None:
        tag, value = by_tag
        others = [column for column in columns if column is not tag]
        parts = []
        for label, mask in masks([tag], TAG_COLUMNS):
            part = [rows_where(replace(c, name=label or c.name) if c is value else c, mask) for c in others]
            parts.append(_split_curves(part, ()))
        return _merged(columns, parts)
    return _split_curves(columns, headers)


def _split_curves(columns: Sequence[Column], headers: Sequence[int]) -> Curves:
    """The series of one run, those of training and of validation apart where a column such as `phase` tells them."""
    parts = []
    for label, mask in masks(columns, SPLIT_COLUMNS):
        part = [rows_where(column, mask) for column in columns]
        curves = _plain_curves(part, headers if label is None else ())
        if label is not None:
            series = {tag if says_split(tag) else f"{label}/{tag}": points for tag, points in curves.series.items()}
            curves = replace(curves, series=series)
        parts.append(curves)
    return _merged(columns, parts)


def _plain_curves(columns: Sequence[Column], headers: Sequence[int]) -> Curves:
    clock = row_steps(columns, headers)
    wall = next((column for column in columns if _is_unix_time(column)), None)
    left_out = {id(clock.column), id(wall)}
    metrics = [c for c in columns if id(c) not in left_out and c.is_numeric and key_of(c.name) not in INDEX_NAMES]
    bounds = [0, *clock.attempts, len(clock.step)]
    attempts = []
    for begin, end in pairwise(bounds):
        rows = np.arange(begin, end)
        series = {column.name: _points(column, rows, clock.step, wall) for column in metrics}
        attempts.append(Attempt({tag: points for tag, points in series.items() if len(points)}))
    joined, notes = join_attempts(attempts)
    return Curves(None, columns, joined, clock.name, [*clock.notes, *notes])


def _points(column: Column, rows: NDArray[np.intp], step: NDArray[np.float64], wall: Column | None) -> Series:
    """The points of one column in these rows, sorted by step: row order need not be time order."""
    rows = rows[column.present[rows] & np.isfinite(step[rows])]
    wall_time = None
    if wall is not None and wall.present[rows].all():
        wall_time = np.where(wall.value[rows] > UNIX_TIMES[1], wall.value[rows] / 1000, wall.value[rows])
    points = Series(step[rows], column.value[rows], wall_time)
    return series_where(points, np.argsort(points.step, kind="stable"))


def _merged(columns: Sequence[Column], parts: Sequence[Curves]) -> Curves:
    series: dict[str, Series] = {}
    for part in parts:
        series |= part.series
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    return Curves(None, columns, series, parts[0].axis, list(notes))


def _is_unix_time(column: Column) -> bool:
    if key_of(column.name) not in CLOCK_COLUMNS or not column.is_numeric:
        return False
    return bool(np.nanmin(column.value[column.present]) > UNIX_TIMES[0])
