"""Any table with a row a step: Lightning's `metrics.csv`, Keras's CSVLogger, `progress.csv`, a table made by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UnreadableError
from lrdoctor.readers.attempts import Attempt, join_attempts, series_where
from lrdoctor.readers.cells import Column, Table, read_table
from lrdoctor.readers.head import Head
from lrdoctor.readers.layout import Layout, all_numbers, sniff
from lrdoctor.readers.reader import Reader
from lrdoctor.readers.row_groups import (
    RUN_COLUMNS,
    SPLIT_COLUMNS,
    TAG_COLUMNS,
    key_of,
    masks,
    rows_where,
    says_split,
    tag_and_value,
)
from lrdoctor.readers.row_steps import EPOCH_NAMES, INDEX_NAMES, STEP_NAMES, WEAK_STEP_NAMES, row_steps
from lrdoctor.readers.run_name import run_name
from lrdoctor.readers.settings import companion_settings
from lrdoctor.run import Note, Run, Series, Source
from lrdoctor.vocabulary import is_loss_name, words

NAME = "table"
TELLING_NAMES = frozenset({"progress", "metrics", "history", "log", "logs", "training", "measurements", "results"})
TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
SAMPLE_CELLS = 20  # of a column, to see whether it holds numbers
NAMES_SHOWN = 8
NAMELESS_SERIES = ("", "0")  # the header pandas writes for one
NAME_COLUMNS = frozenset({"name", "model", "model_name", "config", "id", "method", "task"}) | RUN_COLUMNS
CLOCK_COLUMNS = frozenset({"wall_time", "walltime", "timestamp", "time_stamp"})
UNIX_TIMES = (1e8, 1e11)  # below it is no Unix time; above it counts milliseconds


def recognise(head: Head) -> str | None:
    """By a header that names steps or a loss above columns of numbers, or a file named after the loss it holds."""
    layout = sniff(head)
    if layout is None or not (layout.rows or layout.names):
        return None
    if not layout.names or layout.names == NAMELESS_SERIES:
        return _recognise_without_header(head.path, layout)
    if _is_another_format(layout):
        return None
    numeric = [name for name, cells in _sample(layout) if _is_mostly_numbers(cells)]
    if not layout.rows:
        numeric = list(layout.names)
    losses = [name for name in numeric if _is_lossy(name)]
    telling = bool(losses) or bool(TELLING_NAMES & set(words(head.path.stem)))
    strong = (*STEP_NAMES, *EPOCH_NAMES, *(WEAK_STEP_NAMES if telling else ()))
    steps = sorted((name for name in numeric if key_of(name) in strong), key=lambda name: strong.index(key_of(name)))
    if losses:
        return f"the columns {_listed([*steps[:1], *losses[:2]])}"
    if steps and len(numeric) > len(steps):
        return f"the columns {_listed([steps[0], *(name for name in numeric if name not in steps)][:3])}"
    return None


def read(source: Source) -> list[Run]:
    """One run, or several where a column such as `run` or `fold` tells them apart; raises `UnreadableError`."""
    path = source.files[-1]
    table = read_table(path)
    columns = _named(table, path)
    if len(table) < 2:
        held = "a single row" if len(table) else "a header and no row"
        raise UnreadableError(f"a table with {held}: a curve needs several: give the log with one row a step")
    if table.layout.names and table.long_rows == len(table):
        raise UnreadableError(
            "more cells in every row than names in the header: name them all, and quote numbers with decimal commas"
        )
    settings, notes = companion_settings(source.companions)
    notes += _notes(table)
    runs = []
    for label, mask in masks(columns, RUN_COLUMNS):
        chosen = [rows_where(column, mask) for column in columns]
        curves = _curves(chosen, table.repeated_headers if label is None else ())
        _check(curves, chosen)
        name = run_name(source.path) if label is None else f"{run_name(source.path)}/{label}"
        runs.append(Run(name, curves.series, source, settings, curves.axis, [*notes, *curves.notes]))
    return runs


@dataclass(frozen=True, eq=False)
class _Curves:
    series: dict[str, Series]
    axis: str
    notes: list[Note]


def _curves(columns: Sequence[Column], headers: Sequence[int]) -> _Curves:
    """The series of one run; split by `phase`, or by `tag` where there is one `value` column for all."""
    by_tag = tag_and_value(columns)
    if by_tag is not None:
        tag, value = by_tag
        others = [column for column in columns if column is not tag]
        parts = []
        for label, mask in masks([tag], TAG_COLUMNS):
            part = [rows_where(replace(c, name=label or c.name) if c is value else c, mask) for c in others]
            parts.append(_plain_curves(part, ()))
        return _merged(parts)
    parts = []
    for label, mask in masks(columns, SPLIT_COLUMNS):
        part = [rows_where(column, mask) for column in columns]
        curves = _plain_curves(part, headers if label is None else ())
        if label is not None:
            series = {tag if says_split(tag) else f"{label}/{tag}": points for tag, points in curves.series.items()}
            curves = _Curves(series, curves.axis, curves.notes)
        parts.append(curves)
    return _merged(parts)


def _plain_curves(columns: Sequence[Column], headers: Sequence[int]) -> _Curves:
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
    return _Curves(joined, clock.name, [*clock.notes, *notes])


def _points(column: Column, rows: NDArray[np.intp], step: NDArray[np.float64], wall: Column | None) -> Series:
    """The points of one column in these rows, sorted by step: row order need not be time order."""
    rows = rows[column.present[rows] & np.isfinite(step[rows])]
    wall_time = None
    if wall is not None and wall.present[rows].all():
        wall_time = np.where(wall.value[rows] > UNIX_TIMES[1], wall.value[rows] / 1000, wall.value[rows])
    points = Series(step[rows], column.value[rows], wall_time)
    return series_where(points, np.argsort(points.step, kind="stable"))


def _merged(parts: Sequence[_Curves]) -> _Curves:
    series: dict[str, Series] = {}
    for part in parts:
        series |= part.series
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    return _Curves(series, parts[0].axis, list(notes))


def _named(table: Table, path: Path) -> list[Column]:
    """The columns, named after the file where there is no header: an index, perhaps, and the loss."""
    if table.layout.names:
        if table.names == NAMELESS_SERIES and _is_lossy(path.stem):
            return [table.columns[0], replace(table.columns[1], name=path.stem)]
        return list(table.columns)
    if not _is_lossy(path.stem) or len(table.columns) > 2:
        raise UnreadableError(
            "numbers without a header, and nothing that says what they are: add a first line such as `step,loss`"
        )
    names = [path.stem] if len(table.columns) == 1 else ["", path.stem]
    return [replace(column, name=name) for column, name in zip(table.columns, names, strict=True)]


def _check(curves: _Curves, columns: Sequence[Column]) -> None:
    if not curves.series:
        raise UnreadableError(f"a table without a column of numbers ({_found(columns)}): log the loss as a number")
    names = next((c for c in columns if key_of(c.name) in NAME_COLUMNS and len(c.labels) == len(c.value)), None)
    if curves.axis == "row" and names is not None:
        raise UnreadableError(
            f"a table with a different {names.name} in each row: it lists runs and holds no curve: give one run's log"
        )
    if curves.axis == "row" and not any(_is_lossy(tag) for tag in curves.series):
        raise UnreadableError(
            f"a table with neither a step nor a loss column ({_found(columns)}): rename them to `step` and `loss`"
        )


def _notes(table: Table) -> list[Note]:
    notes = []
    if table.torn:
        notes.append(Note("torn-tail", "the last line ends inside a row: it was left out"))
    if table.first_long_row is not None:
        where = f"row {table.first_long_row + 1}" + (" and later ones hold" if table.long_rows > 1 else " holds")
        notes.append(Note("skipped", f"{where} more cells than the header has names: the surplus was left out"))
    for column in table.columns:
        if column.words and _is_lossy(column.name):
            what = "those cells were" if column.is_numeric else "the column was"
            text = f"{column.name} holds words in {column.words:,} of {len(table):,} rows: {what} left out"
            notes.append(Note("skipped", text, column.name))
    return notes


def _recognise_without_header(path: Path, layout: Layout) -> str | None:
    if layout.width > 2 or not all(map(all_numbers, layout.rows)):
        return None
    if _is_lossy(path.stem):
        return "numbers without a header in a file named after a loss"
    return "numbers without a header" if path.suffix.lower() in TABLE_SUFFIXES and layout.width == 1 else None


def _is_another_format(layout: Layout) -> bool:
    """W&B's exports, TensorBoard's downloads and Optuna's trials have readers of their own."""
    names = set(layout.names)
    return (
        any(name.endswith(("__MIN", "__MAX")) for name in names)
        or {"_step", "_runtime", "_timestamp"} <= names
        or layout.names == ("Wall time", "Step", "Value")
        or layout.names[:2] == ("Name", "State")
        or ({"number", "state"} <= names and any(name.startswith("params_") for name in names))
    )


def _sample(layout: Layout) -> Iterator[tuple[str, list[str]]]:
    for i, name in enumerate(layout.names):
        yield name, [row[i] for row in layout.rows if i < len(row)]


def _is_mostly_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell][:SAMPLE_CELLS]
    return not filled or sum(all_numbers([cell]) for cell in filled) > len(filled) // 2


def _is_lossy(name: str) -> bool:
    """A loss or a part of one; or a file's name such as `val_losses`."""
    return is_loss_name(name) or any(word.endswith(("loss", "losses")) for word in words(name))


def _is_unix_time(column: Column) -> bool:
    if key_of(column.name) not in CLOCK_COLUMNS or not column.is_numeric:
        return False
    return bool(np.nanmin(column.value[column.present]) > UNIX_TIMES[0])


def _found(columns: Sequence[Column]) -> str:
    return "found " + (_listed([column.name for column in columns if column.name]) or "none with a name")


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(name[:60] for name in names[:NAMES_SHOWN]) + more


READER = Reader(NAME, "tables (CSV, TSV) with a row a step", recognise, read)
