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


class Rows:
    """Collects history rows, sixteen bytes a scalar.

    `count` is the number of rows ended; `overflowed` tells that something beyond the limits above was left out.
    """

    def __init__(self) -> None:
        self.count = 0
        self.overflowed = False
        self._room = MAX_VALUES
        self._points: dict[str, tuple[array[int], array[float]]] = {}

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

    def columns(self) -> dict[str, Column]:
        """What was collected, in the order of first appearance."""
        return {
            key: Column(np.array(row, np.int64), np.array(value, np.float64))
            for key, (row, value) in self._points.items()
            if row
        }

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


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond 1e308
        return math.inf if value > 0 else -math.inf
