"""Points collected tag by tag while a log is read line by line."""

import math
from array import array
from collections.abc import Mapping

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.records.run import Floats, Note, Series

MAX_TAGS = 2_000  # real logs have up to a few hundred; more come from a table read the wrong way round
MAX_POINTS = 20_000_000  # over all tags; 24 bytes each

_INF = math.inf
_Columns = tuple["array[float]", "array[float]", "array[float]"]


class Points:
    """Flat arrays of steps, values and wall times for every tag, in the order written."""

    def __init__(self) -> None:
        self._columns: dict[str, _Columns] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, tag: str) -> bool:
        return tag in self._columns

    def add(self, tag: str, step: float, value: float, wall_time: float | None = None) -> None:
        """One more point; a step that is not finite is no point.

        Raises:
            UnreadableError: more tags or points than any training log has.
        """
        if not -_INF < step < _INF:
            return
        try:
            steps, values, times = self._columns[tag]
        except KeyError:
            steps, values, times = self._new(tag)
        if self._count == MAX_POINTS:
            raise UnreadableError(f"more than {MAX_POINTS:,} values: keep the step, the loss and the LR")
        self._count += 1
        steps.append(step)
        values.append(value)
        if wall_time is not None:
            times.append(wall_time)

    def extend(self, tag: str, steps: Floats, values: Floats, wall_times: Floats | None = None) -> None:
        """Many more points of one tag, in the order written; as `add`.

        Args:
            tag: theirs.
            steps, values, wall_times: shape (n,).

        Raises:
            UnreadableError: more tags or points than any training log has.
        """
        import numpy as np

        finite = np.isfinite(steps)
        count = int(finite.sum())
        if not count:
            return
        columns = self._columns.get(tag) or self._new(tag)
        if self._count + count > MAX_POINTS:
            raise UnreadableError(f"more than {MAX_POINTS:,} values: keep the step, the loss and the LR")
        self._count += count
        for column, new in zip(columns, (steps, values, wall_times), strict=True):
            if new is not None:
                column.frombytes(np.ascontiguousarray(new[finite], np.float64).tobytes())

    def _new(self, tag: str) -> _Columns:
        if len(self._columns) == MAX_TAGS:
            raise UnreadableError(f"more than {MAX_TAGS:,} different names: keep the step, the loss and the LR")
        self._columns[tag] = (array("d"), array("d"), array("d"))
        return self._columns[tag]

    def series(self) -> dict[str, Series]:
        """Every tag's points in the order written; without wall times where one is unknown."""
        import numpy as np

        found = {}
        for tag, (steps, values, times) in self._columns.items():
            wall = np.frombuffer(times, dtype=np.float64) if len(times) == len(steps) else None
            timed = wall is not None and np.isfinite(wall).all()
            step, value = (np.frombuffer(column, dtype=np.float64) for column in (steps, values))
            found[tag] = Series(step, value, wall if timed else None)
        return found

    def joined(self) -> tuple[Mapping[str, Series], list[Note]]:
        """Every tag's points with non-decreasing steps, restarts resolved, and what had to be done for it."""
        return join_attempts([Attempt(self.series())])
