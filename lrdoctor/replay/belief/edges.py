"""The distribution over the band's edges on an absolute LR axis: begun from a log or from custom, moved by evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.band import Band, Joint, normalise, on_grid
from lrdoctor.inference.judgement import judge
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.case import examine
from lrdoctor.records.diagnosis import Belief
from lrdoctor.records.run import Floats, Run
from lrdoctor.vocabulary.optimizers import CUSTOMARY, PLAIN

STEP = 0.05  # decades
LOWEST, HIGHEST = -10.0, 3.0
GRID: Floats = np.round(np.arange(LOWEST, HIGHEST + STEP / 2, STEP), 2)


@dataclass(frozen=True, eq=False)
class Edges:
    """log p(low, high), log10 of the band's two edges, on GRID x GRID; -inf where high < low."""

    log_p: Floats

    @cached_property
    def p(self) -> Joint:
        """Normalised."""
        return normalise(self.log_p)

    @cached_property
    def band(self) -> Band:
        """The band at the places of GRID."""
        return on_grid(self.p, GRID)

    @property
    def best(self) -> float:
        """log10 of the LR to use next, by what every diagnosis takes a place to be worth."""
        gain = self.band.gain
        # Where several are as good, the middle one.
        top = np.flatnonzero(gain >= gain.max() - 1e-3)
        return float(GRID[top[len(top) // 2]])

    def tempered(self, temperature: float) -> "Edges":
        """Less sure by a factor, about the same places."""
        return Edges(self.log_p / temperature)

    def given(self, low: Floats | float, high: Floats | float) -> "Edges":
        """With log-likelihoods of the two edges (over GRID) added."""
        low, high = np.broadcast_to(low, GRID.shape), np.broadcast_to(high, GRID.shape)
        return Edges(self.log_p + low[:, None] + high[None, :])

    def as_belief(self, log_lr: float, before: "Edges") -> Belief:
        """As a report draws it, in decades from an LR."""
        return Belief(np.round(GRID - log_lr, 6), self.band.inside, self.band.middle, before.band.inside)


def _placed(joint: Joint, tables: Tables, log_lr: float) -> Edges:
    """Log-probabilities of the edges' cells, seen from an LR, on the absolute grid, as a density."""
    cell = np.clip(np.searchsorted(tables.borders, GRID - log_lr, side="right") - 1, 0, tables.cells - 1)
    width = np.log(np.diff(tables.borders))[cell]
    log_p = joint[np.ix_(cell, cell)] - width[:, None] - width[None, :]
    return Edges(np.where(GRID[None, :] >= GRID[:, None], log_p, -np.inf))


def from_custom(optimizer: str | None, log_lr: float, tables: Tables) -> tuple[Edges, str]:
    """What is customary for the optimizer, wherever the recipe's own LR stands; and that in words.

    Of an optimizer nobody has a custom for, the recipe's own LR is all there is to begin from.
    """
    usual = CUSTOMARY.get(optimizer or "")
    if usual is None:
        return softened(_placed(tables.prior, tables, log_lr)), "the recipe's own learning rate"
    sign = "over_customary_sgd" if optimizer in PLAIN else "over_customary_adaptive"
    place = float(np.log10(usual))
    values: Mapping[str, float] = {sign: 0.0, "log_lr": place}
    factors = sum(
        (custom(values.get(name, np.nan), tables.middles) for name, custom in tables.customs.items()),
        np.zeros(2 * tables.cells),
    )
    # A rerun has to be able to contradict custom, which the tables hold for surer than a few short runs may undo.
    factors = limits.REPLAY_CUSTOM / tables.temperature * factors
    joint = tables.prior + factors[: tables.cells, None] + factors[None, tables.cells :]
    return softened(_placed(joint, tables, place)), f"what is customary for {optimizer}"


def from_log(run: Run, tables: Tables) -> tuple[Edges, str] | None:
    """The log's posterior over the absolute edges; None where the log names no LR or says nothing."""
    case = examine(run)
    if case.setting.lr is None or not case.signs:
        return None
    judged = judge(case, tables)
    with np.errstate(divide="ignore"):
        joint = np.log(judged.joint)
    return softened(_placed(joint, judged.tables, float(np.log10(case.setting.lr)))), f"the log {run.name}"


def softened(edges: Edges) -> Edges:
    """With a little mass everywhere: whatever is believed beforehand, a rerun must be able to contradict it."""
    doubt = limits.REPLAY_DOUBT
    valid = np.isfinite(edges.log_p)
    # Bands up to two decades wide, anywhere.
    wide = np.clip(1 - (GRID[None, :] - GRID[:, None]) / 2.0, 0.02, 1.0) * valid
    mixed = (1 - doubt) * edges.p + doubt * wide / wide.sum()
    return Edges(np.where(valid, np.log(np.maximum(mixed, 1e-300)), -np.inf))
