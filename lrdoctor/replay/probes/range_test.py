"""Range test: the LR rises step by step; where does the loss fall, where does it blow up?

Spent by points per decade: a coarse ramp over everything first, then finer ones, with other data orders, over the
decades in which anything happens.  All statistics are over log LR.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UsageError
from lrdoctor.records.replay import Ramp, RangeTest
from lrdoctor.records.run import Floats
from lrdoctor.replay.belief.blow_up import blown_up, step_noise
from lrdoctor.replay.reruns.training import train
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.budget import stoppable

Bounds = tuple[float, float]
LOWEST, HIGHEST = 1e-10, 10.0
COARSE = 2  # points a decade of the first ramp
BINS = 4  # bins a decade of the statistics
LOOK = 4  # steps between two looks for a blow-up
FINE = 8  # points a decade of the others
BEFORE, BEYOND = 0.5, 0.5  # decades around what the coarse ramp found
UNBROKEN = 3.0  # decades above the first fall that fine ramps cover where nothing broke
SCALES = ("exponential", "linear")

Place = tuple[float, float]
"""Decades from the LR that blows up to the band's middle: mean and spread."""


def ramp(low: float, high: float, points: int, scale: str = "exponential") -> Floats:
    """LRs from `low` to `high`, evenly spaced in the logarithm or (`linear`) in the LR itself."""
    return np.geomspace(low, high, points) if scale == "exponential" else np.linspace(low, high, points)


def check_bounds(bounds: Bounds, scale: str) -> None:
    """Raises `UsageError` for bounds or a scale that no ramp can have."""
    low, high = bounds
    if not 0 < low < high < math.inf:
        raise UsageError(f"a range test needs two learning rates with 0 < low < high, got {low:g} and {high:g}")
    if scale not in SCALES:
        raise UsageError(f"unknown ramp {scale!r}: choose {' or '.join(SCALES)}")


def range_test(
    shop: Workshop, share: Callable[[int], float], seed: int, bounds: Bounds, scale: str, place: Place
) -> RangeTest:
    """A coarse ramp over the bounds, then as many fine ones as the test may take, each with another data order.

    Args:
        shop: what is trained.
        share: the steps that the test may take, of a budget of so many; asked again when the coarse ramp has shown how
            many there is time for.
        seed: of the first ramp.
        bounds, scale: of the coarse ramp.
        place: where the band's middle lies from the blow-up.
    """
    steps = share(shop.budget.steps)
    low, high = bounds
    decades = math.log10(high / low)
    spent = shop.budget.trained
    points = max(int(min(COARSE * decades, 0.6 * steps)), 6) + 1
    ramps = [run_ramp(shop, ramp(low, high, points, scale), seed)]
    shop.budget.fit_to_time()
    steps = share(shop.budget.steps)
    first = summary(ramps, place)
    if first.falls is None and first.breaks is None:
        return first
    end = min(high, (first.breaks or (first.falls or low) * 10**UNBROKEN) * 10**BEYOND)
    start = max(low, min((first.falls or end / 100) / 10**BEFORE, end / 10))
    fine = max(int(FINE * math.log10(end / start)), 6) + 1
    with stoppable(shop.budget):
        while shop.budget.left >= fine and shop.budget.trained - spent + fine <= steps:
            ramps.append(run_ramp(shop, ramp(start, end, fine, scale), seed + len(ramps)))
    return summary(ramps, place)


def run_ramp(shop: Workshop, lrs: Floats, seed: int) -> Ramp:
    """Train a fresh copy along the ramp until it blows up."""
    # Of the groups' LRs; a warm-up may begin from 0.
    share = shop.schedule.share[int(shop.schedule.share[:, 0].argmax())]
    done = train(shop, lrs[:, None] * share[None, :], seed, broken=lambda loss: blown_up(loss) is not None, every=LOOK)
    at = blown_up(done.loss)
    kept = len(done.loss) if at is None else at + 1
    # A loss is logged before the update: the LR that broke it is the step before's, and none broke the first.
    broke = float(lrs[at - 1]) if at else None
    return Ramp(lrs[:kept], done.loss[:kept], seed, broke)


def falls_from(lr: Floats, loss: Floats) -> float | None:
    """The LR from which a ramp's loss has come down beyond its noise; None where it never does."""
    good = np.isfinite(loss)
    lr, loss = lr[good], loss[good]
    if len(loss) < 4:
        return None
    begin = max(3, len(loss) // 6)
    first, lowest = float(np.median(loss[:begin])), float(loss[begin:].min())
    need = max(0.1 * (first - lowest), 3 * step_noise(loss))
    if not first - lowest > need > 0:
        return None
    below = first - loss[begin:] > need
    # Twice in a row: of fifty noisy values one is often this low.
    lasting = np.flatnonzero(below[:-1] & below[1:])
    return float(lr[begin + lasting[0]]) if len(lasting) else None


def summary(ramps: Sequence[Ramp], place: Place) -> RangeTest:
    """What the ramps say together; `place` is where the band's middle lies from the blow-up."""
    lr, loss = np.concatenate([r.lr for r in ramps]), np.concatenate([r.loss for r in ramps])
    which = np.concatenate([np.full(len(r.lr), k) for k, r in enumerate(ramps)])
    good = np.isfinite(loss)
    cell = np.floor(np.log10(lr) * BINS).astype(int)
    cells = np.unique(cell[good])
    level = np.array([float(loss[good & (cell == c)].mean()) for c in cells])
    spread = np.array([_between(loss, which, good & (cell == c)) for c in cells])
    falls = [f for r in ramps if (f := falls_from(r.lr, r.loss)) is not None]
    broke = [r.broke for r in ramps if r.broke is not None]
    start = float(np.median(falls)) if falls else None
    end = float(10 ** np.median(np.log10(broke))) if broke else None
    interval, reason = None, ""
    if not good.any():
        reason = "the loss is not finite even before the first update"
    elif end is None and start is None:
        reason = "the loss neither falls nor blows up at any learning rate of the test"
    elif end is None:
        reason = "the loss falls, but no learning rate of the test blows it up"
    else:
        mean, error = place
        interval = (end * 10 ** (mean - 1.2816 * error), end * 10 ** (mean + 1.2816 * error))
    return RangeTest(tuple(ramps), (cells + 0.5) / BINS, level, spread, start, end, interval, reason)


def _between(loss: Floats, which: Floats, here: NDArray[np.bool_]) -> float:
    means = [float(loss[here & (which == k)].mean()) for k in np.unique(which[here])]
    return float(np.std(means, ddof=1)) if len(means) > 1 else math.nan
