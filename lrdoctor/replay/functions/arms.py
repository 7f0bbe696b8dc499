"""What every kind of arm is to the race: a job, what it has shown so far, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from lrdoctor.records.run import Floats

NOTHING: Floats = np.empty(0)
NOTHING.flags.writeable = False
HUGE = 1e60  # a loss beyond it is on its way to infinity, and the squares of such losses are there

End = Literal["finished", "broke", "given up", "failed", "stopped"]
"""Came to its end; is not finite; clearly worse than the best; ended with an error; time or steps ran out."""


@dataclass(frozen=True)
class Job:
    """One training to run.

    Args:
        lr: peak of its schedule.
        steps: its length, into which its schedule is compressed.
        seed: of everything random.
    """

    lr: float
    steps: int
    seed: int


@dataclass(frozen=True, eq=False)
class Trace:
    """What an arm has shown so far.

    Args:
        step: of each loss, ascending, as the arm counts them, shape (n,).
        loss: training losses, shape (n,).
        val_step, val: of each validation loss, shape (m,).
        final: the validation loss that it returned at its end; None where it did not.
    """

    step: Floats = field(default_factory=lambda: NOTHING)
    loss: Floats = field(default_factory=lambda: NOTHING)
    val_step: Floats = field(default_factory=lambda: NOTHING)
    val: Floats = field(default_factory=lambda: NOTHING)
    final: float | None = None

    @property
    def finite(self) -> bool:
        """Whether every value is a number that can be reckoned with."""
        final = np.empty(0) if self.final is None else np.array([self.final])
        return all(bool((np.abs(values) < HUGE).all()) for values in (self.loss, self.val, final))

    @property
    def empty(self) -> bool:
        """Whether it has shown nothing."""
        return not len(self.loss) and not len(self.val) and self.final is None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a job; `said` are the last words of one that failed."""

    job: Job
    trace: Trace
    end: End
    said: str = ""


class Running(Protocol):
    """An arm under way."""

    @property
    def job(self) -> Job:
        """What it runs."""

    def look(self, *, last: bool = False) -> Trace:
        """What it has shown so far; `last`: all of it, now that it has ended."""

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""

    def said(self) -> str:
        """Its last words, on one line."""

    def end(self) -> None:
        """End it and everything it started."""


class Launcher(Protocol):
    """Starts arms.

    Args:
        most: how many may run at once; None: as many as are wanted.
        what: what is run, as an error names it.
        how: what to do so that it shows its losses.
    """

    @property
    def most(self) -> int | None:
        """See above."""

    @property
    def what(self) -> str:
        """See above."""

    @property
    def how(self) -> str:
        """See above."""

    def start(self, job: Job, folder: Path) -> Running:
        """Start one; `folder` is empty and its own."""


def end_all(running: Sequence[Running]) -> None:
    """End arms, whatever happens to one of them."""
    for k, one in enumerate(running):
        try:
            one.end()
        except BaseException:
            end_all(running[k + 1 :])
            raise
