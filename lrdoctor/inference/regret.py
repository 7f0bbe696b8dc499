"""What an LR is expected to cost: the shape of regret around the band, under the distribution over its edges.

    E[regret(x)] = sum over low of P(low) below(low - x)  +  sum over high of P(high) above(x - high)

`below` and `above` are the mean regret at a distance from the band's edge, as fractions of what training gains at all;
both are 0 inside the band.  They were fitted on labelled sweeps, isotonic in the distance.
"""

from dataclasses import dataclass

import numpy as np

from lrdoctor.inference.band import Joint
from lrdoctor.records.run import Floats


@dataclass(frozen=True, eq=False)
class RegretShape:
    """Mean regret by the distance from the band.

    Args:
        distance: decades outside the band, ascending from 0, shape (k,).
        below: mean regret so far below it, shape (k,).
        above: the same above it, shape (k,).
    """

    distance: Floats
    below: Floats
    above: Floats

    def under(self, distance: Floats) -> Floats:
        """Regret at distances below the band, same shape; 0 where negative: that is not below it."""
        return np.asarray(np.where(distance > 0, np.interp(distance, self.distance, self.below), 0.0))

    def over(self, distance: Floats) -> Floats:
        """Regret at distances above the band, same shape."""
        return np.asarray(np.where(distance > 0, np.interp(distance, self.distance, self.above), 0.0))


def expected_regret(joint: Joint, borders: Floats, at: Floats, shape: RegretShape) -> Floats:
    """Expected regret at the places `at`, shape (n,), from probabilities of (low, high) in cells, shape (c, c)."""
    edges, share = _points(borders)
    low, high = (np.repeat(joint.sum(axis=axis), len(share)) * np.tile(share, len(joint)) for axis in (1, 0))
    below = shape.under(edges[None, :] - at[:, None]) @ low
    above = shape.over(at[:, None] - edges[None, :]) @ high
    return np.asarray(below + above)


def chance_of_harm(joint: Joint, borders: Floats, place: float, shape: RegretShape, tolerance: float) -> float:
    """The probability that an LR at `place` has more regret than this run's own, at 0, by more than `tolerance`."""
    middles = 0.5 * (borders[1:] + borders[:-1])
    low, high = middles[:, None], middles[None, :]

    def regret(at: float) -> Floats:
        return np.asarray(shape.under(low - at) + shape.over(at - high))

    return float(joint[regret(place) > regret(0.0) + tolerance].sum())


def _points(borders: Floats, each: int = 3) -> tuple[Floats, Floats]:
    """Points that stand for the cells, `each` a cell, shape (each * cells,), and their shares of a cell."""
    at = (np.arange(each) + 0.5) / each
    width = np.diff(borders)
    return (borders[:-1, None] + at[None, :] * width[:, None]).ravel(), np.full(each, 1 / each)
