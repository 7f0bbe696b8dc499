"""Several runs that differ in LR -> one sharper distribution on their common LR axis.

Two kinds of evidence are joined.  Each run's own signs, as for a single run, moved to where its LR
stands.  And the runs' results, compared two by two (`lrdoctor.pairs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor import limits
from lrdoctor.band import Band, normalise, on_grid
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.pairs import PairTables, Results, compared, results
from lrdoctor.posterior import Tables
from lrdoctor.records.diagnosis import Belief
from lrdoctor.records.run import Floats

STEP = 0.1  # decades; the grid both edges live on


@dataclass(frozen=True, eq=False)
class Member:
    """One run of a sweep: log10 of its LR, its curves, and log-factors as of signs (see `Tables.contributions`).

    `trace` is None where a diverged run left no curve to compare: it bounds the band from above all the same.
    `curve_factors` are those of its curve's signs, `setting_factors` of its setting's, `seen_factors` that it broke.
    """

    log_lr: float
    trace: LossCurve | None
    curve_factors: Floats
    setting_factors: Floats
    seen_factors: Floats
    diverged: bool


@dataclass(frozen=True)
class SweepBelief:
    """The joint answer, all LRs as log10.

    Args:
        log_lr: the LR to use next.
        interval: 80 % interval of the band's middle.
        belief: the distribution, in decades from the last member.
        results: what the members reached.
        stands: of every member the probabilities that it lies below the band, in it, above it.
        reach: the probabilities that the band's middle lies below all members, among them, above all of them.
        band: medians of the band's two edges.
    """

    log_lr: float
    interval: tuple[float, float]
    belief: Belief
    results: Results
    stands: tuple[tuple[float, float, float], ...]
    reach: tuple[float, float, float]
    band: tuple[float, float]


def comparisons(members: Sequence[Member], found: Results, pairs: PairTables, low: Floats, high: Floats) -> Floats:
    """Log-likelihood of every (low, high), log10 of the edges, given how the runs' results differ."""
    usable = [i for i, m in enumerate(members) if not m.diverged]
    total = np.zeros(np.broadcast_shapes(low.shape, high.shape))
    if len(usable) < 2:
        return total
    log_lr = np.array([members[i].log_lr for i in usable])
    part = replace(found, cost=found.cost[usable], logged=found.logged[usable])
    stands = [pairs.classes(low - x, high - x) for x in log_lr]
    made = compared(part, log_lr)
    # Pairs share runs: n runs carry n - 1 independent differences.
    weight = limits.PAIR_EVIDENCE * (len(usable) - 1) / len(made)
    for a, b in made:
        total += weight * pairs.log_p[part.measure][stands[a], stands[b], pairs.bins(part.difference(a, b))]
    return total


def next_lr(members: Sequence[Member], band: Band) -> float:
    """log10 of the LR to use next: the best run's own where it is good enough, else the likeliest LR not yet tried.

    Running the same LR again would teach nothing.  Of two runs the comparison is worth more than of three, so a
    somewhat less likely LR is tried then; later only a likelier one.
    """
    free = np.all([np.abs(band.at - m.log_lr) > limits.TRIED for m in members], axis=0)
    new = int(np.where(free, band.gain, -np.inf).argmax())
    tried = [(band.chances(m.log_lr)[1], m.log_lr) for m in members if not m.diverged]
    if tried:
        chance, where = max(tried)
        worth = chance * (limits.EXPLORE if len(members) < 3 else 1.0)
        if chance >= limits.SWEEP_STAY or band.inside[new] < worth:
            return where
    return float(band.at[new])


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
    weight = len(members) ** -limits.SHARED_EVIDENCE
    for m in members:
        at = cell(grid - m.log_lr)
        # That a run diverged is its own: seen, not inferred, and so shared with no other run.
        factors = weight * m.curve_factors + m.setting_factors / len(members) + m.seen_factors
        log_p = log_p + factors[: tables.cells][at][:, None] + factors[tables.cells :][at][None, :]
    found = results([m.trace for m in members], [m.diverged for m in members])
    if tables.pairs is not None and len(members) > 1:
        log_p = log_p + comparisons(members, found, tables.pairs, low, high)
    log_p = np.where(high >= low, log_p, -np.inf)
    band = on_grid(normalise(log_p), grid)
    return SweepBelief(
        log_lr=next_lr(members, band),
        interval=band.interval(),
        belief=Belief(grid - reference, band.inside, band.middle, np.full(len(grid), np.nan)),
        results=found,
        stands=tuple(band.chances(m.log_lr) for m in members),
        reach=_reach(band, float(x.min()), float(x.max())),
        band=band.edges,
    )


def _reach(band: Band, lowest: float, highest: float) -> tuple[float, float, float]:
    """Mass of the band's middle below the lowest LR, between the two, above the highest."""
    under = float(band.middle[band.at < lowest - STEP / 2].sum())
    over = float(band.middle[band.at > highest + STEP / 2].sum())
    return under, max(1 - under - over, 0.0), over
