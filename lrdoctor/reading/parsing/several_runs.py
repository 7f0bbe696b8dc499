"""Tables that hold several trainings: below each other or row by row in turn, told apart by columns or by steps.

A column parts the rows where in each part the steps rise from one and the same first step, which they do not over all
rows.  Its name says nothing: `optimizer`, `method`, `lr` and `variant` are met.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor.reading.parsing.row_groups import (
    RUN_COLUMNS,
    SPLIT_COLUMNS,
    TAG_COLUMNS,
    key_of,
    labelled,
    masks,
    says_split,
    tag_and_value,
)
from lrdoctor.reading.parsing.row_steps import (
    EPOCH_NAMES,
    STEP_NAMES,
    WEAK_STEP_NAMES,
    is_clock,
    main_column,
    row_steps,
)
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.tags import is_loss_name, is_metric_name

Rows = NDArray[np.bool_]
MAX_COLUMNS = 6  # that may part the rows, of which up to three do so together
MAX_TOGETHER = 3
MIN_ROWS = 4  # of a part
MIN_TRAINING = 8  # rows: a shorter attempt was given up


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of one run.

    Args:
        label: what tells it apart, None where it is the only one.
        rows: a mask.
        settings: what the columns that part the rows say of it.
    """

    label: str | None
    rows: Rows
    settings: dict[str, HParam] = field(default_factory=dict)


def parts_of(columns: Sequence[Column], headers: Sequence[int] = ()) -> list[Part]:
    """The runs in a table's rows; `headers` are the rows before which the header stands again."""
    found = _by_columns(columns)
    if not found:
        found = [Part(label, rows) for label, rows in masks(columns, RUN_COLUMNS)]
    if len(found) > 1 or tag_and_value(columns) or _split_column(columns):
        return found
    return _by_steps(columns, headers) or found


def _by_columns(columns: Sequence[Column]) -> list[Part]:
    """By the fewest columns that leave steps that rise; none where they rise as they are, or by no columns."""
    steps = _steps(columns)
    if steps is None:
        return []
    split = _split_column(columns)
    rows = main_column(columns).present.copy()
    known = np.isfinite(steps) & rows
    base = np.zeros(len(steps), np.int64) if split is None else _codes(split)
    if _rise(steps, base, known) is not None and not any(_is_run_column(c) for c in columns):
        return []
    may = [c for c in columns if c is not split and _may_part(c)]
    may = sorted(may, key=lambda c: not _is_run_column(c))[:MAX_COLUMNS]
    for count in range(1, MAX_TOGETHER + 1):
        for chosen in combinations(may, count):
            codes = _joint([_codes(column) for column in chosen])
            firsts = _rise(steps, _joint([codes, base]), known)
            if firsts is not None and len(firsts) > 1 and firsts.max() - firsts.min() <= _gap(steps, codes, known):
                return [_part(chosen, codes == code) for code in dict.fromkeys(codes.tolist())]
    return []


def _part(chosen: Sequence[Column], rows: Rows) -> Part:
    first = int(np.argmax(rows))
    settings: dict[str, HParam] = {}
    told = []
    for column in chosen:
        name = column.name.strip()
        if column.label is not None and column.label[first] >= 0:
            settings[name] = column.labels[column.label[first]]
            told.append(str(settings[name]))
        else:
            value = float(column.value[first])
            settings[name] = int(value) if value.is_integer() else value
            told.append(f"{name}={value:g}")
    return Part(" ".join(told), rows, settings)


def _steps(columns: Sequence[Column]) -> NDArray[np.float64] | None:
    """What counts, with the epoch before the step where both stand there; None where nothing does."""
    names = {key_of(column.name): column for column in reversed(columns) if column.is_numeric}
    step = next((names[name] for name in (*STEP_NAMES, *WEAK_STEP_NAMES) if name in names), None)
    epoch = next((names[name] for name in EPOCH_NAMES if name in names), None)
    found = step or epoch
    if found is None:
        return None
    if step is None or epoch is None or not (step.present.any() and epoch.present.any()):
        return np.where(found.present, found.value, np.nan)
    most = float(np.nanmax(step.value[step.present])) + 1
    return np.where(step.present & epoch.present, epoch.value * most + step.value, np.nan)


def _rise(steps: NDArray[np.float64], codes: NDArray[np.int64], known: Rows) -> NDArray[np.float64] | None:
    """The first step of each part, where in every part the steps rise from row to row; else None."""
    firsts = []
    for code in np.unique(codes[known]):
        own = steps[known & (codes == code)]
        if len(own) < MIN_ROWS or not (np.diff(own) > 0).all():
            return None
        firsts.append(own[0])
    return np.array(firsts) if firsts else None


def _gap(steps: NDArray[np.float64], codes: NDArray[np.int64], known: Rows) -> float:
    own = steps[known & (codes == codes[known][0])]
    return float(np.median(np.diff(own)))


def _may_part(column: Column) -> bool:
    """Whether a column has a few values that are met again, and is no measure, counter or clock."""
    key = key_of(column.name)
    if is_clock(column.name) or key in TAG_COLUMNS or is_loss_name(column.name) or is_metric_name(column.name):
        return False
    found = labelled(column)
    return bool(found) and not all(map(says_split, found))


def _is_run_column(column: Column) -> bool:
    return key_of(column.name) in RUN_COLUMNS and bool(labelled(column))


def _split_column(columns: Sequence[Column]) -> Column | None:
    """The column that says which rows are of training and which of validation."""
    for column in columns:
        found = labelled(column) if key_of(column.name) in SPLIT_COLUMNS or column.label is not None else {}
        if found and all(map(says_split, found)):
            return column
    return None


def _codes(column: Column) -> NDArray[np.int64]:
    """A number for each row, the same for the same label or value."""
    if column.label is not None and (column.label >= 0).all():
        return column.label.astype(np.int64)
    return np.asarray(np.unique(column.value, return_inverse=True)[1], np.int64)


def _joint(codes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.asarray(np.unique(np.stack(codes), axis=1, return_inverse=True)[1], np.int64).reshape(-1)


def _by_steps(columns: Sequence[Column], headers: Sequence[int]) -> list[Part]:
    """One below the other, where the steps begin again from the first one after a training of some length."""
    clock = row_steps(columns, headers)
    if clock.column is None:
        return []
    length = len(clock.step)
    starts = [row for row in clock.attempts if clock.step[row] <= np.nanmin(clock.step)]
    main = main_column(columns).present
    bounds = [0]
    for begin, end in pairwise([*starts, length]):
        enough = all(int(main[a:b].sum()) >= MIN_TRAINING for a, b in ((bounds[-1], begin), (begin, end)))
        if enough:
            bounds.append(begin)
    if len(bounds) < 2:
        return []
    return list(_stretches([*bounds, length], length))


def _stretches(bounds: Sequence[int], length: int) -> Iterator[Part]:
    at = np.arange(length)
    for number, (begin, end) in enumerate(pairwise(bounds), start=1):
        yield Part(str(number), (at >= begin) & (at < end))
