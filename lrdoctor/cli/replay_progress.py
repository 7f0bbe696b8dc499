"""A replay as it goes, on a terminal: phase, learning rate, losses, steps and time left."""

import math
import shutil
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lrdoctor.records.run import Floats

if TYPE_CHECKING:
    from lrdoctor.replay.safeguards.budget import Budget

BARS = "▁▂▃▄▅▆▇█"
BARS_SHOWN = 24  # of the last losses
# Cells of the bar, losses shown, whether the phase and the time left are: the first that has room is taken.
SHAPES = (
    (16, BARS_SHOWN, True, True),
    (16, 12, True, True),
    (8, 8, True, True),
    (0, 8, True, True),
    (0, 0, True, True),
    (0, 0, False, True),
    (0, 0, False, False),
)
LEAST_PAUSE = 0.1  # seconds between two pictures


class Progress:
    """One line that is drawn anew, gone when the report comes; nothing at all where it is not `visible`."""

    def __init__(self, *, visible: bool) -> None:
        self._visible = visible
        self._last = -math.inf
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._visible and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def show(self, phase: str, lr: float, losses: Floats, budget: "Budget") -> None:
        """Draw the line, not too often."""
        if not self._visible or budget.elapsed - self._last < LEAST_PAUSE:
            return
        self._last = budget.elapsed
        # A longer one would be wrapped, and no `\r` goes back over two lines.
        columns = shutil.get_terminal_size().columns - 1
        text = line(phase, lr, losses, budget, columns)[:columns]
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = max(self._width, len(text))


def line(phase: str, lr: float, losses: Floats, budget: "Budget", columns: int | None = None) -> str:
    """The line's text; in few `columns` shorter bars, then without what matters less than the LR and its loss."""
    left = budget.seconds_left
    time = "" if left is None else f"  {minutes(left)} left"
    now = f"{losses[-1]:.4g}" if len(losses) else "-"
    steps = f"{budget.spent:.0f}/{budget.steps} steps"
    text = ""
    for cells, shown, what, when in SHAPES:
        bar = f"[{progress_bar(min(budget.spent / budget.steps, 1.0), cells)}] " if cells else ""
        before = f"{phase}, " if what else ""
        recent = f"{sparks(losses[-shown:])} " if shown else ""
        text = f"replay {bar}{steps}{time if when else ''}  {before}LR {lr:.2g}: {recent}{now}"
        if columns is None or len(text) <= columns:
            break
    return text


def progress_bar(done: float, cells: int) -> str:
    """A bar of so many cells, filled to a share."""
    filled = round(cells * done)
    return "#" * filled + "-" * (cells - filled)


def minutes(seconds: float) -> str:
    """Minutes and seconds."""
    total = max(int(seconds + 0.5), 0)
    return f"{total // 60}:{total % 60:02d}"


def sparks(losses: Floats) -> str:
    """The last losses as a row of bars; what is not finite is an exclamation mark."""
    recent = losses[-BARS_SHOWN:]
    finite = recent[[math.isfinite(x) for x in recent]] if len(recent) else recent
    if not len(finite):
        return "!" * len(recent)
    low, high = float(finite.min()), float(finite.max())
    span = high - low or 1.0
    return "".join(BARS[int((x - low) / span * (len(BARS) - 1))] if math.isfinite(x) else "!" for x in recent)
