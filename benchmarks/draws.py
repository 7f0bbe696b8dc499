"""Sweeps drawn at random from the labelled ones: is the LR that they suggest in the band?

A user's sweep has three, five or ten runs, rarely evenly spaced around the band.  Draws that hold no run within a
decade of the band are left out: no method could know.  Beside it stands what everybody does: take the best run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.metrics import sweeps
from benchmarks.rows import Row
from lrdoctor.inference.compared_runs import results
from lrdoctor.inference.sweep import Member, join, member_of
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.case import Case

SIZES = (3, 5, 10)
WITHIN = 1.0  # decades from the band that at least one run of a draw must be


@dataclass(frozen=True)
class Draws:
    """What was found over `count` draws of `size` runs.

    Args:
        suggested: share of the draws whose suggested LR is in the band.
        best_run: the same for the best run of the draw.
        holding: share of the draws that hold a run of the band.
        held, width: how often the 80 % interval holds the band's middle, and its median width in decades.
        runs_placed: share of the runs of which the likeliest of below, inside and above the band is right.
        reach: the same for where the optimum lies: below the grid, inside it, above it.
    """

    size: int
    count: int
    suggested: float
    best_run: float
    holding: float
    held: float
    width: float
    runs_placed: float
    reach: float

    HEADER = " runs  draws  suggested  best run  holding  80 % held  width  runs placed  optimum placed"

    def line(self) -> str:
        """One row under HEADER."""
        return (
            f"{self.size:5d} {self.count:6d} {self.suggested:10.3f} {self.best_run:9.3f} {self.holding:8.3f}"
            f" {self.held:10.3f} {self.width:6.2f} {self.runs_placed:12.3f} {self.reach:15.3f}"
        )


def drawn(rows: Sequence[Row], size: int, each: int) -> Iterator[list[int]]:
    """Indices of `each` random draws a sweep, without replacement, ascending in LR; the same ones every time."""
    for name, members in sweeps(rows).items():
        if rows[members[0]].edge or len(members) < size:
            continue
        dice = np.random.default_rng([size, *name.encode()])
        for _ in range(each):
            made = sorted(int(i) for i in dice.choice(members, size, replace=False))
            if any(max(rows[i].low, -rows[i].high, 0.0) <= WITHIN for i in made):
                yield made


def in_band(rows: Sequence[Row], made: Sequence[int], log_lr: float) -> bool:
    """Whether an LR lies in the band of the sweep that `made` was drawn from."""
    one = rows[made[0]]
    off = log_lr - np.log10(one.lr)
    return bool(one.low - 1e-9 <= off <= one.high + 1e-9)


def best_of(members: Sequence[Member]) -> float:
    """log10 of the LR of the run with the best result, among those that did not diverge where there are any."""
    costs = results([m.curve for m in members]).cost
    finished = np.array([not m.diverged for m in members])
    return members[int(np.where(finished | ~finished.any(), costs, np.inf).argmin())].log_lr


def judge_draws(
    rows: Sequence[Row], cases: Sequence[Case], tables: Mapping[str, Tables], size: int, each: int = 20
) -> Draws:
    """What is found for draws of `size` runs, each family judged by its own tables."""
    members = [member_of(case, tables[row.family]) for row, case in zip(rows, cases, strict=True)]
    seen: list[tuple[bool, bool, bool, bool, float, float, bool]] = []
    for made in drawn(rows, size, each):
        part = [(rows[i], m) for i, m in ((i, members[i]) for i in made) if m is not None]
        if len(part) < 2:
            continue
        found = join([m for _, m in part], tables[part[0][0].family])
        one = part[0][0]
        middle = float(np.log10(one.lr)) + 0.5 * (one.low + one.high)
        x = [m.log_lr for _, m in part]
        lies = int(middle > min(x)) + int(middle > max(x))
        placed = [int(np.argmax(p)) == side(row) for (row, _), p in zip(part, found.chances, strict=True)]
        seen.append(
            (
                in_band(rows, made, found.log_lr),
                in_band(rows, made, best_of([m for _, m in part])),
                any(row.verdict == "well-tuned" for row, _ in part),
                found.interval[0] <= middle <= found.interval[1],
                found.interval[1] - found.interval[0],
                float(np.mean(placed)),
                int(np.argmax(found.reach)) == lies,
            )
        )
    suggested, best, holding, held, width, runs_placed, reach = (
        np.array(column, float) for column in zip(*seen, strict=True)
    )
    return Draws(
        size,
        len(seen),
        float(suggested.mean()),
        float(best.mean()),
        float(holding.mean()),
        float(held.mean()),
        float(np.median(width)),
        float(runs_placed.mean()),
        float(reach.mean()),
    )


@dataclass(frozen=True)
class CoarseDraws:
    """Shares of `count` draws whose LR is in the band or between the neighbours of the best grid point.

    The bar for coarse grids, where a band is one or two points: `suggested` is what the sweep says, `best_run` the best
    run of the draw, `best_run_in_band` counts its band alone.
    """

    size: int
    count: int
    suggested: float
    best_run: float
    suggested_in_band: float
    best_run_in_band: float

    HEADER = " runs  draws  suggested  best run  (in the band: suggested  best run)"

    def line(self) -> str:
        """One row under HEADER."""
        shares = (
            f"{self.suggested:10.3f} {self.best_run:9.3f} {self.suggested_in_band:24.3f} {self.best_run_in_band:9.3f}"
        )
        return f"{self.size:5d} {self.count:6d} {shares}"


def best_lrs(files: Iterable[Path]) -> dict[str, float]:
    """log10 of the best LR of every sweep in files of sweeps."""
    tables = [pd.read_parquet(file, columns=["sweep", "best_lr"]) for file in files]
    return {str(s): float(np.log10(lr)) for one in tables for s, lr in zip(one["sweep"], one["best_lr"], strict=True)}


def judge_coarse_draws(
    rows: Sequence[Row],
    cases: Sequence[Case],
    tables: Mapping[str, Tables],
    best: Mapping[str, float],
    size: int,
    each: int = 6,
) -> CoarseDraws:
    """What is found for draws of `size` runs, sweeps whose band touches the grid's end too; `best` as `best_lrs`.

    A sweep with fewer runs than `size`, but three at least, is taken whole, unless ten are asked for.
    """
    members = [member_of(case, tables[row.family]) for row, case in zip(rows, cases, strict=True)]
    seen: list[tuple[bool, bool, bool, bool]] = []
    for name, whole in sweeps(rows).items():
        least = size if size > SIZES[1] else SIZES[0]
        if len(whole) < least:
            continue
        grid = np.log10([rows[i].lr for i in whole])
        at = int(np.abs(grid - best[name]).argmin())
        low, high = grid[max(at - 1, 0)] - 1e-9, grid[min(at + 1, len(grid) - 1)] + 1e-9
        dice = np.random.default_rng([size, *name.encode()])
        for _ in range(each):
            made = sorted(int(i) for i in dice.choice(whole, min(size, len(whole)), replace=False))
            part = [m for m in (members[i] for i in made) if m is not None]
            if len(part) < 2 or not any(max(rows[i].low, -rows[i].high, 0.0) <= WITHIN for i in made):
                continue
            said, run = join(part, tables[rows[made[0]].family]).log_lr, best_of(part)
            inside = in_band(rows, made, said), in_band(rows, made, run)
            seen.append((inside[0] or low <= said <= high, inside[1] or low <= run <= high, *inside))
    shares = np.array(seen, float).mean(axis=0)
    return CoarseDraws(size, len(seen), *(float(share) for share in shares))


def side(row: Row) -> int:
    """Where a run truly stands: 0 below the band, 1 in it, 2 above it."""
    return 0 if row.low > 0 else 2 if row.high < 0 else 1
