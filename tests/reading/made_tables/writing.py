"""A made table, and the many ways in which people write one."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = object  # a word, a number, or None where it is missing


@dataclass(frozen=True)
class MadeTable:
    """What stands in a table, before it is written: `rows` of as many cells as `names`."""

    kind: str
    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(kind: str, names: str | Sequence[str], rows: Sequence[Sequence[Cell]]) -> MadeTable:
    """A table; the names may be given as they stand in a header of CSV."""
    names = tuple(names.split(",")) if isinstance(names, str) else tuple(names)
    assert all(len(row) == len(names) for row in rows), (kind, names)
    return MadeTable(kind, names, tuple(map(tuple, rows)))


def one_of(random_: random.Random, words: str) -> str:
    """One of the words between bars."""
    return random_.choice(words.split("|"))


def spelled(random_: random.Random, names: Sequence[str]) -> tuple[str, ...]:
    """The names as one writer or another spells them: `val_loss`, `Val Loss`, `VAL_LOSS`."""
    how = random_.randrange(5)
    if how == 0:
        return tuple(name.replace("_", " ").title() for name in names)
    if how == 1:
        return tuple(name.upper() for name in names)
    return tuple(names)


def with_index(made: MadeTable, first: int = 0) -> MadeTable:
    """The table as pandas writes it: with a nameless column that numbers the rows."""
    rows = tuple((first + i, *row) for i, row in enumerate(made.rows))
    return MadeTable(made.kind, ("", *made.names), rows)


def as_text(made: MadeTable, separator: str = ",", digits: int = 5) -> str:
    """Delimited text; a blank as separator stands for columns that are aligned."""
    lines = [[_cell(cell, digits) for cell in row] for row in (made.names, *made.rows)]
    if separator == " ":
        widths = [max(map(len, column)) + 2 for column in zip(*lines, strict=True)]
        return "".join("".join(map(str.ljust, line, widths)).rstrip() + "\n" for line in lines)
    if separator == "|":
        lines.insert(1, ["---"] * len(made.names))
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return "".join(separator.join(line) + "\n" for line in lines)


def as_json(made: MadeTable, *, lines: bool) -> str:
    """A list of objects, or an object a line; cells that are missing are left out."""
    rows = [{name: cell for name, cell in zip(made.names, row, strict=True) if cell is not None} for row in made.rows]
    if lines:
        return "".join(json.dumps(row) + "\n" for row in rows)
    return json.dumps(rows, indent=2)


def _cell(cell: Cell, digits: int) -> str:
    if cell is None:
        return ""
    return f"{cell:.{digits}g}" if isinstance(cell, float) else str(cell)
