"""Several runs that differ in LR -> one sharper distribution on their common LR axis.

Two kinds of evidence are joined.  Each run's own signs, as for a single run, moved to where its LR
stands.  And the runs' results: a run whose regret against the best run made so far is above the
band's tolerance lies outside the band (regret can only grow when better runs are found), on the
side that faces away from the better run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.diagnosis import Belief
from lrdoctor.judge import interval
from lrdoctor.posterior import Tables
from lrdoctor.run import Floats
from lrdoctor.trace import Trace

STEP = 0.05  # decades; the grid both edges live on


@dataclass(frozen=True, eq=False)
class Member:
    """One run of a sweep: log10 of its LR, its curves, its signs' log-factors (see `Tables.contributions`)."""

    log_lr: float
    trace: Trace
    curve_factors: Floats
    setting_factors: Floats
    diverged: bool


@dataclass(frozen=True)
class Result:
    """What a run reached by the last step that all runs share: `cost` (lower is better) and the untrained cost."""

    cost: float
    untrained: float
    tolerance: float


@dataclass(frozen=True)
class SweepBelief:
    """The joint answer: log10 of the LR to use, the interval of log10 of the band's middle, the curve to draw."""

    log_lr: float
    interval: tuple[float, float]
    belief: Belief
    costs: tuple[float, ...]


def results(traces: Sequence[Trace]) -> list[Result]:
    """Every run's result on the best measure all of them logged, at equal steps."""
    if all(len(t.accuracy) > 1 for t in traces):
        return [_best(t, 1 - t.accuracy, t.accuracy_time, traces, limits.BAND_ACCURACY.value) for t in traces]
    if all(len(t.val_loss) > 1 for t in traces):
        return [_best(t, t.val_loss, t.val_time, traces, limits.BAND_LOSS.value) for t in traces]
    return [Result(t.lowest if np.isfinite(t.raw[-1]) else t.start, t.start, limits.BAND_TRAIN.value) for t in traces]


def _best(trace: Trace, cost: Floats, time: Floats, traces: Sequence[Trace], tolerance: float) -> Result:
    share = min(float(t.step[-1] - t.step[0]) for t in traces) / max(float(trace.step[-1] - trace.step[0]), 1e-9)
    seen = time <= share * trace.time[-1] * (1 + 1e-9)
    return Result(float(cost[seen].min()) if seen.any() else float(cost[0]), float(cost[0]), tolerance)


def regrets(found: Sequence[Result]) -> Floats:
    """(cost - best) / (untrained - best), clipped to 0..1.5; the untrained cost is the runs' median."""
    cost = np.array([r.cost for r in found])
    untrained = float(np.median([r.untrained for r in found]))
    cost = np.where(np.isfinite(cost), cost, untrained)
    span = max(untrained - float(cost.min()), 1e-12)
    return np.asarray(np.clip((cost - cost.min()) / span, 0, 1.5))


def outside(members: Sequence[Member], regret: Floats, tolerance: float, low: Floats, high: Floats) -> Floats:
    """Log-likelihood of (low, high), log10 of the band's edges, given the runs' regrets; shape of `low`."""
    x = np.array([m.log_lr for m in members])
    best = int(np.argmin(regret + 10 * np.array([m.diverged for m in members])))
    total = np.zeros(np.broadcast_shapes(low.shape, high.shape))
    for at, loss, member in zip(x, regret, members, strict=True):
        # A logistic in log-regret: half a factor around the tolerance is the noise between seeds.
        out = 0.97 if member.diverged else min(1 / (1 + (tolerance / max(loss, 1e-9)) ** 3), 0.98)
        side = -1 if at < x[best] and not member.diverged else 1 if at > x[best] or member.diverged else 0
        if side == 0:
            continue
        consistent = (low > at) if side < 0 else (high < at)
        total = total + np.log(np.where(consistent, 1.0, 1 - out))
    return np.asarray(total)


def join(members: Sequence[Member], tables: Tables) -> SweepBelief:
    """One distribution for all runs; the last member is the run the next one replaces."""
    x = np.array([m.log_lr for m in members])
    reference = x[-1]
    grid = np.arange(np.floor((x.min() - 4) / STEP), np.ceil((x.max() + 4) / STEP) + 1) * STEP
    low, high = grid[:, None], grid[None, :]
    width = np.diff(tables.borders)

    def cell(offset: Floats) -> Floats:
        return np.clip(np.searchsorted(tables.borders, offset, side="right") - 1, 0, tables.cells - 1)

    centre = float(np.median(x))
    at = cell(grid - centre)
    log_p = tables.prior[np.ix_(at, at)] - np.log(width[at])[:, None] - np.log(width[at])[None, :]
    # Runs of one task share what is peculiar to it, so n runs are worth less than n independent witnesses.
    weight = len(members) ** -limits.SHARED_EVIDENCE.value
    for m in members:
        at = cell(grid - m.log_lr)
        factors = weight * m.curve_factors + m.setting_factors / len(members)
        log_p = log_p + factors[: tables.cells][at][:, None] + factors[tables.cells :][at][None, :]
    found = results([m.trace for m in members])
    if len(members) > 1:
        log_p = log_p + outside(members, regrets(found), found[0].tolerance, low, high)
    log_p = np.where(high >= low, log_p, -np.inf)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()

    reached = np.cumsum(p[:, ::-1], axis=1)[:, ::-1].cumsum(axis=0)
    inside = np.diagonal(reached).copy()
    above = np.r_[0.0, np.cumsum(p.sum(axis=0))[:-1]]
    gain = inside - limits.ABOVE_COSTS.value * above
    choice = float(grid[int(gain.argmax())])
    tried = [(float(np.interp(m.log_lr, grid, inside)), m.log_lr) for m in members if not m.diverged]
    if tried:
        chance, where = max(tried)
        if chance >= limits.STAY.value or chance > float(inside.max()) - limits.WORTH_MOVING.value:
            choice = where
    middle = (np.arange(len(grid))[:, None] + np.arange(len(grid))[None, :]) // 2
    mass = np.asarray(np.bincount(middle.ravel(), weights=p.ravel(), minlength=len(grid)), dtype=np.float64)
    seen = Belief(grid - reference, inside, mass, np.full(len(grid), np.nan))
    return SweepBelief(choice, interval(mass, grid), seen, tuple(r.cost for r in found))
