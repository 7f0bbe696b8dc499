"""Fewer points, the same picture: what a polyline keeps when it is drawn a few hundred columns wide."""

import numpy as np
from numpy.typing import NDArray

from lrdoctor.records.run import Floats
from lrdoctor.report.figures.axes import Axis, unit

# Columns a curve is thinned to: with two points in each, a line of the densest log stays small.
COLUMNS = 200


def columns_of(across: Axis, step: Floats) -> NDArray[np.int64]:
    """The column of `COLUMNS` that each place of an axis falls into, shape (n,); -1 and `COLUMNS` are outside."""
    at = unit(across, step) * COLUMNS
    return np.asarray(np.clip(np.floor(np.nan_to_num(at, nan=-1.0)), -1, COLUMNS), dtype=np.int64)


def envelope(column: NDArray[np.int64], value: Floats) -> NDArray[np.int64]:
    """Indices of the lowest and highest point of every column, and of the first and last of all, in order.

    `column[i]` (non-decreasing) is the pixel column that point i falls into; `value` is finite, both of shape (n,).
    A line through these points reaches as high and as low in each column as one through all of them: two a column.

    >>> envelope(np.array([0, 0, 0, 0, 0, 1]), np.array([3.0, 9.0, 4.0, 1.0, 2.0, 7.0]))
    array([0, 1, 3, 5])
    """
    if not len(value):
        return np.empty(0, dtype=np.int64)
    by_value = np.lexsort((value, column))
    starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
    ends = np.r_[starts[1:], len(column)] - 1
    return np.unique(np.r_[0, by_value[starts], by_value[ends], len(column) - 1])


def column_medians(column: NDArray[np.int64], value: Floats) -> Floats:
    """The median of a curve in each column that it reaches; both of shape (n,), `column` non-decreasing.

    >>> column_medians(np.array([0, 0, 0, 2]), np.array([1.0, 9.0, 2.0, 5.0]))
    array([2., 5.])
    """
    if not len(value):
        return value
    return np.array([np.median(part) for part in np.split(value, np.flatnonzero(column[1:] != column[:-1]) + 1)])
