"""Points of a log that was appended to: a new stretch begins wherever training goes back to an earlier step."""

import math
from collections.abc import Mapping

from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.records.run import Note, Series

MAX_STRETCHES = 64  # more falls than this come from several writers at once, which sorting resolves


class Stretches:
    """Points tag by tag, in as many stretches as training was started or resumed."""

    def __init__(self) -> None:
        self._stretches = [Points()]
        self._last = -math.inf

    def __len__(self) -> int:
        return sum(map(len, self._stretches))

    def at(self, step: float) -> None:
        """Training is at `step` now; where that lies before the last one, what follows is another attempt."""
        if step < self._last and len(self._stretches) < MAX_STRETCHES:
            self._stretches.append(Points())
        self._last = step

    def add(self, tag: str, step: float, value: float) -> None:
        """One more point of the stretch that is being read."""
        self._stretches[-1].add(tag, step, value)

    def joined(self) -> tuple[Mapping[str, Series], list[Note]]:
        """Every tag's points with non-decreasing steps, what a later stretch logged again dropped."""
        return join_attempts([Attempt(points.series()) for points in self._stretches if len(points)])
