"""Sweeps drawn at random from the labelled ones: is the LR that they suggest in the band?

A user's sweep has three, five or ten runs, rarely evenly spaced around the band.  Draws that hold no run within a
decade of the band are left out: no method could know.  Beside it stands what everybody does: take the best run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.metrics import sweeps
from benchmarks.rows import Row
from lrdoctor.engine import member_of
from lrdoctor.findings import Case
from lrdoctor.pairs import results
from lrdoctor.posterior import Tables
from lrdoctor.sweep import Member, join

SIZES = (3, 5, 10)
WITHIN = 1.0  # decades from the band that at least one run of a draw must be


@dataclass(frozen=True)
class Draws:
    """Of `count` draws: shares in which the suggestion, and the draw's best run, lie in the band."""

    size: int
    count: int
    suggested: float
    best_run: float
    holding: float

    HEADER = " runs  draws  suggested  best run  (draws that hold a run of the band)"

    def line(self) -> str:
        """One row under HEADER."""
        return f"{self.size:5d} {self.count:6d} {self.suggested:10.3f} {self.best_run:9.3f}  {self.holding:.3f}"


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
    costs = results([m.trace for m in members]).cost
    whole = np.array([not m.diverged for m in members])
    return members[int(np.where(whole | ~whole.any(), costs, np.inf).argmin())].log_lr


def judge_draws(
    rows: Sequence[Row], cases: Sequence[Case], tables: Mapping[str, Tables], size: int, each: int = 20
) -> Draws:
    """The shares for draws of `size` runs, each family judged by its own tables."""
    members = [member_of(case, tables[row.family]) for row, case in zip(rows, cases, strict=True)]
    ours, best, holding = [], [], []
    for made in drawn(rows, size, each):
        known = [m for m in (members[i] for i in made) if m is not None]
        if len(known) < 2:
            continue
        ours.append(in_band(rows, made, join(known, tables[rows[made[0]].family]).log_lr))
        best.append(in_band(rows, made, best_of(known)))
        holding.append(any(rows[i].verdict == "well-tuned" for i in made))
    return Draws(size, len(ours), float(np.mean(ours)), float(np.mean(best)), float(np.mean(holding)))
