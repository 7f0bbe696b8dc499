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
        text = line(phase, lr, losses, budget)[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = max(self._width, len(text))


def line(phase: str, lr: float, losses: Floats, budget: "Budget") -> str:
    """The line's text."""
    done = min(budget.spent / budget.steps, 1.0)
    filled = round(16 * done)
    left = budget.seconds_left
    time = "" if left is None else f"  {minutes(left)} left"
    now = f"{losses[-1]:.4g}" if len(losses) else "-"
    return (
        f"replay [{'#' * filled}{'-' * (16 - filled)}] {budget.spent:.0f}/{budget.steps} steps{time}"
        f"  {phase}, LR {lr:.2g}: {sparks(losses)} {now}"
    )


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
