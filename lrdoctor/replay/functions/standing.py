"""What a round of arms comes to: a cost for each LR, how sure it is, and whether the arms differ at all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.numerics import median, noise
from lrdoctor.records.run import Floats
from lrdoctor.replay.functions.arms import Outcome, Trace
from lrdoctor.replay.functions.levels import HALF, distinguishable, level, memory, paired, part

BEGINNING = 0.1  # of an arm: a validation loss logged there is the untrained model's


@dataclass(frozen=True, eq=False)
class Standing:
    """One LR's place in a round.

    Args:
        lr: the LR.
        loss: its curve, the mean over the seeds: validation losses where `cost` is one and they were logged all along.
        cost: its level at the end, a mean over the seeds; inf where it broke.
        error: standard error of how far it lies above the best arm's.
        broke: whether any seed's loss was not finite.
        given_up: whether it was stopped because it could not catch up; `cost` is then what it could have reached by
            doubling its steps.
    """

    lr: float
    loss: Floats
    cost: float
    error: float
    broke: bool = False
    given_up: bool = False


@dataclass(frozen=True, eq=False)
class Standings:
    """A round.

    Args:
        horizon: steps of each arm.
        arms: ascending in LR.
        untrained: the cost before training.
        error: its standard error.
        measure: `validation` or `training`: whose loss `cost` is.
        curves: whether the arms' curves are of what `cost` is.
        differs: whether arms are told apart: one broke, one was given up, or their levels differ beyond noise.
    """

    horizon: int
    arms: tuple[Standing, ...]
    untrained: float
    error: float
    measure: str
    curves: bool
    differs: bool

    @property
    def best(self) -> Standing | None:
        """The arm of the least cost that came to its end."""
        ended = [arm for arm in self.arms if math.isfinite(arm.cost)]
        return min(ended, key=lambda arm: arm.cost, default=None)

    @property
    def gained(self) -> float:
        """What the best arm came down by, as far as that is beyond noise; 0 where none did."""
        best = self.best
        if best is None or not math.isfinite(self.untrained):
            return 0.0
        down = self.untrained - best.cost
        return down if down > limits.REPLAY_BEYOND_NOISE * self.error else 0.0


def standings(horizon: int, outcomes: Sequence[Outcome]) -> Standings:
    """The round that these outcomes make; those that failed or were stopped take no part."""
    usable = [one for one in outcomes if one.end in {"finished", "broke", "given up"} and not one.trace.empty]
    lrs = sorted({one.job.lr for one in usable})
    groups = [[one for one in usable if one.job.lr == lr] for lr in lrs]
    measure = "validation" if _all_validated(usable) else "training"
    values = [_cost(group, measure) for group in groups]
    remembers = memory([part(*_curve(one.trace, measure), _reach(one.trace), HALF) for one in usable if _ended(one)])
    finite = [k for k, cost in enumerate(values) if math.isfinite(cost)]
    best = min(finite, key=lambda k: values[k], default=None)
    arms = tuple(
        Standing(
            lr,
            _mean_curve(group, measure),
            cost,
            0.0
            if best is None or k == best or not math.isfinite(cost)
            else _error(group, groups[best], measure, remembers),
            any(one.end == "broke" for one in group),
            any(one.end == "given up" for one in group),
        )
        for k, (lr, group, cost) in enumerate(zip(lrs, groups, values, strict=True))
    )
    untrained, error = _untrained(usable, arms, measure)
    curves = measure == "training" or all(len(one.trace.val) > 0 for one in usable)
    return Standings(horizon, arms, untrained, error, measure, curves, _differs(arms, groups, measure, remembers))


def _all_validated(outcomes: Sequence[Outcome]) -> bool:
    finished = [one.trace for one in outcomes if one.end == "finished"]
    return bool(finished) and all(trace.final is not None or len(_late(trace)) > 0 for trace in finished)


def _late(trace: Trace) -> Floats:
    """Validation losses of the second half."""
    return trace.val[trace.val_step >= 0.5 * _reach(trace)] if len(trace.val) else trace.val


def _reach(trace: Trace) -> float:
    """The last step that a trace knows."""
    return float(max([*trace.step[-1:], *trace.val_step[-1:]], default=0.0))


def end_of(one: Outcome, measure: str) -> float:
    """One arm's level at its end; inf where it broke; of one given up, what twice its steps could have brought."""
    trace = one.trace
    if one.end == "broke":
        return math.inf
    if measure == "validation" and trace.final is not None:
        return trace.final
    step, value = _curve(trace, measure)
    now = _reach(trace)
    at = level(step, value, now)
    if math.isnan(at) and len(value):
        at = float(value[-1])
    if one.end == "given up":
        before = level(step, value, now / 2)
        at -= max(before - at, 0.0) if math.isfinite(before) else 0.0
    return at


def _curve(trace: Trace, measure: str) -> tuple[Floats, Floats]:
    return (trace.val_step, trace.val) if measure == "validation" and len(trace.val) else (trace.step, trace.loss)


def _cost(group: Sequence[Outcome], measure: str) -> float:
    """Mean over the seeds of an LR: one that breaks with any seed is broken."""
    ends = [end_of(one, measure) for one in group]
    return math.inf if any(one.end == "broke" for one in group) else float(np.mean(ends))


def _mean_curve(group: Sequence[Outcome], measure: str) -> Floats:
    curves = [_curve(one.trace, measure)[1] for one in group]
    shortest = min(map(len, curves))
    return np.asarray(np.mean([curve[:shortest] for curve in curves], axis=0)) if shortest else np.empty(0)


def _error(group: Sequence[Outcome], best: Sequence[Outcome], measure: str, remembers: float) -> float:
    """Standard error of the difference of two LRs' costs: of its noise, and of its spread over seeds, the larger."""
    rivals = {one.job.seed: one for one in best}
    pairs = [(one, rivals[one.job.seed]) for one in group if one.job.seed in rivals]
    if not pairs:
        return math.nan
    gaps, errors = [], []
    for one, other in pairs:
        gaps.append(end_of(one, measure) - end_of(other, measure))
        a, b = _curve(one.trace, measure), _curve(other.trace, measure)
        errors.append(paired(a, b, min(_reach(one.trace), _reach(other.trace)), remembers)[1])
    known = [error for error in errors if math.isfinite(error)]
    within = math.sqrt(sum(error**2 for error in known)) / len(known) if known else 0.0
    between = float(np.std(gaps, ddof=1)) / math.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    return max(within, between)


def _untrained(usable: Sequence[Outcome], arms: Sequence[Standing], measure: str) -> tuple[float, float]:
    """The cost before training, and its standard error.

    Where no validation loss was logged at the beginning, the worst arm that came to its end stands for it: the lowest
    LR has hardly trained.
    """
    if measure == "training":
        starts = [one.trace.loss[0] for one in usable if len(one.trace.loss) and math.isfinite(one.trace.loss[0])]
        spread = [noise(one.trace.loss) for one in usable if one.trace.finite]
        known = [s for s in spread if math.isfinite(s)]
        seeds = len({one.job.seed for one in usable})
        return (median(np.array(starts)) if starts else math.nan), (
            median(np.array(known)) if known else 0.0
        ) / math.sqrt(max(seeds, 1))
    early = [
        float(one.trace.val[0])
        for one in usable
        if len(one.trace.val) > 1 and one.trace.val_step[0] <= BEGINNING * _reach(one.trace)
    ]
    if early:
        return median(np.array(early)), float(np.std(early)) / math.sqrt(len(early))
    costs = [arm.cost for arm in arms if math.isfinite(arm.cost) and not arm.given_up]
    errors = [arm.error for arm in arms if math.isfinite(arm.error)]
    return max(costs, default=math.nan), max(errors, default=0.0)


def _ended(one: Outcome) -> bool:
    return one.end == "finished"


def _differs(arms: Sequence[Standing], groups: Sequence[Sequence[Outcome]], measure: str, remembers: float) -> bool:
    """Whether the LR made any difference beyond noise."""
    if any(arm.broke or arm.given_up for arm in arms):
        return True
    if len(arms) < 2:
        return False
    by_seed = [{one.job.seed: one for one in group} for group in groups]
    seeds = sorted(set.intersection(*map(set, by_seed)))
    if measure == "validation" and any(one.trace.final is not None for group in groups for one in group):
        # One value an arm and seed: only their spread over seeds tells what is noise.
        parts = [np.array([end_of(ones[seed], measure) for seed in seeds]) for ones in by_seed]
        remembers = 1.0
    else:
        parts = [np.concatenate([_last_part(ones[seed], measure) for seed in seeds]) for ones in by_seed]
    if min(map(len, parts)) >= 4:
        return distinguishable(parts, remembers) < limits.REPLAY_FLAT
    # Nothing tells the noise: what is not the same differs.
    costs = [arm.cost for arm in arms]
    return max(costs) - min(costs) > 1e-6 * max(abs(cost) for cost in costs)


def _last_part(one: Outcome, measure: str) -> Floats:
    return part(*_curve(one.trace, measure), _reach(one.trace))
