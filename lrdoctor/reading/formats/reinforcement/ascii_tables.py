"""ASCII tables of names and values, as Stable-Baselines3 and the OpenAI baselines print them, one a row of the log.

    -----------------------------        ------------------------------
    | episode_reward | 0        |        | train/             |       |
    | frame          | 640      |        |    loss            | 0.71  |
    | value          | 0.217    |        |    n_updates       | 30    |
    -----------------------------        ------------------------------

Values have three significant digits, and so have steps from a thousand on, in baselines: several tables in turn may
name the same step.  A name longer than 23 (SB3: 36) characters is cut.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.row_groups import key_of
from lrdoctor.reading.parsing.row_steps import STEP_NAMES, WEAK_STEP_NAMES
from lrdoctor.records.run import Floats, Note, Series

MAX_ROWS = 1_000  # of one table
DIGITS = 3  # significant ones of a printed number
_RULE = re.compile(r"-{12,400}")
_STEPS = (*STEP_NAMES, *WEAK_STEP_NAMES)

Cells = list[tuple[str, str]]


def tables(lines: Iterable[str]) -> Iterator[Cells]:
    """The names and values of each table that is whole: two rules, and rows between them just as wide."""
    width, cells, group = 0, list[tuple[str, str]](), ""
    for raw in lines:
        line = raw.rstrip()
        if _RULE.fullmatch(line):
            if len(line) == width and cells:
                yield cells
                width = 0
            else:
                width = len(line)
            cells, group = [], ""
            continue
        if not width:
            continue
        row = _row(line) if len(line) == width and len(cells) < MAX_ROWS else None
        if row is None:
            width = 0
            continue
        name, value = row
        if name.endswith("/") and not value:
            group = name
        elif name.startswith("   "):
            cells.append((group + name.strip(), value))
        else:
            cells.append((name.strip(), value))


def _row(line: str) -> tuple[str, str] | None:
    """The two cells of `| name | value |`."""
    parts = line.split("|")
    if len(parts) != 4 or parts[0] or parts[3] or not parts[1].startswith(" ") or not parts[1].strip():
        return None
    return parts[1][1:].rstrip(), parts[2].strip()


def step_name(names: Sequence[str]) -> str | None:
    """Which name counts the steps, the finest clock first."""
    known = [(_STEPS.index(key), name) for name in names if (key := key_of(name)) in _STEPS]
    return min(known)[1] if known else None


def curves(found: Iterable[Cells]) -> tuple[dict[str, Series], str, list[Note]]:
    """The series of all tables, not put in order yet, what their steps count, and what had to be done."""
    points, steps, axis, rounded = Points(), array("d"), None, False
    for row, cells in enumerate(found):
        values = {name: number for name, text in cells if (number := _number(text)) is not None}
        axis = axis or step_name(list(values))
        step = values.get(axis) if axis is not None else None
        steps.append(step if step is not None else steps[-1] if steps else np.nan)
        rounded = rounded or any(name == axis and "e" in text for name, text in cells)
        for name, value in values.items():
            if name != axis:
                points.add(name, row, value)
    if axis is None:
        return points.series(), "row", [Note("steps-invented", "no table names a step: tables are numbered")]
    at, notes = np.array(steps, np.float64), list[Note]()
    if rounded and (np.diff(at) >= 0).all() and (np.diff(at) == 0).any():
        at = spread(at)
        text = f"{axis} was printed with three digits: tables that name the same one are spread over it evenly"
        notes.append(Note("one-step-many-values", text))
    series = {}
    for tag, columns in points.series().items():
        own = at[columns.step.astype(np.intp)]
        series[tag] = Series(own[np.isfinite(own)], columns.value[np.isfinite(own)])
    return {tag: columns for tag, columns in series.items() if len(columns)}, axis, notes


def spread(step: Floats) -> Floats:
    """Rounded, non-decreasing steps with those that are equal spaced out as their neighbours and the rounding say.

    >>> spread(np.array([900.0, 1000.0, 1000.0, 1010.0, 1010.0])).round(1).tolist()
    [900.0, 995.0, 1002.5, 1007.5, 1012.5]
    """
    distinct, first, count = np.unique(step, return_index=True, return_counts=True)
    if len(distinct) < 2:
        return step
    middle = first + (count - 1) / 2  # the row that the printed step stands for
    row = np.arange(len(step))
    found = np.interp(row, middle, distinct)
    slopes = np.diff(distinct) / np.diff(middle)
    before, after = row < middle[0], row > middle[-1]
    found[before] = distinct[0] - slopes[0] * (middle[0] - row[before])
    found[after] = distinct[-1] + slopes[-1] * (row[after] - middle[-1])
    half = 0.5 * 10.0 ** (np.floor(np.log10(np.maximum(np.abs(step), 1.0))) - DIGITS + 1)
    return np.clip(found, step - half, step + half)


def _number(text: str) -> float | None:
    try:
        return cell_value(text)
    except ValueError:
        return None
