"""What is believed of the band of good learning rates: a distribution over its two edges, and what follows from it.

    log p(low, high)        low <= high, log10 of an LR or of its ratio to a run's, in decades

One log keeps it on cells of unequal width around its own LR (`on_cells`); sweeps and replays, which are sharper, on an
even grid of absolute LRs (`on_grid`).  Verdicts, suggestions, intervals and drawings of all three ask the `Band` that
comes of it, so that they mean the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor import limits
from lrdoctor.records.run import Floats

Joint = NDArray[np.float64]  # shape (n, n): of (low, high), a probability or its logarithm; none where high < low


@dataclass(frozen=True, eq=False)
class Band:
    """The distribution as seen from evenly spaced places.

    Args:
        at: the places in decades, ascending and even, shape (n,).
        inside: P(low <= place <= high), shape (n,).
        above: P(high < place), that an LR there lies above the band, shape (n,).
        middle: distribution of the band's middle over the places, summing to 1, shape (n,).
        edges: medians of the two edges.
    """

    at: Floats
    inside: Floats
    above: Floats
    middle: Floats
    edges: tuple[float, float]

    @property
    def gain(self) -> Floats:
        """What a place is worth as the next LR: regret is steeper above the band than below it, shape (n,)."""
        return np.asarray(self.inside - limits.ABOVE_COSTS * self.above)

    def chances(self, place: float) -> tuple[float, float, float]:
        """Probabilities that an LR at `place` lies below the band, in it, above it."""
        inside, above = float(np.interp(place, self.at, self.inside)), float(np.interp(place, self.at, self.above))
        return max(1 - inside - above, 0.0), inside, above

    def interval(self) -> tuple[float, float]:
        """The shortest interval that holds `limits.INTERVAL` of the band's middle."""
        return shortest_interval(self.middle, self.at)

    def central_interval(self, share: float) -> tuple[float, float]:
        """The interval of the band's middle that leaves half of what `share` does not hold on either side."""
        cumulative = np.cumsum(self.middle)
        tail = (1 - share) / 2
        return float(np.interp(tail, cumulative, self.at)), float(np.interp(1 - tail, cumulative, self.at))


def normalise(log_p: Joint) -> Joint:
    """Probabilities from log-probabilities, safe for large values."""
    p = np.exp(log_p - log_p.max())
    return np.asarray(p / p.sum())


def on_grid(p: Joint, grid: Floats) -> Band:
    """The band from probabilities of (low, high) on an even grid, which are its places, shape (n, n)."""
    reached = np.cumsum(p[:, ::-1], axis=1)[:, ::-1].cumsum(axis=0)
    low, high = p.sum(axis=1), p.sum(axis=0)
    above = np.r_[0.0, np.cumsum(high)[:-1]]
    return Band(grid, np.diagonal(reached).copy(), above, _middle_of_grid(p), (_median(grid, low), _median(grid, high)))


def on_cells(p: Joint, borders: Floats, at: Floats) -> Band:
    """The band at the places `at`, from probabilities of (low, high) in cells, shape (n, n), with n + 1 `borders`."""
    low, high = (np.r_[0.0, np.cumsum(p.sum(axis=axis))] for axis in (1, 0))
    edges = float(np.interp(0.5, low, borders)), float(np.interp(0.5, high, borders))
    above = np.interp(at, borders, high)
    return Band(at, inside_of_cells(p, borders, at), above, _middle_of_cells(p, borders, at), edges)


def below_and_above(p: Joint, zero: int) -> tuple[float, float]:
    """P(low > 0), the run lies below the band, and P(high < 0), it lies above; 0 is the lower border of cell `zero`."""
    return float(p[zero:, :].sum()), float(p[:, :zero].sum())


def inside_of_cells(p: Joint, borders: Floats, at: Floats) -> Floats:
    """P(low <= place <= high) for every place; edges are taken as uniform inside their cell."""
    # Cumulative over low, and over high from above, both at the borders; bilinear in between is what "uniform" means.
    edge = np.zeros((len(borders), len(borders)))
    upper = np.cumsum(p[:, ::-1], axis=1)[:, ::-1]
    edge[1:, :-1] = np.cumsum(upper, axis=0)
    position = np.interp(at, borders, np.arange(len(borders), dtype=float))
    i = np.minimum(position.astype(int), len(borders) - 2)
    w = position - i
    return np.asarray(
        (1 - w) ** 2 * edge[i, i] + w**2 * edge[i + 1, i + 1] + w * (1 - w) * (edge[i + 1, i] + edge[i, i + 1])
    )


def shortest_interval(mass: Floats, at: Floats) -> tuple[float, float]:
    """The shortest interval that holds `limits.INTERVAL` of `mass`, which lies on the even places `at`, shape (n,).

    It is narrower than the central one where the distribution leans.
    """
    cumulative = np.concatenate([[0.0], np.cumsum(mass)])
    half = 0.5 * (at[1] - at[0])
    edges = np.concatenate([at - half, at[-1:] + half])
    share = limits.INTERVAL * float(cumulative[-1])
    # Finer starts than the grid's; the last that still has the mass above it is interpolated too.
    starts = np.linspace(edges[0], float(np.interp(cumulative[-1] - share, cumulative, edges)), 4 * len(edges))
    ends = np.interp(np.interp(starts, edges, cumulative) + share, cumulative, edges)
    # Of equally short ones the middle one, so that a flat distribution has a central interval.
    short = np.flatnonzero(ends - starts <= (ends - starts).min() + 1e-9)
    best = int(short[len(short) // 2])
    return float(starts[best]), float(ends[best])


def _middle_of_grid(p: Joint) -> Floats:
    """Mass of the band's middle by place, shape (n,); halfway between two places it is nearest to both."""
    n = len(p)
    twice = np.add.outer(np.arange(n), np.arange(n)).ravel()
    sums = np.bincount(twice, weights=p.ravel(), minlength=2 * n - 1)
    between = 0.5 * sums[1::2]
    return np.asarray(sums[::2] + np.r_[between, 0.0] + np.r_[0.0, between])


def _middle_of_cells(p: Joint, borders: Floats, at: Floats) -> Floats:
    """Distribution of the band's middle over the even places `at`, summing to 1."""
    centres = 0.5 * (borders[1:] + borders[:-1])
    value = 0.5 * (centres[:, None] + centres[None, :])
    step = at[1] - at[0]
    index = np.clip(np.rint((value - at[0]) / step), 0, len(at) - 1).astype(int)
    mass = np.bincount(index.ravel(), weights=p.ravel(), minlength=len(at))
    # The cells are coarser than the grid: spread each over a cell's width, so that the interval is not a comb's.
    width = max(round(0.25 / step), 1)
    kernel = np.bartlett(2 * width + 1)
    smooth = np.convolve(mass, kernel / kernel.sum(), mode="same")
    return np.asarray(smooth / smooth.sum())


def _median(at: Floats, mass: Floats) -> float:
    return float(np.interp(0.5, np.cumsum(mass) / mass.sum(), at))
