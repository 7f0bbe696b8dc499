"""How a replay spends its steps: which LRs, over which horizons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor.errors import UsageError
from lrdoctor.records.run import Floats
from lrdoctor.replay.belief.edges import Edges
from lrdoctor.replay.safeguards.budget import EVALUATION

LEAST_HORIZON = 10  # steps; a schedule compressed into fewer has no shape
FEW, MANY = 120, 600  # steps from which two rounds, and three with curvature, have room
NARROW = 1.6  # decades of the prior's 90 % interval below which no range test is needed
FEWEST_STEPS = 60


@dataclass(frozen=True)
class Stage:
    """One round to come.

    Args:
        share: of the budget, against the other rounds'.
        arms: how many.
        most, least: decades between two arms.
    """

    share: float
    arms: int
    most: float
    least: float


# Chosen on `python -m benchmarks.replay_fit replays`: first wide and cheap; most of the budget goes to the longest
# arms, which are few: what errs most is the drift from them to the real run's length, and each arm more shortens them.
# The last two lie on either side of where the best LR is believed; the spare one goes beyond the better of them.
LONG = (Stage(0.08, 4, 0.7, 0.3), Stage(0.20, 3, 0.45, 0.25), Stage(0.72, 2, 0.4, 0.3))
SHORT = (Stage(0.25, 4, 0.7, 0.35), Stage(0.75, 2, 0.45, 0.3))
SPARE = 1  # arms that a round may need beyond its ends


def held_out(horizon: int) -> int:
    """Unseen batches that end an arm: enough to settle small differences, few enough to cost little."""
    return int(np.clip(horizon // 4, 4, 24))


def stages(steps: float, edges: Edges) -> Sequence[Stage]:
    """The rounds for a budget, short ones first; what is believed narrowly already needs no first look."""
    if steps < FEW:
        return (Stage(1.0, 4, 0.5, 0.3),)
    rounds = LONG if steps >= MANY else SHORT
    return rounds if needs_range_test(edges) else rounds[1:]


def horizon(stage: Stage, later: Sequence[Stage], steps: float, longest: int) -> int:
    """Steps of each arm, so that the later rounds still find their share of the `steps` left; at most `longest`."""
    share = stage.share / (stage.share + sum(one.share for one in later))
    most = max(LEAST_HORIZON, min(int(share * steps / (stage.arms + SPARE)), longest))
    fitting = (h for h in range(most, LEAST_HORIZON, -1) if _cost(h, stage.arms + SPARE) <= share * steps)
    return next(fitting, min(LEAST_HORIZON, longest))


def _cost(steps: int, arms: int) -> float:
    """Of a round, in training steps; the untrained model is evaluated too."""
    return arms * steps + (arms + 1) * EVALUATION * held_out(steps)


FARTHEST = 30.0  # decades; beyond, powers of ten are no learning rates


def candidates(edges: Edges, stage: Stage, shift: float) -> Floats:
    """LRs for a round, the middle one first: they span where the band's middle may lie at the round's horizon.

    `shift` is how far the best LR moves from that horizon to the real run's length, in decades.
    """
    low, high = edges.band.central_interval(0.9)
    gap = float(np.clip((high - low) / (stage.arms - 1), stage.least, stage.most))
    centre = 0.5 * (low + high) if gap < stage.most else edges.best
    offsets = (np.arange(stage.arms) - (stage.arms - 1) / 2) * gap
    places = centre - shift + offsets[np.argsort(np.abs(offsets), kind="stable")]
    # A drift measured on a loss that means nothing may be anything.
    return np.asarray(10.0 ** np.clip(places, -FARTHEST, FARTHEST))


def check_steps(steps: int) -> None:
    """Raises `UsageError` for a budget in which nothing can be compared."""
    if steps < FEWEST_STEPS:
        raise UsageError(f"{steps} steps are too few to compare learning rates: allow {FEWEST_STEPS} at least")


def range_test_steps(steps: int) -> float:
    """Of a budget, what the range test may take: one fine ramp at 300 steps, about four at 1,000."""
    return min(0.22 * steps, 30 + 0.07 * steps)


def curvature_steps(steps: int) -> float:
    """Of a budget, what measuring the curvature may take; 0 where it has no room."""
    return 0.06 * steps if steps >= MANY else 0.0


def needs_range_test(edges: Edges) -> bool:
    """Whether what is believed is too wide for arms to begin at once."""
    low, high = edges.band.central_interval(0.9)
    return high - low > NARROW
