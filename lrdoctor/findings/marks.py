"""What findings draw on the loss: fitted lines, levels, single points."""

import numpy as np

from lrdoctor.curve import Slope
from lrdoctor.diagnosis import Fit
from lrdoctor.run import Floats
from lrdoctor.trace import Trace

DRAWN = 60  # points of a drawn line


def _shown(trace: Trace, first: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.unique(np.linspace(first, len(trace.loss) - 1, DRAWN).astype(np.intp))


def slope_line(trace: Trace, first: int, fitted: Slope, label: str, text: str) -> Fit:
    """The line fitted to the loss over log LR-time, from the finite loss number `first` to the end."""
    at = _shown(trace, first)
    return Fit("slope", label, text, trace.finite_step[at], fitted.intercept + fitted.value * np.log(trace.time[at]))


def power_line(trace: Trace, first: int, start: float, exponent: float, label: str, text: str) -> Fit:
    """A power law in LR-time through `start` at the finite loss number `first`: what another slope would have given."""
    at = _shown(trace, first)
    value = start * (trace.time[at] / trace.time[first]) ** -exponent
    return Fit("attainable", label, text, trace.finite_step[at], value)


def level_line(trace: Trace, first: int, level: float, label: str, text: str) -> Fit:
    """A level from the finite loss number `first` to the end."""
    step = trace.finite_step[[first, -1]]
    return Fit("level", label, text, step, np.full(2, level))


def points(step: Floats, value: Floats, label: str, text: str) -> Fit:
    """Single points, marked."""
    return Fit("points", label, text, step, value)
