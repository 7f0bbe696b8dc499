"""Which axes show a curve best, and where their ticks go.  Pure: nothing here draws."""

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from lrdoctor.records.run import Floats
from lrdoctor.report.wording.numbers import significant

Kind: TypeAlias = Literal["linear", "log", "symlog"]

# A loss that spans less than this reads better on a linear axis: a log one has no decade to mark.
LOG_VALUES_FROM = 4.0
# Steps go on a log axis where half of the descent is over this early: linear steps would draw it as a wall.
EARLY_DESCENT = 0.1
# ... and where there are this many decades of steps to spread.
LOG_STEPS_FROM = 30.0
# Single values may leave the frame when they lie further out than this many times the span of the curve's core.
OUTLIER_REACH = 1.0
# A learning rate goes on a log axis when its middle 80 % span this much; a warm-up and a decay to zero alone do not.
LOG_RATES_FROM = 90.0
MARGIN = 0.04
# Room for the marker of a point at either end of the steps.
EDGE = 0.008
# What is shorter cannot be divided into ticks.
TINY = 1e-300


@dataclass(frozen=True)
class Axis:
    """One axis: `threshold` is where a symmetric log axis turns linear; `ticks` pair a place with its label."""

    kind: Kind
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    threshold: float = 1.0


# Of a symmetric log axis: how many decades the part between zero and the threshold takes.
LINEAR_PART = 1 / 3


def unit(axis: Axis, values: Floats) -> Floats:
    """Places on an axis as shares of its length, from 0 at its low end; any shape; NaN where there is none.

    >>> unit(linear(0.0, 10.0, margin=0), np.array([0.0, 2.5, 10.0])).tolist()
    [0.0, 0.25, 1.0]
    """
    with np.errstate(all="ignore"):
        low, high, at = (_straight(axis, np.asarray(v, dtype=float)) for v in (axis.low, axis.high, values))
        return np.asarray((at - low) / (high - low))


def _straight(axis: Axis, values: Floats) -> Floats:
    """Values on a scale on which the axis is even."""
    if axis.kind == "log":
        return np.asarray(np.log10(values))
    if axis.kind == "linear":
        return values
    size = np.abs(values) / axis.threshold
    outer = np.log10(np.maximum(size, 1)) + LINEAR_PART
    return np.asarray(np.sign(values) * np.where(size < 1, size * LINEAR_PART, outer))


def value_axis(values: Floats, core: Floats) -> Axis:
    """The axis for finite `values`, shape (n,): log where they are positive and span enough.

    `core`, such as the median of every column of the picture, is always inside the frame; single values far outside
    it are not, since they would press the curve flat.  Early values have columns of their own on a log axis of steps.
    """
    if not len(values) or not len(core):
        return linear(0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    core_low, core_high = float(core.min()), float(core.max())
    if low > 0 and core_high / core_low >= LOG_VALUES_FROM:
        reach = (core_high / core_low) ** OUTLIER_REACH
        return log(max(low, core_low / reach), high if high / core_high < reach else core_high * reach)
    if low == 0 and high > 0:
        small = float(np.quantile(values[values > 0], 0.01))
        if core_high / small >= 10 * LOG_VALUES_FROM:
            return symmetric_log(0.0, high, small)
    with np.errstate(over="ignore"):
        reach = OUTLIER_REACH * (core_high - core_low)
    if reach > 0:
        low, high = max(low, core_low - reach), min(high, core_high + reach)
    return linear(low, high)


def rate_axis(values: Floats) -> Axis:
    """The axis for a finite learning-rate schedule: from zero, or log where most of it spans decades."""
    positive = values[values > 0]
    if not len(positive) or (values < 0).any():
        axis = value_axis(values, values)
        return replace(axis, ticks=axis.ticks[:: max(1, len(axis.ticks) // 2)])
    inner_low, inner_high = (float(edge) for edge in np.quantile(values, [0.1, 0.9]))
    if inner_low > 0 and inner_high / inner_low >= LOG_RATES_FROM:
        axis = log(max(float(values.min()), inner_low / 100), float(positive.max()))
        return replace(axis, ticks=log_ticks(axis.low, axis.high, most=3))
    # Its peak is what the diagnosis speaks of, so the peak is the tick.
    high = float(positive.max())
    return replace(linear(0.0, high), ticks=((0.0, "0"), (high, significant(high, 3))))


def fewer_ticks(axis: Axis, most: int = 3) -> Axis:
    """The axis for a low panel: at most so many labels."""
    every = max(1, -(-len(axis.ticks) // most))
    return replace(axis, ticks=axis.ticks[::every])


def replace_ticks(axis: Axis, ticks: tuple[tuple[float, str], ...]) -> Axis:
    """The axis with other ticks."""
    return replace(axis, ticks=ticks)


def step_axis(first: float, last: float, step: Floats, value: Floats) -> Axis:
    """The axis for steps `first` to `last`: log where the descent of the finite curve is early, see `EARLY_DESCENT`."""
    positive = step[step > 0]
    spread = bool(len(positive)) and first >= 0 and last / positive[0] >= LOG_STEPS_FROM
    if spread and descends_early(step, value):
        return log(first, last, EDGE) if first > 0 else symmetric_log(0.0, last, float(positive[0]), EDGE)
    return linear(first, last, EDGE)


def descends_early(step: Floats, value: Floats) -> bool:
    """Whether half of the way from the first value down to the lowest level is done in the first tenth of the steps."""
    bins = np.array_split(value, min(len(value), 200))
    level = np.array([np.median(part) for part in bins])
    at = np.array([part[0] for part in np.array_split(step, len(bins))])
    half = level[0] / 2 + level.min() / 2
    reached = np.flatnonzero(level <= half)
    # A curve that never descends has no early part: its first level is its lowest.
    return bool(level.min() < level[0] and at[reached[0]] - at[0] <= EARLY_DESCENT * (at[-1] - at[0]))


def linear(low: float, high: float, margin: float = MARGIN) -> Axis:
    """A linear axis over [low, high], widened by a share of it on either side; values from zero on begin at zero."""
    if not high - low > TINY:
        pad = abs(low) * 0.1 or 0.5
        low, high = low - pad, high + pad
    else:
        pad = high * margin - low * margin
        low, high = (0.0 if low == 0 and margin == MARGIN else low - pad), high + pad
    return Axis("linear", low, high, linear_ticks(low, high))


def log(low: float, high: float, margin: float = MARGIN) -> Axis:
    """A log axis over [low, high], 0 < low <= high, widened by a share of its decades on either side."""
    bottom, top = math.log10(low), math.log10(high)
    pad = margin * (top - bottom) or 0.05
    low, high = 10.0 ** max(bottom - pad, -307), 10.0 ** min(top + pad, 308)
    return Axis("log", low, high, log_ticks(low, high))


def symmetric_log(low: float, high: float, threshold: float, margin: float = MARGIN) -> Axis:
    """A log axis that reaches zero: linear below `threshold`."""
    top = min(high * 10 ** (margin * math.log10(high / threshold)), 1e300)
    return Axis("symlog", low - 2 * EDGE * threshold, top, ((0.0, "0"), *log_ticks(threshold, top)), threshold)


def linear_ticks(low: float, high: float, most: int = 6) -> tuple[tuple[float, str], ...]:
    """Round places at most `most` apart, labelled with as many digits as tell them apart."""
    raw = high / most - low / most
    size = 10.0 ** math.floor(math.log10(raw))
    factor = next(factor for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw * 0.999)
    step = factor * size
    first = math.ceil(low / step - 1e-9)
    places = [k * step for k in range(first, first + most + 2) if k * step <= high + 1e-9 * step]
    largest = max((abs(place) for place in places), default=1.0)
    digits = max(1, math.ceil(math.log10(max(largest / step, 1.0)) + 1e-9) + 1) + (factor == 2.5)
    return tuple((place, tick_label(place, digits)) for place in places)


def log_ticks(low: float, high: float, most: int = 7) -> tuple[tuple[float, str], ...]:
    """Powers of ten, thinned where there are many, with 2 and 5 between where there are few."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    decades = list(range(first, last + 1))
    if len(decades) > most:
        every = math.ceil(len(decades) / most)
        places = [10.0**k for k in decades if k % every == 0]
    elif len(decades) >= 3:
        places = [10.0**k for k in decades]
    else:
        fine = (1, 2, 5) if high / low > 2.5 else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
        places = [m * 10.0**k for k in range(first - 1, last + 1) for m in fine]
        places = [place for place in places if low * 0.999 <= place <= high * 1.001]
    return tuple((place, tick_label(place, 2)) for place in places)


def tick_label(place: float, digits: int) -> str:
    """A tick's label: thousands and millions by letter, so that it stays short."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if size <= abs(place) < 1000 * size and (letter == "M" or abs(place) >= 10_000):
            return significant(place / size, max(digits, 1)) + letter
    return significant(place, digits)
