"""Whether two logged curves are one, and which step of the one is which of the other.

One training told twice is rounded differently, and its steps may be counted from 0 or from 1, at the begin or the end
of a logging interval, or in epochs.
"""

import numpy as np

from lrdoctor.records.run import Floats, Series

MIN_VALUES = 3  # different values that must agree: two may by chance, in logs rounded to two digits
AGREE = 0.9  # share of the common points
OVERLAP = 0.5  # share of the shorter curve's steps that the other must have, to be compared step by step
CLOSE = 1e-4  # relative difference: Ultralytics writes five digits, event files hold float32
MOVES = 10  # times the difference allowed: a curve that moves less agrees with any other dead run's
MAX_DECIMALS = 12
COARSEST = 2  # decimals: curves rounded to fewer agree too easily
FINE = 4  # decimals: of curves rounded to fewer more values must agree
MIN_COARSE = 8
FLOAT32 = 2.0**-23  # what event files keep of a number
MARGIN = 1.05  # a half that was rounded, and that in binary
LOOSEST = MARGIN * 0.5 * 10.0**-COARSEST


def same_curve(one: Series, other: Series) -> bool:
    """Whether they are one curve: at equal steps, at steps that are all off by as much, or point by point."""
    return _shift(one, other) is not None or (len(one) == len(other) and _alike(one.value, other.value))


def on_steps_of(steps: Floats, other: Series, one: Series) -> Floats | None:
    """Steps of the log that told `other`, as the log that told the same curve as `one` counts them; None if unknown."""
    shift = _shift(one, other)
    if shift is not None:
        return steps - shift
    if len(one) == len(other) and np.all(np.diff(other.step) > 0):
        return np.interp(steps, other.step, one.step)
    return None


def _shift(one: Series, other: Series) -> float | None:
    """By how much the other's steps are higher where the values agree; None where they do not."""
    if not len(one) or not len(other):
        return None
    most = max(1.0, _interval(one), _interval(other)) * MARGIN
    offsets = (other.step[0] - one.step[0], other.step[-1] - one.step[-1])
    for shift in dict.fromkeys([0.0, *(float(offset) for offset in offsets if abs(offset) <= most)]):
        step, mine, yours = np.intersect1d(one.step + shift, other.step, return_indices=True)
        if len(step) >= OVERLAP * min(len(one), len(other)) and _alike(one.value[mine], other.value[yours]):
            return shift
    return None


def _interval(series: Series) -> float:
    return float(np.median(np.diff(series.step))) if len(series) > 1 else 0.0


def _alike(one: Floats, other: Floats) -> bool:
    """Whether values agree as far as both were written, and move by far more than that."""
    known = np.isfinite(one) & np.isfinite(other)
    finite = one[known]
    different = min(len(np.unique(finite)), len(np.unique(other[known])))
    if different < MIN_VALUES or not _near(one, other, LOOSEST):
        return False
    written = min(decimals(one), decimals(other))
    if written < FINE and different < MIN_COARSE:
        return False
    allowed = MARGIN * 0.5 * 10.0**-written
    if written < COARSEST or np.ptp(finite) < MOVES * (allowed + CLOSE * np.abs(finite).max()):
        return False
    return _near(one, other, allowed)


def _near(one: Floats, other: Floats, allowed: float) -> bool:
    return bool(np.isclose(one, other, rtol=CLOSE, atol=allowed, equal_nan=True).mean() >= AGREE)


def decimals(value: Floats) -> int:
    """How many decimals values were written with, `MAX_DECIMALS` at most; float32's noise aside.

    >>> decimals(np.array([0.5, 0.125])), decimals(np.array([2.0, 3.0]))
    (3, 0)
    """
    finite = value[np.isfinite(value)]
    for digits in range(MAX_DECIMALS):
        if np.allclose(finite, np.round(finite, digits), rtol=FLOAT32, atol=0.0):
            return digits
    return MAX_DECIMALS
