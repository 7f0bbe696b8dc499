"""Whether a run diverged: an observation on its log, not an inference."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.numerics import autocorrelation
from lrdoctor.records.run import Floats


class DivergenceKind(StrEnum):
    """How a run is seen to have diverged."""

    NON_FINITE = "non-finite"  # the log ends in NaN or infinity
    RISING = "rising"  # it ends above where it began
    HIDDEN = "hidden"  # other series show that the training loss is not what was computed


@dataclass(frozen=True)
class Divergence:
    """What a log shows; true where the run diverged.

    Args:
        kind: how, or None where it did not.
        end_ratio: mean of the last 2 % of the losses over the first; NaN where they are not finite or too few.
    """

    kind: DivergenceKind | None = None
    end_ratio: float = math.nan

    def __bool__(self) -> bool:
        return self.kind is not None


def tail(values: Floats) -> Floats:
    """The last 2 % of the logged values, shape (n,), five points at least; all of fewer."""
    return values[-max(int(limits.DIVERGED_TAIL_POINTS), int(len(values) * limits.DIVERGED_TAIL)) :]


def divergence(
    values: Floats, validation: Floats | None = None, *, begins: bool = True, untrained: float | None = None
) -> Divergence:
    """Whether the logged losses, shape (n,), end diverged.

    Non-finite to the end is seen in a log of any length; whether it rose needs `FEW_POINTS` losses and the beginning.

    Args:
        values: the training losses as logged.
        validation: finite validation losses, the untrained model's first, shape (k,): a second witness.
        begins: whether the log holds the beginning of the training: else only `untrained` says what the end rose above.
        untrained: the untrained model's loss, where something else than the log's beginning says it.

    >>> divergence(np.array([2.0, 1.9, 1.8, 3.0, 3.0, 3.1, 3.0, 3.2, 3.1, 3.0, 3.1])).end_ratio
    1.54
    >>> divergence(np.array([2.0, np.nan])).kind
    <DivergenceKind.NON_FINITE: 'non-finite'>
    """
    short = len(values) < limits.FEW_POINTS
    last = values[-1:] if short else tail(values)
    if not np.isfinite(last).all():
        return Divergence(DivergenceKind.NON_FINITE)
    finite = values[np.isfinite(values)]
    if short or (not begins and untrained is None):
        return Divergence()
    if not begins and untrained is not None:
        ratio = _ratio(float(last.mean()), untrained)
        error = float(np.std(finite, ddof=1)) * len(last) ** -0.5
        worse = ratio > limits.DIVERGED_RISE and float(last.mean()) - untrained > limits.DIVERGED_NOISE * error
        return Divergence(DivergenceKind.RISING if worse else None, round(ratio, 4))
    ratio = _ratio(float(last.mean()), float(finite[0]))
    rose = ratio > limits.DIVERGED_RISE and (
        _blew_up(finite) or _clear_of_noise(finite, last) or (validation is not None and _rose(validation))
    )
    return Divergence(DivergenceKind.RISING if rose else None, round(ratio, 4))


def loss_of_chance(accuracy: Floats) -> float | None:
    """The loss of a model that gives each of K classes the same chance, where the accuracy stands at 1 / K.

    Args:
        accuracy: finite validation accuracies as shares, shape (k,).

    >>> round(loss_of_chance(np.array([0.1, 0.1002, 0.0999])), 3), loss_of_chance(np.array([0.31, 0.35, 0.4]))
    (2.303, None)
    """
    if not len(accuracy) or not 0 < (level := float(np.median(accuracy))) <= 0.5:
        return None
    classes = round(1 / level)
    steady = float(np.abs(accuracy * classes - 1).max()) <= limits.AT_CHANCE
    return math.log(classes) if steady and classes <= limits.MOST_CLASSES else None


def _ratio(end: float, start: float) -> float:
    """End over start; on losses that can be negative "5 % above" is 5 % of the start's size above it."""
    return 1 + (end - start) / max(abs(start), 1e-300)


def _blew_up(finite: Floats) -> bool:
    """Whether the losses once stood so far above their start that noise about a level is out of the question.

    Of wide noise a first value may be next to nothing by chance; then the peak is no more than a few times the median.
    """
    first, peak = float(finite[0]), float(finite.max())
    wild = peak > limits.DIVERGED_WILD * float(np.median(finite)) or first < float(finite[1:].min())
    return first > 0 and peak > limits.DIVERGED_PEAK * first and wild


def _clear_of_noise(finite: Floats, last: Floats) -> bool:
    """Whether the end lies above the beginning by more than the noise of both.

    Either every one of the last losses lies above every one of the first five: of k + 5 like values that has a chance
    of 5! k! / (k + 5)!, whatever their distribution.  Or their means differ by more than their standard errors allow;
    or the first value alone lies so far below the scatter of the later half that it is none of it.
    """
    n = len(finite)
    # A run that broke within its first logging interval has one value of its beginning.
    alone = finite[-max(n // 2, 7) :] if n > 7 else finite[1:]
    if _stands_apart(float(last.mean()), float(finite[0]), alone):
        return True
    first = finite[: 5 if n >= limits.DIVERGED_SEPARATE else max(2, n // 4)]
    rise = float(last.mean() - first.mean())
    if _ratio(float(last.mean()), float(first.mean())) <= limits.DIVERGED_RISE:
        return False
    if n >= limits.DIVERGED_SEPARATE and finite[-max(len(last), min(10, n // 4)) :].min() > first.max():
        return True
    # Neighbours that are alike, as in a smoothed curve, are fewer witnesses; and few points have wide tails.
    alike = max(autocorrelation(finite), 0.0) if n > 4 else 0.0
    witnesses = (1 - alike) / (1 + alike)
    errors = [max(len(part) * witnesses, 1) ** -0.5 for part in (first, last)]
    return rise > limits.DIVERGED_NOISE * (1 + 4 / n) * _noise_about_line(finite) * float(np.hypot(*errors))


def _stands_apart(end: float, first: float, later: Floats) -> bool:
    """Whether the first value lies so far below the scatter of `later` ones, shape (n,), that it is none of it.

    In standard deviations; or in those of the logarithm, as the noise of a broken run grows with its level, where the
    first value is below half of the lowest, too.
    """
    few = 1 + 2 / len(later)
    if end - first > limits.DIVERGED_ALONE * few * float(np.std(later, ddof=1)):
        return True
    lowest = float(later.min())
    if first <= 0 or 2 * first > lowest:
        return False
    return bool(np.log(end / first) > limits.DIVERGED_ALONE_LOG * few * float(np.std(np.log(later), ddof=1)))


def _noise_about_line(values: Floats) -> float:
    """Standard deviation about the straight line through the values, shape (n,), n > 2."""
    x = np.linspace(-1, 1, len(values))
    residual = values - values.mean() - x * float(x @ values) / float(x @ x)
    return float(np.std(residual, ddof=2))


def _rose(validation: Floats) -> bool:
    """Whether a validation loss, too, ends above its start by more than its noise."""
    if len(validation) < 5:
        return False
    last = validation[-max(3, len(validation) // 10) :]
    sigma = float(np.std(validation[-max(5, len(validation) // 2) :], ddof=1))
    rise = float(last.mean() - validation[0])
    enough = (limits.DIVERGED_RISE - 1) * abs(float(validation[0]))
    # The first value is one, and of a model without noise: it counts as a quarter of the later ones' variance.
    return bool(rise > max(enough, 2 * sigma * (1 / len(last) + 0.25) ** 0.5))
