"""Rounds in the unit that the belief of replays was fitted in, and that belief, averaged over the arms' noise.

The belief takes losses whose untrained value and gain mean something.  A loss of any origin and unit is brought there
by differences alone: the untrained model's becomes 1, and the best arm of all rounds gains what is typical
(`TYPICAL_GAIN`).  So neither a constant added to the loss nor a factor changes an answer.  Where no arm gained
anything beyond noise, `limits.REPLAY_BEYOND_NOISE` standard errors above the untrained model's loss become the belief's
limit of harm.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lrdoctor import limits
from lrdoctor.records.replay import Arm, Drift, Round
from lrdoctor.records.run import Floats
from lrdoctor.replay.belief import evidence
from lrdoctor.replay.belief.edges import Edges
from lrdoctor.replay.belief.other_tasks import TYPICAL_GAIN, Expected
from lrdoctor.replay.functions.standing import Standing, Standings

DRAWS = 24  # of the arms' noise, half of them mirrored; a flat posterior hardly changes from 12 on


def canonical(rounds: Sequence[Standings], noise: Callable[[Standing], float] = lambda _: 0.0) -> list[Round]:
    """The rounds, with `noise` added to the costs of arms."""
    gained = max((made.gained for made in rounds), default=0.0)
    return [_canonical(made, gained, noise) for made in rounds]


def _canonical(made: Standings, most: float, noise: Callable[[Standing], float]) -> Round:
    learned = made.gained > 0
    unit = most / TYPICAL_GAIN if learned else _unit_of_harm(made)
    arms = []
    for arm in made.arms:
        cost = 1 + (arm.cost + (noise(arm) if np.isfinite(arm.cost) else 0.0) - made.untrained) / unit
        if not learned:
            # What lies below is noise: nothing was learned.
            cost = max(cost, 1.0)
        loss = 1 + (arm.loss - made.untrained) / unit if made.curves else np.ones(len(arm.loss))
        arms.append(Arm(arm.lr, loss, float(cost), arm.broke))
    best = 10 ** evidence.seen(arms, 1.0).best if arms and learned and evidence.learned(arms, 1.0) else None
    return Round(made.horizon, tuple(arms), 1.0, best)


def _unit_of_harm(made: Standings) -> float:
    errors = [made.error, *(arm.error for arm in made.arms if np.isfinite(arm.error))]
    spread = [abs(arm.cost - made.untrained) for arm in made.arms if np.isfinite(arm.cost)]
    least = 1e-9 * max(spread, default=1.0) or 1e-12
    return max(limits.REPLAY_BEYOND_NOISE * max(errors) / limits.REPLAY_HARM, least)


def infer(began: Edges, rounds: Sequence[Standings], steps: int, custom: Expected) -> tuple[Edges, Drift | None]:
    """The belief after some rounds, and the drift they show; without noise in the costs for the latter.

    The arms' costs are known up to their errors: they are drawn `DRAWS` times, and the posteriors averaged, as those of
    imputed data are (Rubin 1987, doi:10.1002/9780470316696).
    """
    plain = canonical(rounds)
    found = [(horizon, one) for horizon, one in evidence.rounds_seen(plain) if one.learned]
    drift = evidence.drift_of(found, steps, custom) if found else None
    errors = any(arm.error > 0 for made in rounds for arm in made.arms)
    total = np.zeros_like(began.log_p)
    draws = list(_draws()) if errors else [None]
    for rng in draws:
        drawn = plain if rng is None else canonical(rounds, _noise(rng))
        total += _given(began, drawn, steps, custom).p
    with np.errstate(divide="ignore"):
        return Edges(np.log(total / len(draws))), drift


def _draws() -> "list[tuple[int, float]]":
    return [(seed, sign) for seed in range(DRAWS // 2) for sign in (1.0, -1.0)]


def _noise(draw: tuple[int, float]) -> Callable[[Standing], float]:
    seed, sign = draw
    rng = np.random.default_rng(seed)
    return lambda arm: sign * float(rng.standard_normal()) * (arm.error if np.isfinite(arm.error) else 0.0)


def _given(began: Edges, rounds: Sequence[Round], steps: int, custom: Expected) -> Edges:
    """As `course.update` has it for recipes, without ramps and curvature."""
    found = evidence.rounds_seen(rounds)
    known = [(horizon, one) for horizon, one in found if one.learned]
    moves = evidence.drift_of(known, steps, custom) if known else Drift(*custom, 0.0)
    edges = began
    for (horizon, one), weight in zip(found, evidence.weights(rounds), strict=True):
        length = float(np.log10(max(steps / horizon, 1.0)))
        edges = edges.given(*evidence.log_likelihood(one, length, moves, weight))
    high: Floats = evidence.from_blow_ups(rounds)
    return edges.given(0.0, high)
