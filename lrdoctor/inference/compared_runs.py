"""What comparing two runs says about where each lies: a fitted table of pairs.

For two runs of one sweep the difference of their results, over what training gained at all and over
the tolerance that defines the band, is put into one of a few bins; the table holds how likely each bin
is, given where the two runs lie: so far below the band, inside it, or so far above it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrdoctor import limits
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.records.run import Floats

Classes = NDArray[np.intp]

MEASURES = ("accuracy", "validation", "training")


@dataclass(frozen=True, eq=False)
class PairTables:
    """Fitted log-likelihoods of a compared pair.

    Args:
        below: borders of the distance below the band, in decades, ascending from 0, shape (b,).
        above: the same above it, shape (a,).
        borders: of the signed, scaled difference, ascending, shape (r - 1,).
        log_p: by measure, shape (classes, classes, r), the first run's class first; classes = b + a + 1,
            the farthest below first, `b` inside, the farthest above last.
    """

    below: Floats
    above: Floats
    borders: Floats
    log_p: dict[str, Floats]

    def classes(self, low: Floats, high: Floats) -> Classes:
        """The class of a run, given the band's edges: log10(edge / the run's LR), broadcast together."""
        inside = len(self.below)
        under = np.searchsorted(self.below, low, side="left")
        over = np.searchsorted(self.above, -high, side="left")
        return np.asarray(np.where(low > 0, inside - under, inside + over), dtype=np.intp)

    def bins(self, difference: float) -> int:
        """The bin of a signed, scaled difference, 0 <= bin < r; a difference of NaN is in the last."""
        return int(np.searchsorted(self.borders, difference))


@dataclass(frozen=True, eq=False)
class Results:
    """What each run reached by the last step that all of them share.

    Args:
        measure: one of MEASURES.
        cost: lower is better, at most `untrained`, shape (n,).
        untrained: the cost before training.
        tolerance: the regret that still counts as good.
        logged: the cost as the log has it, shape (n,).
        steps: the runs are compared by what they had reached after so many steps.
    """

    measure: str
    cost: Floats
    untrained: float
    tolerance: float
    logged: Floats
    steps: float

    def difference(self, i: int, j: int) -> float:
        """(cost of i - cost of j) over what the better one gained, at most 1 either way, in tolerances."""
        gained = max(
            self.untrained - min(float(self.cost[i]), float(self.cost[j])), 1e-9 * max(abs(self.untrained), 1e-12)
        )
        return float(np.clip((self.cost[i] - self.cost[j]) / gained, -1, 1)) / self.tolerance


def results(curves: Sequence[LossCurve | None], diverged: Sequence[bool] = ()) -> Results:
    """The runs' results on the best measure that all of them logged, at equal steps.

    The shortest run says how many; one that diverged, and so is not compared, only where all did.  A run without a
    curve reached nothing: its cost is the untrained model's, and NaN as logged.

    Args:
        curves: of each of n runs, or None.
        diverged: whether each run did, in the same order; empty where none did.
    """
    with_curve = [i for i, curve in enumerate(curves) if curve is not None]
    if len(with_curve) == len(curves):
        return _of_curves([t for t in curves if t is not None], diverged)
    if not with_curve:
        nothing = np.full(len(curves), np.nan)
        return Results("training", nothing, math.nan, limits.BAND_LOSS, nothing, math.nan)
    found = _of_curves([t for t in curves if t is not None], [diverged[i] for i in with_curve] if diverged else ())
    cost, logged = np.full(len(curves), found.untrained), np.full(len(curves), np.nan)
    cost[with_curve], logged[with_curve] = found.cost, found.logged
    return replace(found, cost=cost, logged=logged)


def _of_curves(curves: Sequence[LossCurve], diverged: Sequence[bool]) -> Results:
    not_diverged = [t for t, broke in zip(curves, diverged, strict=True) if not broke] if diverged else curves
    shortest = min(float(t.step[-1] - t.step[0]) for t in not_diverged or curves)
    if all(len(t.accuracy) > 1 for t in curves):
        cost = [_best_cost(t, 1 - t.accuracy, t.accuracy_time, shortest) for t in curves]
        return _results("accuracy", cost, [1 - float(t.accuracy[0]) for t in curves], shortest)
    if all(len(t.val_loss) > 1 for t in curves):
        cost = [_best_cost(t, t.val_loss, t.val_time, shortest) for t in curves]
        return _results("validation", cost, [t.val_start for t in curves], shortest)
    return _results("training", [t.lowest for t in curves], [t.start for t in curves], shortest)


def _results(measure: str, cost: Sequence[float], untrained: Sequence[float], steps: float) -> Results:
    start, logged = float(np.median(untrained)), np.array(cost)
    tolerance = limits.BAND_ACCURACY if measure == "accuracy" else limits.BAND_LOSS
    return Results(measure, np.minimum(np.nan_to_num(logged, nan=start), start), start, tolerance, logged, steps)


def _best_cost(curve: LossCurve, cost: Floats, time: Floats, steps: float) -> float:
    last = float(np.interp(curve.step[0] + steps, curve.finite_step, curve.time))
    seen = time <= last * (1 + 1e-9)
    return float(cost[seen].min()) if seen.any() else float(cost[0])


def pairs_to_compare(found: Results, log_lr: Floats) -> list[tuple[int, int]]:
    """The pairs worth comparing, the lower LR first: every run with its neighbours in LR, and with the best one.

    `log_lr` is log10 of the runs' LRs in the order of `found`, shape (n,); pairs are positions in it.
    """
    order = [int(i) for i in np.argsort(log_lr, kind="stable")]
    best = min(order, key=lambda i: (found.cost[i], i))
    pairs = {(a, b) for a, b in pairwise(order)}
    pairs |= {(i, best) if order.index(i) < order.index(best) else (best, i) for i in order if i != best}
    return sorted(pairs)
