"""Points of a log that tells of several trainings one after the other, each to its end: seeds of a benchmark."""

import math
from collections.abc import Mapping

from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import Note, Series

MAX_TRAININGS = 20


class Trainings:
    """Points tag by tag, training by training.

    Where the step falls to the first one after the last that was planned, another training begins; where it falls
    before that, the same one was started again or resumed.
    """

    def __init__(self) -> None:
        self._all = [Stretches()]
        self._first: float | None = None
        self._last = -math.inf

    def at(self, step: float, planned: float) -> None:
        """Training is at `step` of `planned` now."""
        ended = self._first is not None and step <= self._first and self._last >= planned
        if ended and len(self._all) < MAX_TRAININGS:
            self._all.append(Stretches())
            self._first = None
        self._first = step if self._first is None else self._first
        self._last = step
        self._all[-1].at(step)

    def add(self, tag: str, step: float, value: float) -> None:
        """One more point of the training that is being read."""
        self._all[-1].add(tag, step, value)

    def joined(self) -> list[tuple[Mapping[str, Series], list[Note]]]:
        """For each training that logged anything its series and what was noticed, see `Stretches`."""
        return [told for told in (one.joined() for one in self._all) if told[0]]
