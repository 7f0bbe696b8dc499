"""What a round of arms, and a range test, say about the edges of the band at the run's full length."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.records.replay import Arm, Curvature, Drift, RangeTest, Round
from lrdoctor.records.run import Floats
from lrdoctor.replay.belief.blow_up import blown_up
from lrdoctor.replay.belief.edges import GRID
from lrdoctor.replay.belief.other_tasks import CENTRE_TO_MIDDLE, EDGES_VARY, WIDENS, Expected

UNSEEN = 1.5  # decades of doubt about what lies beyond the arms
AT_ONCE = 2.0  # of the first loss: a rise by more within two updates is none that a batch makes


@dataclass(frozen=True)
class Seen:
    """A round's cost curve in three numbers, log10 LR at the round's horizon.

    Args:
        low, high: where the regret leaves the tolerance; infinite where no arm lies beyond the best ones.
        best: centre of the LRs that are about as good as the best one; an end's where that is the best.
        gap: decades between the arms around it.
        learned: whether any arm did; else `best` is only between arms that did nothing and arms that did harm.
    """

    low: float
    high: float
    best: float
    gap: float
    learned: bool = True


def regrets(arms: Sequence[Arm], untrained: float) -> Floats:
    """What each arm's cost is above the best one's, over what the best one gained; 1 where an arm broke or is worse."""
    cost = np.array([arm.cost for arm in arms])
    finite = np.isfinite(cost)
    if not finite.any():
        return np.ones(len(arms))
    least = float(cost[finite].min())
    gained = max(untrained - least, 1e-9 * max(abs(untrained), 1e-12))
    return np.where(finite, np.clip((np.where(finite, cost, untrained) - least) / gained, 0.0, 1.0), 1.0)


def learned(arms: Sequence[Arm], untrained: float) -> bool:
    """Whether any arm came down by more than the differences between arms that did nothing."""
    cost = np.array([arm.cost for arm in arms if math.isfinite(arm.cost)])
    return bool(len(cost) and untrained - cost.min() > limits.REPLAY_LEARNED * abs(untrained))


def gain(made: Round) -> float:
    """What a round's best arm came down by, as a share of the untrained loss; 0 where none did."""
    costs = [arm.cost for arm in made.arms if math.isfinite(arm.cost)]
    came_down = made.untrained - min(costs) if costs else 0.0
    return came_down / abs(made.untrained) if came_down > 0 and made.untrained else 0.0


def slow(made: Round) -> bool:
    """Whether a round's arms gained so little that longer ones would be surer."""
    return gain(made) < limits.REPLAY_SLOW


def barely(made: Round) -> bool:
    """Whether a round's arms stand before their descent: what orders them may not be what orders whole runs."""
    return gain(made) < limits.REPLAY_BARELY


def temperature(rounds: Sequence[Round]) -> float:
    """By what log-probabilities are divided for the interval, the band and the chances."""
    unsure = limits.REPLAY_UNSURE if rounds and barely(rounds[-1]) else 1.0
    return limits.REPLAY_TEMPERATURE * unsure


def weights(rounds: Sequence[Round]) -> Floats:
    """What each round counts: as its length and what its arms gained, over the most of any round.

    Rounds share a task and short ones mislead, the more the less of the descent they saw.
    """
    longest, most = (max((of(r) for r in rounds), default=1.0) for of in (lambda r: r.horizon, gain))
    return np.array([(r.horizon / longest) ** limits.REPLAY_SHARED * (gain(r) / most if most else 1.0) for r in rounds])


def harmful(arm: Arm, untrained: float) -> bool:
    """Whether an arm broke or ended clearly above the untrained model."""
    return not math.isfinite(arm.cost) or not arm.cost <= untrained + limits.REPLAY_HARM * abs(untrained)


def rose(arm: Arm) -> bool:
    """Whether an arm's loss was ever far above where it began, though it may have come down again."""
    if arm.broke or blown_up(arm.loss, lasting=1) is not None:
        return True
    # The first updates may have thrown it up already.
    return len(arm.loss) > 0 and bool(arm.loss[:3].max() - arm.loss[0] > AT_ONCE * abs(arm.loss[0]))


def did_harm(arm: Arm, untrained: float) -> bool:
    """Whether an arm that learned nothing had too high an LR: a dead model ends near the untrained one's loss."""
    return harmful(arm, untrained) or rose(arm)


def seen(arms: Sequence[Arm], untrained: float) -> Seen:
    """The round's cost curve, read off between its arms (one at least, ascending in LR)."""
    x = np.log10([arm.lr for arm in arms])
    if not learned(arms, untrained):
        return _bracket(x, [did_harm(arm, untrained) for arm in arms])
    regret = regrets(arms, untrained)
    if len(arms) == 1:
        return Seen(-math.inf, math.inf, float(x[0]), UNSEEN)
    fine = np.union1d(np.arange(x[0], x[-1], 0.02), x)
    curve = np.interp(fine, x, regret)
    weight = np.exp(-curve / limits.REPLAY_NEAR)
    centre = float((fine * weight).sum() / weight.sum())
    good = np.flatnonzero(curve <= limits.BAND_LOSS)
    low = -math.inf if good[0] == 0 else float(fine[good[0]])
    high = math.inf if good[-1] == len(fine) - 1 else float(fine[good[-1]])
    # An end that is the best has its like beyond, where no arm was.
    best = int(regret.argmin())
    at = int(np.clip(np.searchsorted(x, centre), 1, len(x) - 1))
    if best in {0, len(x) - 1}:
        centre, at = float(x[best]), max(best, 1)
    return Seen(low, high, centre, float(x[at] - x[at - 1]))


def _bracket(x: Floats, harm: Sequence[bool]) -> Seen:
    """Where a good LR must lie when no arm learned: above those that did nothing, below those that did harm."""
    first = next((k for k, bad in enumerate(harm) if bad), len(x))
    if first == 0:
        return Seen(-math.inf, float(x[0]), float(x[0]) - UNSEEN / 2, UNSEEN, learned=False)
    if first == len(x):
        return Seen(float(x[-1]), math.inf, float(x[-1]) + UNSEEN / 2, UNSEEN, learned=False)
    return Seen(
        -math.inf, float(x[first]), 0.5 * float(x[first] + x[first - 1]), float(x[first] - x[first - 1]), learned=False
    )


def log_likelihood(found: Seen, length: float, drift: Drift, weight: float) -> tuple[Floats, Floats]:
    """Of the low and the high edge over GRID, from one round; `length` is log10(real run / horizon)."""
    own = math.hypot(limits.REPLAY_EDGE, found.gap / 3)
    error = math.hypot(own, EDGES_VARY * drift.error * length)
    # Infinite: the edge lies beyond the last arm, and no more is known of it.
    low_part, high_part = (
        np.zeros(len(GRID)) if math.isinf(at) else _bell(GRID, at + (drift.slope + more) * length, error)
        for at, more in zip((found.low, found.high), WIDENS, strict=True)
    )
    # The best LR lies inside whatever the edges are.
    best, error = found.best + drift.slope * length + CENTRE_TO_MIDDLE, math.hypot(own, drift.error * length)
    return weight * (low_part + _soft(best - GRID, error)), weight * (high_part + _soft(GRID - best, error))


def _bell(x: Floats, centre: float, error: float) -> Floats:
    """Log of a bell with heavy tails (Student's t with four degrees of freedom)."""
    return np.asarray(-2.5 * np.log1p(((x - centre) / error) ** 2 / 4))


def _soft(x: Floats, error: float) -> Floats:
    """Log of a soft step: 0 for x well above 0, falling below it."""
    return np.asarray(-np.logaddexp(0.0, -2.0 * x / error))


def from_ramps(test: RangeTest) -> Floats:
    """Log-likelihood of either edge, from where the ramps blew up: the band lies some way below."""
    if test.interval is None:
        return np.zeros(len(GRID))
    low, high = np.log10(test.interval)
    return _bell(GRID, (low + high) / 2, (high - low) / 2 / 1.2816)


def from_blow_ups(rounds: Sequence[Round]) -> Floats:
    """Log-likelihood of the high edge: what blows up in short reruns is no LR for the whole run either."""
    lowest = min((blows_up_from(made) for made in rounds), default=math.inf)
    if math.isinf(lowest):
        return np.zeros(len(GRID))
    return _soft(lowest - GRID, limits.REPLAY_BLOW_UP)


def blows_up_from(made: Round) -> float:
    """log10 of the LR from which on every arm broke or ended far up; infinite where the highest did not."""
    lowest = math.inf
    for arm in reversed(made.arms):
        if arm.cost <= made.untrained + limits.REPLAY_FAR_UP * abs(made.untrained):
            break
        lowest = math.log10(arm.lr)
    return lowest


def from_curvature(found: Curvature, place: Expected) -> Floats:
    """Log-likelihood of either edge, from the LR beyond which the sharpest direction is unstable.

    `place` is where the band's middle lies from that LR: mean and spread, decades.
    """
    if found.limit is None:
        return np.zeros(len(GRID))
    mean, error = place
    return _bell(GRID, math.log10(found.limit) + mean, error)


def drift_of(found: Sequence[tuple[int, Seen]], steps: int, custom: tuple[float, float]) -> Drift:
    """How the best LR moves with the horizon: the measured slope and the customary one, weighed by their errors."""
    mean, error = custom
    longest = max(h for h, _ in found)
    measured = None
    if len(found) > 1:
        h = np.log10([horizon for horizon, _ in found])
        x = np.array([one.best for _, one in found])
        spread = np.array([max(one.gap / 2, limits.REPLAY_EDGE) for _, one in found])
        weight = 1 / spread**2
        centre = (weight * h).sum() / weight.sum()
        lever = (weight * (h - centre) ** 2).sum()
        if lever > 0:
            measured = float((weight * (h - centre) * x).sum() / lever)
            own = math.hypot(1 / math.sqrt(lever), limits.REPLAY_STRETCH)
            total = 1 / error**2 + 1 / own**2
            mean, error = (mean / error**2 + measured / own**2) / total, 1 / math.sqrt(total)
    return Drift(mean, error, mean * math.log10(max(steps / longest, 1.0)), measured)


def rounds_seen(rounds: Sequence[Round]) -> list[tuple[int, Seen]]:
    """What each round shows, by its horizon."""
    return [(r.horizon, seen(r.arms, r.untrained)) for r in rounds]
