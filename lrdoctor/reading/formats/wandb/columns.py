"""W&B history rows: the scalars of each call of `run.log`, collected key by key.

They come from `run.history()` tables and from `.wandb` files alike.
"""

import math
from array import array
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lrdoctor.records.run import Floats

MAX_KEYS = 20_000  # distinct metrics in one run; W&B's own advice is to stay below 10,000
MAX_KEY = 300  # characters in a metric's name; names in real logs stay below 100
MAX_VALUES = 2**26  # scalars in one log: a gigabyte
MAX_DEPTH = 16  # of nested values; two have been seen

_NON_FINITE = MappingProxyType({"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf})


@dataclass(frozen=True, eq=False)
class Column:
    """One key's points: `value[i]` was logged in row `row[i]`; rows increase; shapes (n,)."""

    row: NDArray[np.int64]
    value: Floats


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of the same keys: their numbers, and their values one row after the other."""

    keys: tuple[str, ...]
    row: "array[int]"
    value: "array[float]"


class Rows:
    """Collects history rows, sixteen bytes a scalar.

    `count` is the number of rows ended; `overflowed` tells that something beyond the limits above was left out.
    """

    def __init__(self) -> None:
        self.count = 0
        self.overflowed = False
        self._room = MAX_VALUES
        self._points: dict[str, tuple[array[int], array[float]]] = {}
        self._blocks: list[Block] = []

    def add(self, key: str, value: object, depth: int = 0) -> None:
        """One item of the current row: a number is kept, a dict flattened with `.`, anything else passed over."""
        if type(value) is float and (points := self._points.get(key)) is not None and self._room:
            self._room -= 1  # as nearly always, and then nothing more is asked
            self._put(*points, value)
            return
        if isinstance(value, str):
            value = _NON_FINITE.get(value)  # how W&B's API spells what JSON cannot say
        if isinstance(value, dict):
            if "_type" not in value and depth < MAX_DEPTH:  # `_type` marks a histogram, an image, a table
                for name, item in value.items():
                    self.add(f"{key}.{name}", item, depth + 1)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            points = self._of(key, 1)
            if points is not None:
                self._put(*points, _float(value))

    def add_column(self, key: str, rows: NDArray[np.int64], values: Floats) -> None:
        """Many points of one key; `rows` increase and count from the current row."""
        points = self._of(key, len(rows))
        if points is not None:
            points[0].frombytes((rows + self.count).astype(np.int64).tobytes())
            points[1].frombytes(values.astype(np.float64).tobytes())

    def end(self, rows: int = 1) -> None:
        """Go on to the next row, or so many rows further."""
        self.count += rows

    def block(self, keys: tuple[str, ...]) -> "Block | None":
        """Where rows of just these keys go; None where a key is new or stands twice among them."""
        if len(set(keys)) < len(keys) or any(key not in self._points for key in keys):
            return None
        self._blocks.append(Block(keys, array("q"), array("d")))
        return self._blocks[-1]

    def add_row(self, block: "Block", values: list[float]) -> bool:
        """One whole row, a number for each of the block's keys; False, and nothing kept, where there is no room."""
        if len(values) > self._room:
            return False
        self._room -= len(values)
        block.row.append(self.count)
        block.value.extend(values)
        self.count += 1
        return True

    def columns(self) -> dict[str, Column]:
        """What was collected, in the order of first appearance."""
        pieces = {
            key: [(np.array(row, np.int64), np.array(value, np.float64))] for key, (row, value) in self._points.items()
        }
        for block in self._blocks:
            row = np.array(block.row, np.int64)
            values = np.array(block.value, np.float64).reshape(len(row), len(block.keys))
            for place, key in enumerate(block.keys):
                pieces[key].append((row, values[:, place]))
        return {key: _column(those) for key, those in pieces.items() if any(len(row) for row, _ in those)}

    def _of(self, key: str, more: int) -> "tuple[array[int], array[float]] | None":
        """Where the next `more` points of a key go, or None where there is no room for them."""
        points = self._points.get(key)
        if more > self._room or (points is None and (len(self._points) >= MAX_KEYS or len(key) > MAX_KEY)):
            self.overflowed = True
            return None
        self._room -= more
        if points is None:
            points = self._points[key] = (array("q"), array("d"))
        return points

    def _put(self, row: "array[int]", value: "array[float]", number: float) -> None:
        if row and row[-1] == self.count:  # the same key twice in one row: the later one holds
            value[-1] = number
        else:
            row.append(self.count)
            value.append(number)


def _column(pieces: list[tuple[NDArray[np.int64], Floats]]) -> Column:
    """A key's points from where they were collected, by row."""
    row, value = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    if len(pieces) > 1:
        order = np.argsort(row, kind="stable")
        row, value = row[order], value[order]
    return Column(row, value)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond 1e308
        return math.inf if value > 0 else -math.inf
