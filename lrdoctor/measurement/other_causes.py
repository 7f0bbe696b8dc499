"""Marks of other causes than the LR: what a loss does when nothing is learned, or when something else is broken.

Each function looks at one curve for one cause and says what it measured, or None.  Findings word them, and the verdict
says less where they explain the curve as well as the LR does.
"""

import math
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.change import change_over_noise
from lrdoctor.measurement.numerics import noise
from lrdoctor.records.run import Floats, Series

# How many classes people mostly have; a level at the log of another number is named by accuracy or settings alone.
USUAL_CLASSES = (2, 3, 4, 5, 6, 8, 10, 16, 20, 50, 100, 200, 1000)


@dataclass(frozen=True)
class ChanceLevel:
    """A loss that stands where a model that has learned nothing stands.

    Args:
        classes: how many choices have that loss, the log of their number.
        level: of the loss, in nats.
        named: whether the settings or an accuracy say how many there are; else they are guessed from the level.
    """

    classes: int
    level: float
    named: bool


@dataclass(frozen=True)
class LevelShift:
    """A level that jumps at `step` and stays, from `before` to `after`, by `size` times the noise about it.

    `given_back` is the jump as a share of the descent before it: infinite where there was none.  Negative downwards.
    """

    step: float
    before: float
    after: float
    size: float
    given_back: float


@dataclass(frozen=True)
class PeriodicSpikes:
    """Spikes at even distances: `period` steps, `count` of them, a share `regular` of the distances alike."""

    period: float
    count: int
    regular: float


def chance_level(loss: Floats, accuracy: Floats | None = None, classes: float | None = None) -> ChanceLevel | None:
    """Whether finite losses, shape (n,), stand at the log of the number of classes from the first epoch to the end.

    Args:
        loss: the finite training losses.
        accuracy: finite validation accuracies as shares, where they are logged.
        classes: how many choices there are, where the settings say it.
    """
    if len(loss) < limits.FEW_POINTS:
        return None
    later = loss[len(loss) // 10 :]
    level, third = float(np.median(later)), max(1, len(later) // 3)
    tolerance = limits.AT_CHANCE_LEVEL * level
    drift = abs(float(np.median(later[:third]) - np.median(later[-third:])))
    if level <= 0 or drift > tolerance or float(np.std(later)) > limits.CHANCE_NOISE * level:
        return None
    if loss[0] > (1 + limits.CHANCE_START) * level or loss[0] < (1 - limits.CHANCE_START) * level:
        return None  # it came there from elsewhere
    steady = accuracy is not None and len(accuracy) > 2 and 0 < float(np.median(accuracy)) <= 0.6
    named = [round(1 / float(np.median(accuracy)))] if steady and accuracy is not None else []
    named += [] if classes is None else [round(classes)]
    for count in named:
        if count > 1 and abs(level - math.log(count)) <= tolerance:
            return ChanceLevel(count, level, named=True)
    # A number that nothing names may be a coincidence: a loss below chance, or that moves, has learned.
    if float(np.std(later)) > limits.GUESSED_NOISE * level or change_over_noise(later) >= limits.CHANGED:
        return None
    for count in USUAL_CLASSES:
        if -limits.BELOW_CHANCE * level <= level - math.log(count) <= tolerance:
            return ChanceLevel(count, level, named=False)
    return None


def zero_from(loss: Series) -> float | None:
    """The step from which on every loss is exactly 0, after others that were far from it; None where there is none."""
    held = np.flatnonzero(loss.value != 0)
    if not len(held) or len(loss) - held[-1] - 1 < limits.FILTERED_POINTS:
        return None
    before = np.abs(loss.value[held][np.isfinite(loss.value[held])])
    # A loss that came down to where it is printed as 0 has converged.
    if not len(before) or before[-1] < limits.NEAR_ZERO * float(np.median(before)):
        return None
    return float(loss.step[held[-1] + 1])


def runs_below_zero(loss: Floats) -> bool:
    """Whether finite losses, shape (n,), run away below zero, faster and faster."""
    if len(loss) < limits.FEW_POINTS or not loss[-1] < 0:
        return False
    size = max(abs(float(loss[0])), 1.0)
    half = len(loss) // 2
    first, second = float(loss[0] - loss[half]), float(loss[half] - loss[-1])
    return bool(abs(loss[-1]) > limits.BELOW_ZERO * size and second > 2 * max(first, 0.0))


def is_constant(loss: Floats) -> bool:
    """Whether finite losses, shape (n,), vary by no more than rounding does in single precision."""
    return bool(len(loss) and float(np.ptp(loss)) <= limits.ROUNDING * float(np.abs(loss).max()))


def calm_before(loss: Floats) -> float | None:
    """How high the last finite losses stand over the lowest level before; None for a finite end.

    About 1 where the losses were calm until they were not finite; far above where they had grown, in a few losses or
    over much of the run.  A single high loss counts where it stands beyond the noise.

    Args:
        loss: as logged, shape (n,), not finite at its end.
    """
    before = loss[np.isfinite(loss)]
    if not len(loss) or np.isfinite(loss[-1]) or len(before) < limits.FEW_POINTS:
        return None
    levels = [float(np.median(part)) for part in np.array_split(before[:-1], min(4, len(before) // 8) or 1)]
    lowest, end = min(levels), float(np.median(before[-9:]))
    if lowest <= 0:
        return None
    earlier, last = (
        before[-30:-5] if len(before) > 12 else before[:-3],
        before[-5:] if len(before) > 12 else before[-3:],
    )
    beyond = float(np.median(earlier)) + limits.SPIKE_SIGMA * max(noise(earlier), float(np.std(earlier)))
    sudden = float(last.max()) if last.max() > beyond else 0.0
    return max(end, sudden) / lowest


def level_shift(loss: Series) -> LevelShift | None:
    """The place where the level jumps at once and stays, far beyond the noise on either side; None without one."""
    keep = np.isfinite(loss.value)
    value, step = loss.value[keep], loss.step[keep]
    n, w = len(value), 8
    if n < 4 * w:
        return None
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(value, w), axis=1)
    middle = 0.5 * (windows[:, w // 2 - 1] + windows[:, w // 2])
    jump = middle[w:] - middle[:-w]
    at = int(np.abs(jump).argmax())
    # Medians are level for some places about the jump: it is at the largest single step among them.
    place = at + 1 + int(np.abs(np.diff(value[at : at + 2 * w])).argmax())
    left, right = value[max(0, place - 3 * w) : place], value[place : place + 3 * w]
    sigma = max(noise(left), noise(right), float(np.std(left[:w])) if len(left) >= w else 0.0, 1e-12)
    before, after = float(np.median(left)), float(np.median(right))
    size = (after - before) / sigma
    # A blow-up comes back, a descent goes on: what jumps for another reason stands still on both sides.
    stays = abs(float(np.median(value[place : place + w])) - float(np.median(value[-3 * w :]))) < 0.5 * abs(
        after - before
    )
    clear = right.min() > left.max() if after > before else right.max() < left.min()
    if place < 2 * w or n - place < 2 * w or not (clear and stays and abs(size) > limits.SHIFT_SIGMA):
        return None
    descent = float(np.median(value[:3])) - before
    given_back = (after - before) / descent if descent > sigma else math.copysign(math.inf, after - before)
    return LevelShift(float(step[place]), before, after, float(size), given_back)


def periodic_spikes(loss: Series) -> PeriodicSpikes | None:
    """Spikes that come at even distances, at least four of them; None where they come as they like."""
    keep = np.isfinite(loss.value)
    value, step = loss.value[keep], loss.step[keep]
    n, w = len(value), 15
    if n < 100:
        return None
    padded = np.pad(value, w // 2, mode="edge")
    level = np.median(np.lib.stride_tricks.sliding_window_view(padded, w), axis=1)
    residual = value - level
    sigma = 1.4826 * float(np.median(np.abs(residual - np.median(residual))))
    high = np.flatnonzero(residual > limits.SPIKE_SIGMA * max(sigma, 1e-12))
    first = high[np.r_[True, np.diff(high) > 2]] if len(high) else high
    if len(first) < limits.PERIODIC_SPIKES:
        return None
    # A spike is gone after a few losses; an average that starts anew with each epoch comes down over the whole of it.
    back = first[first + 3 < n]
    height = np.array([residual[at : at + 3].max() for at in back])
    if not len(back) or float(np.median(residual[back + 3] / height)) > limits.SPIKE_GONE:
        return None
    gaps = np.diff(step[first])
    period = float(np.median(gaps))
    regular = float(np.mean(np.abs(gaps / period - np.round(gaps / period)) < 0.05)) if period > 0 else 0.0
    alone = float(np.mean(np.abs(gaps / period - 1) < 0.05)) if period > 0 else 0.0
    if regular < 0.9 or alone < 0.7 or period < 10 * float(np.median(np.diff(step))):
        return None
    return PeriodicSpikes(period, len(first), regular)


def scale_collapse(scale: Floats) -> float | None:
    """How many times a logged loss scale was halved on the way to its end; None where it did not collapse."""
    good = scale[np.isfinite(scale) & (scale > 0)]
    if len(good) < 3 or good[-1] > good.max() / 2**limits.SCALE_HALVINGS or good[-1] > 2 * good.min():
        return None
    if good[-1] > limits.SCALE_LOW:  # a scaler that began at 2**32, as Megatron's, finds its place by halving
        return None
    return float(np.log2(good.max() / good[-1]))


def norm_ahead(norm: Series, loss: Series) -> float | None:
    """The step at which the gradient norm had grown tenfold for good, before the loss rose; None where it did not.

    Only where the loss rose for good, or was lost, later: a spike that comes back was no end to give warning of.
    """
    keep = np.isfinite(norm.value) & (norm.value > 0)
    if keep.sum() < 30:
        return None
    value, step = norm.value[keep], norm.step[keep]
    level = float(np.median(value[: len(value) // 3]))
    grown = np.flatnonzero(value > limits.NORM_GROWTH * level)
    lasting = [i for i in grown if np.median(value[i : i + 5]) > limits.NORM_GROWTH * level]
    finite = loss.value[np.isfinite(loss.value)]
    if not lasting or len(finite) < limits.FEW_POINTS:
        return None
    start = max(float(finite[0]), float(np.median(finite[: max(3, len(finite) // 5)])))
    lost = ~np.isfinite(loss.value) | (loss.value > limits.BLOW_UP * abs(start))
    bad = np.array([i for i in np.flatnonzero(lost) if lost[i:].mean() > 0.5], dtype=np.intp)
    when = float(step[lasting[0]])
    return when if len(bad) and float(loss.step[bad[0]]) > when else None
