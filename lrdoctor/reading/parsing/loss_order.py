"""Whether values follow each other as the losses of a training do, or stand in no order, as those of examples."""

from dataclasses import dataclass

import numpy as np

from lrdoctor.records.run import Floats

FEW = 8  # values: below it normal approximations say nothing, and plain limits are used
SOME = 16  # values: below it no course is so plain that chance is a thousand to one against it
MIN_Z = 3.0  # one chance in a thousand that values in no order hang together so, or fall so
MIN_Z_OF_SOME = 2.3  # one in a hundred


@dataclass(frozen=True)
class Order:
    """What the order of some values shows.

    Args:
        falls: whether they fall in time, beyond chance.
        rises: whether they rise, beyond chance.
        hangs_together: whether neighbours are nearer to each other than values in no order are.
        spread: their standard deviation over their mean's size.
        breaks: whether one of them is not finite: errors of examples are numbers, those of a training may not be.
    """

    falls: bool
    rises: bool
    hangs_together: bool
    spread: float
    breaks: bool


def order_of(values: Floats) -> Order:
    """The order of values as they were written, shape (rows,).

    Neighbours are compared by the rank version of von Neumann's ratio (Bartels, J. Am. Stat. Assoc. 77, 1982): the sum
    of squared differences of neighbouring ranks over that of ranks from their mean, about 2 +- 2/sqrt(n) in no order.
    """
    finite = values[np.isfinite(values)]
    count, breaks = len(finite), len(finite) < len(values)
    if count < 2 or finite.min() == finite.max():
        return Order(falls=False, rises=False, hangs_together=True, spread=0.0, breaks=breaks)
    rank = np.unique(finite, return_inverse=True)[1].astype(np.float64)
    rank -= rank.mean()
    place = np.arange(count) - (count - 1) / 2
    trend = float(rank @ place / np.sqrt((rank @ rank) * (place @ place)))
    ratio = float(np.sum(np.diff(rank) ** 2) / (rank @ rank))
    least = MIN_Z if count >= SOME else MIN_Z_OF_SOME
    limit = 0.5 if count < FEW else least / np.sqrt(count - 1)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.nan_to_num(finite.std() / max(abs(finite.mean()), 1e-300), nan=np.inf))
    return Order(
        falls=bool(trend < -limit),
        rises=bool(trend > limit),
        hangs_together=bool(ratio < (0.8 if count < FEW else 2 - 2 * least / np.sqrt(count))),
        spread=spread,
        breaks=breaks,
    )
