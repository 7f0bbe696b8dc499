"""What findings draw on the loss: fitted lines, levels, single points."""

from dataclasses import dataclass

import numpy as np

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs.descent import SECOND_HALF, end_slope, tail
from lrdoctor.records.diagnosis import Fit
from lrdoctor.records.run import Floats

DRAWN = 60  # points of a drawn line


def _shown(trace: LossCurve, first: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.unique(np.linspace(first, len(trace.loss) - 1, DRAWN).astype(np.intp))


@dataclass(frozen=True)
class SecondHalf:
    """The fitted slope of the second half of the LR-time, as findings word and draw it.

    `first` is the number of its first finite loss; `gain` how much of the descent it falls per e-fold of time.
    """

    first: int
    steps: tuple[float, float]
    gain: float
    words: str
    line: Fit


def second_half(trace: LossCurve) -> SecondHalf:
    """The slope of the second half, with its interval."""
    fitted = end_slope(trace, SECOND_HALF)
    first, step = len(trace.time) - len(tail(trace, SECOND_HALF)[0]), trace.finite_step
    gain, error = -fitted.value / trace.descent, fitted.half_width / trace.descent
    words = f"{100 * gain:.1f} % ± {100 * error:.1f} % of the descent per e-fold of time"
    at = _shown(trace, first)
    drawn = fitted.intercept + fitted.value * np.log(trace.time[at])
    line = Fit("slope", "slope of the second half", words, step[at], drawn)
    return SecondHalf(first, (float(step[first]), float(step[-1])), gain, words, line)


def power_line(trace: LossCurve, first: int, start: float, exponent: float, kind: str, label: str, text: str) -> Fit:
    """A power law in LR-time through `start` at the finite loss number `first`, of kind `slope` or `attainable`."""
    at = _shown(trace, first)
    value = start * (trace.time[at] / trace.time[first]) ** -exponent
    return Fit(kind, label, text, trace.finite_step[at], value)


def level_line(trace: LossCurve, first: int, level: float, label: str, text: str) -> Fit:
    """A level from the finite loss number `first` to the end."""
    step = trace.finite_step[[first, -1]]
    return Fit("level", label, text, step, np.full(2, level))


def points(step: Floats, value: Floats, label: str, text: str) -> Fit:
    """Single points, marked."""
    return Fit("points", label, text, step, value)
