"""Whether a run diverged: an observation on its log, not an inference."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lrdoctor import limits
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


def divergence(values: Floats) -> Divergence:
    """Whether the logged losses, shape (n,), end diverged.

    Non-finite to the end is seen in a log of any length; whether it rose needs `FEW_POINTS` losses.

    >>> divergence(np.array([2.0, 1.9, 1.8, 3.0, 3.0, 3.1, 3.0, 3.2])).end_ratio
    1.53
    >>> divergence(np.array([2.0, np.nan])).kind
    <DivergenceKind.NON_FINITE: 'non-finite'>
    """
    short = len(values) < limits.FEW_POINTS
    last = values[-1:] if short else tail(values)
    if not np.isfinite(last).all():
        return Divergence(DivergenceKind.NON_FINITE)
    if short:
        return Divergence()
    finite = values[np.isfinite(values)]
    first = float(finite[0])
    size = max(abs(first), 1e-300)
    # On losses that can be negative "5 % above" is 5 % of the start's size above it.
    ratio = 1 + (float(last.mean()) - first) / size
    if ratio <= limits.DIVERGED_RISE or (ratio <= limits.DIVERGED_SURE and _within_noise(finite, last, first)):
        return Divergence(None, round(ratio, 4))
    return Divergence(DivergenceKind.RISING, round(ratio, 4))


def _within_noise(finite: Floats, last: Floats, first: float) -> bool:
    """Whether a rise is no larger than the noise of the first loss and of the last ones' mean."""
    spread = float(np.std(finite[-max(20, len(last)) :]))
    return bool(float(last.mean()) - first < limits.DIVERGED_NOISE * spread * (1 / len(last) + 1) ** 0.5)
