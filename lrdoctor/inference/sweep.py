"""Several runs that differ in LR -> one sharper distribution on their common LR axis.

Two kinds of evidence are joined.  Each run's own signs, as for a single run, moved to where its LR
lies.  And the runs' results, compared two by two (`lrdoctor.inference.compared_runs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.band import Band, normalise, on_grid
from lrdoctor.inference.compared_runs import PairTables, Results, pairs_to_compare, results
from lrdoctor.inference.factors import sign_log_factors, summed_log_factors
from lrdoctor.inference.sweep_members import find_groups, group_of
from lrdoctor.inference.tables import Tables
from lrdoctor.inference.verdict import divergence_log_factors
from lrdoctor.measurement.case import SETTING_SIGN_NAMES, Case
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.records.diagnosis import Belief, Diagnosis
from lrdoctor.records.run import Floats
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember

GRID_STEP = 0.1  # decades; the grid both edges live on


@dataclass(frozen=True, eq=False)
class Member:
    """One run of a sweep; log-factors have the shape (2 * cells,), as `Tables.contributions`.

    Args:
        log_lr: log10 of its LR.
        curve: None where a diverged run left none to compare: it bounds the band from above all the same.
        curve_factors: log-factors of its curve's signs.
        setting_factors: of its setting's signs.
        divergence_factors: of its divergence; zeros where it did not diverge.
        diverged: whether it did.
    """

    log_lr: float
    curve: LossCurve | None
    curve_factors: Floats
    setting_factors: Floats
    divergence_factors: Floats
    diverged: bool


@dataclass(frozen=True)
class SweepBelief:
    """The joint answer, all LRs as log10.

    Args:
        log_lr: the LR to use next.
        interval: 80 % interval of the band's middle.
        belief: the distribution, in decades from the last member.
        results: what the members reached.
        chances: of every member the probabilities that it lies below the band, in it, above it.
        reach: the probabilities that the band's middle lies below all members, among them, above all of them.
        band: medians of the band's two edges.
    """

    log_lr: float
    interval: tuple[float, float]
    belief: Belief
    results: Results
    chances: tuple[tuple[float, float, float], ...]
    reach: tuple[float, float, float]
    band: tuple[float, float]


def comparisons(members: Sequence[Member], reached: Results, pairs: PairTables, low: Floats, high: Floats) -> Floats:
    """Log-likelihood of every (low, high), given how the runs' results differ.

    Args:
        members: the runs.
        reached: their results, in the same order.
        pairs: the fitted table.
        low, high: log10 of the band's edges, broadcast together, such as (n, 1) and (1, n); the answer has their shape.
    """
    usable = [i for i, m in enumerate(members) if not m.diverged]
    total = np.zeros(np.broadcast_shapes(low.shape, high.shape))
    if len(usable) < 2:
        return total
    log_lr = np.array([members[i].log_lr for i in usable])
    part = replace(reached, cost=reached.cost[usable], logged=reached.logged[usable])
    classes = [pairs.classes(low - x, high - x) for x in log_lr]
    pairs_compared = pairs_to_compare(part, log_lr)
    # Pairs share runs: n runs carry n - 1 independent differences.
    weight = limits.PAIR_EVIDENCE * (len(usable) - 1) / len(pairs_compared)
    for a, b in pairs_compared:
        total += weight * pairs.log_p[part.measure][classes[a], classes[b], pairs.bins(part.difference(a, b))]
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
    """One distribution for all runs, at least one; the last member is the run the next one replaces."""
    x = np.array([m.log_lr for m in members])
    reference = x[-1]
    grid = np.arange(np.floor((x.min() - 4) / GRID_STEP), np.ceil((x.max() + 4) / GRID_STEP) + 1) * GRID_STEP
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
        factors = weight * m.curve_factors + m.setting_factors / len(members) + m.divergence_factors
        log_p = log_p + factors[: tables.cells][at][:, None] + factors[tables.cells :][at][None, :]
    reached = results([m.curve for m in members], [m.diverged for m in members])
    if tables.pairs is not None and len(members) > 1:
        log_p = log_p + comparisons(members, reached, tables.pairs, low, high)
    log_p = np.where(high >= low, log_p, -np.inf)
    band = on_grid(normalise(log_p), grid)
    return SweepBelief(
        log_lr=next_lr(members, band),
        interval=band.interval(),
        belief=Belief(grid - reference, band.inside, band.middle, np.full(len(grid), np.nan)),
        results=reached,
        chances=tuple(band.chances(m.log_lr) for m in members),
        reach=_reach(band, float(x.min()), float(x.max())),
        band=band.edges,
    )


def _reach(band: Band, lowest: float, highest: float) -> tuple[float, float, float]:
    """Mass of the band's middle below the lowest LR, between the two, above the highest."""
    under = float(band.middle[band.at < lowest - GRID_STEP / 2].sum())
    over = float(band.middle[band.at > highest + GRID_STEP / 2].sum())
    return under, max(1 - under - over, 0.0), over


def find_sweeps(
    cases: Sequence[Case],
    single: Sequence[Diagnosis],
    tables: Tables,
    *,
    min_lrs: int = 3,
    assume_sweep: bool = False,
    ignore_other_settings: bool = False,
) -> list[SweepDiagnosis]:
    """The sweeps among examined runs, each judged together; runs that differ in more than the LR are kept apart.

    Args:
        cases, single: the runs, and their own diagnoses.
        tables: the fitted posterior.
        min_lrs: different LRs a sweep must have.
        assume_sweep: the user says that these runs are sweeps, so they need not be called alike.
        ignore_other_settings: take all runs as one sweep, whatever else differs among them.
    """
    found = []
    everything = [group_of(cases, range(len(cases)))] if ignore_other_settings and len(cases) > 1 else []
    for group_ in everything or find_groups(cases, min_lrs, assume_sweep=assume_sweep):
        those = [cases[i] for i in group_.members], [single[i] for i in group_.members]
        found.append(
            replace(judge_sweep(*those, tables), title=group_.title, differs=group_.differs, apart=group_.apart)
        )
    return found


def judge_sweep(cases: Sequence[Case], single: Sequence[Diagnosis], tables: Tables) -> SweepDiagnosis:
    """One answer for examined runs, at least one, given their own diagnoses in the same order; as `diagnose_sweep`."""
    with_lr = [(k, member) for k, case in enumerate(cases) if (member := member_of(case, tables)) is not None]
    centre = float(np.median([member.log_lr for _, member in with_lr])) if with_lr else 0.0
    near = [(k, m) for k, m in with_lr if abs(m.log_lr - centre) <= limits.SWEEP_REACH]
    members = [m for _, m in near]
    if len(members) < 2:
        own = single[near[0][0] if len(near) == 1 else -1]
        return SweepDiagnosis(single, own.suggested_lr, own.factor, own.interval, own.belief)
    joined = join(members, tables)
    low, high = joined.interval
    reference = members[-1].log_lr
    on_axis = [
        SweepMember(k, 10**m.log_lr, float(cost), *chances, m.diverged)
        for (k, m), cost, chances in zip(near, joined.results.logged, joined.chances, strict=True)
    ]
    return SweepDiagnosis(
        diagnoses=single,
        suggested_lr=10**joined.log_lr,
        factor=10 ** (joined.log_lr - reference),
        interval=(10**low, 10**high),
        belief=joined.belief,
        placed=sorted(on_axis, key=lambda one: one.lr),
        measure=joined.results.measure,
        untrained=joined.results.untrained,
        tolerance=joined.results.tolerance,
        steps=joined.results.steps,
        reach=joined.reach,
        band=(10 ** joined.band[0], 10 ** joined.band[1]),
    )


def member_of(case: Case, tables: Tables) -> Member | None:
    """An examined run as a member of a sweep; None without an LR, or without a curve though it did not diverge."""
    if case.setting.lr is None or (case.curve is None and not case.quality.diverged):
        return None
    tables = tables.suited_to(case.curve)
    parts = sign_log_factors(case, tables)
    if case.quality.pretrained:
        # What is customary from scratch says nothing of pretrained weights, and their curves say less.
        parts = {name: limits.TUNED_TRUST * part for name, part in parts.items() if name not in tables.customs}
    about_setting = summed_log_factors({k: v for k, v in parts.items() if k in SETTING_SIGN_NAMES}, tables)
    about_curve = summed_log_factors(parts, tables) - about_setting
    log_lr = float(np.log10(case.setting.lr))
    diverged = divergence_log_factors(tables, case.quality)
    return Member(log_lr, case.curve, about_curve, about_setting, diverged, bool(case.quality.diverged))
