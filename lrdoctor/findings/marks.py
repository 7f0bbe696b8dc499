"""What findings draw on the loss: fitted lines, levels, single points."""

import math
from dataclasses import dataclass

import numpy as np

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs.descent import SECOND_HALF, end_slope, later_part
from lrdoctor.records.diagnosis import Fit
from lrdoctor.records.run import Floats

NEAR_HALF = 0.05  # of the steps: a part so near to a half is told as one
LINE_POINTS = 60  # points of a drawn line


def _drawn_points(curve: LossCurve, first: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.unique(np.linspace(first, len(curve.loss) - 1, LINE_POINTS).astype(np.intp))


@dataclass(frozen=True)
class SecondHalf:
    """The fitted slope of the second half of the LR-time, as findings word and draw it.

    `first` is the number of its first finite loss; `where` says how much of the steps it is: under a decay, half of the
    LR-time is more than half of them; `gain` how much of the progress it falls per 2.7-fold time.
    """

    first: int
    steps: tuple[float, float]
    where: str
    gain: float
    words: str
    line: Fit


def second_half(curve: LossCurve) -> SecondHalf:
    """The slope of the second half, with its interval."""
    fitted = end_slope(curve, SECOND_HALF)
    first, step = len(curve.time) - len(later_part(curve, SECOND_HALF)[0]), curve.finite_step
    gain, error = -fitted.value / curve.descent, fitted.half_width / curve.descent
    doubling = 100 * math.log(2)
    words = f"{doubling * gain:.1f} % ± {doubling * error:.1f} % of the progress per doubling of the time"
    at = _drawn_points(curve, first)
    drawn = fitted.intercept + fitted.value * np.log(curve.time[at])
    line = Fit("slope", "slope of the second half", words, step[at], drawn)
    return SecondHalf(first, (float(step[first]), float(step[-1])), _where(curve, first), gain, words, line)


def _where(curve: LossCurve, first: int) -> str:
    """The end of the run from the finite loss number `first` on, in words."""
    step = curve.finite_step
    span = float(curve.step[-1] - curve.step[0])
    part = float(step[-1] - step[first]) / span if span > 0 else 0.5
    return "over its second half" if abs(part - 0.5) <= NEAR_HALF else f"over the last {100 * part:.0f} % of its steps"


def power_line(curve: LossCurve, first: int, start: float, exponent: float, kind: str, label: str, text: str) -> Fit:
    """A power law in LR-time through `start` at the finite loss number `first`, of kind `slope` or `attainable`."""
    at = _drawn_points(curve, first)
    value = start * (curve.time[at] / curve.time[first]) ** -exponent
    return Fit(kind, label, text, curve.finite_step[at], value)


def level_line(curve: LossCurve, first: int, level: float, label: str, text: str) -> Fit:
    """A level from the finite loss number `first` to the end."""
    step = curve.finite_step[[first, -1]]
    return Fit("level", label, text, step, np.full(2, level))


def points(step: Floats, value: Floats, label: str, text: str) -> Fit:
    """Single points, marked."""
    return Fit("points", label, text, step, value)
