"""Fit the posterior's tables: a penalised log-linear model of (low, high), additive in the signs.

    log p(low, high | x) = prior[low, high] + sum_s (f_s(x_s)[low] + g_s(x_s)[high])

f_s and g_s are piecewise linear in the sign's value (knots at its quantiles) and in the edge's
position, with a row of their own for a sign that the log cannot show.  The penalty is a ridge plus
roughness along both.  Maximised by PyTorch's L-BFGS; exported as numpy tables (lrdoctor/inference/tables.py).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from lrdoctor.inference.tables import TABLES_FORMAT, Custom, Table, Tables
from lrdoctor.records.run import Floats

# Fine around this run's LR, where verdicts are decided, coarse where precision buys nothing.
BORDERS: Floats = np.r_[-8.0, -6.0, np.arange(-5, -1.6, 0.5), np.arange(-1.5, 1.51, 0.25), np.arange(2, 5.1, 0.5), 8.0]
CELLS = len(BORDERS) - 1
# Where the edge's position may bend.
KINKS: Floats = np.array([-4, -3, -2, -1.25, -0.75, -0.375, -0.125, 0.125, 0.375, 0.75, 1.25, 2, 3, 4], dtype=float)

# Signs that place this run on the absolute LR axis (`lrdoctor.inference.tables.Custom`), and where their tables bend.
CUSTOMS = ("over_customary_adaptive", "over_customary_sgd", "log_lr")
CUSTOM_KNOTS: dict[str, Floats] = {
    "over_customary_adaptive": np.arange(-4, 4.1, 0.5),
    "over_customary_sgd": np.arange(-5, 4.1, 0.5),
    "log_lr": np.arange(-7, 3.1, 0.75),
}


@dataclass(frozen=True)
class Penalty:
    """How much the tables are held back, in units of one run's log-likelihood."""

    ridge: float = 0.05
    along_value: float = 0.15
    along_edge: float = 0.05
    knots: int = 7
    iterations: int = 80


@dataclass(frozen=True, eq=False)
class Sample:
    """What the fit sees: signs by name, each of shape (n,); the edges in decades; a weight each."""

    signs: Mapping[str, Floats]
    low: Floats
    high: Floats
    weight: Floats

    def part(self, keep: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> "Sample":
        """The rows for which `keep` is true."""
        return Sample({k: v[keep] for k, v in self.signs.items()}, self.low[keep], self.high[keep], self.weight[keep])


def hats(x: Floats, knots: Floats) -> Floats:
    """Linear-interpolation weights of `x` on `knots`, shape (n, knots); clamped outside."""
    position = np.interp(x, knots, np.arange(len(knots), dtype=float))
    below = np.minimum(position.astype(int), len(knots) - 2)
    out = np.zeros((len(x), len(knots)))
    rows = np.arange(len(x))
    out[rows, below] = 1 - (position - below)
    out[rows, below + 1] += position - below
    return out


def design_of(signs: Mapping[str, Floats], knots: Mapping[str, Floats]) -> tuple[Floats, "NDArray[np.intp]"]:
    """Every sign's interpolation weights and a column for "missing", side by side by name; and where each begins."""
    blocks = []
    for name in sorted(knots):
        missing = ~np.isfinite(signs[name])
        shown = hats(np.where(missing, 0.0, signs[name]), knots[name]) * ~missing[:, None]
        blocks.append(np.c_[shown, missing])
    return np.concatenate(blocks, axis=1), np.cumsum([0, *(block.shape[1] for block in blocks)])


def knots_of(values: Floats, count: int) -> Floats:
    """Quantiles of the finite values, at least two different ones."""
    seen = values[np.isfinite(values)]
    at = np.unique(np.round(np.quantile(seen, np.linspace(0.02, 0.98, count)), 4)) if len(seen) else np.zeros(1)
    return at if len(at) > 1 else np.array([at[0] - 0.5, at[0] + 0.5])


def cells_of(decades: Floats) -> "np.ndarray[tuple[int, ...], np.dtype[np.intp]]":
    """The cell that each edge lies in."""
    return np.clip(np.searchsorted(BORDERS, decades, side="right") - 1, 0, CELLS - 1)


def prior_of(sample: Sample) -> Floats:
    """Log-frequencies of (low, high), smoothed, with a little mass everywhere high >= low."""
    counts = np.zeros((CELLS, CELLS))
    np.add.at(counts, (cells_of(sample.low), cells_of(sample.high)), sample.weight)
    possible = np.triu(np.ones((CELLS, CELLS)))
    smooth = gaussian_filter(counts, 1.0) * possible
    smooth = 0.97 * smooth / smooth.sum() + 0.03 * possible / possible.sum()
    return np.where(possible > 0, np.log(np.maximum(smooth, 1e-300)), -np.inf)


def knots_for(sample: Sample, penalty: Penalty) -> dict[str, Floats]:
    """Where every sign's tables bend."""
    return {name: knots_of(sample.signs[name], penalty.knots) for name in sorted(sample.signs) if name not in CUSTOMS}


@dataclass(frozen=True, eq=False)
class Fitted:
    """Tables, and the free parameters behind them: a start for a fit on almost the same runs."""

    tables: Tables
    knots: Mapping[str, Floats]
    free: torch.Tensor
    custom: torch.Tensor


def fit(
    sample: Sample,
    penalty: Penalty,
    provenance: Mapping[str, object],
    temperature: float = 1.0,
    start: Fitted | None = None,
) -> Fitted:
    """The tables that maximise the penalised likelihood of `sample`; `start` saves most of the iterations."""
    knots = knots_for(sample, penalty) if start is None else start.knots
    names = sorted(knots)
    matrix, starts = design_of(sample.signs, knots)
    design = torch.tensor(matrix, dtype=torch.float32)
    across = hats(0.5 * (BORDERS[1:] + BORDERS[:-1]), KINKS)
    spread = torch.tensor(across, dtype=torch.float32)
    placed = torch.tensor(_placed(sample), dtype=torch.float32)
    prior = prior_of(sample)
    # Doubles: two edges' largest factors may lie in cells that do not go together, far from where the mass is.
    chances = torch.tensor(np.exp(prior))
    base = torch.tensor(prior, dtype=torch.float32)
    at_low, at_high = torch.tensor(cells_of(sample.low)), torch.tensor(cells_of(sample.high))
    line = torch.arange(len(at_low))
    weight = torch.tensor(sample.weight / sample.weight.sum(), dtype=torch.float32)
    effective = float(1 / (weight**2).sum())
    free = torch.zeros(design.shape[1], 2, len(KINKS)) if start is None else start.free.clone()
    free.requires_grad_()
    custom = torch.zeros(placed.shape[2], 2) if start is None else start.custom.clone()
    custom.requires_grad_()
    joints = np.cumsum([0, *(len(CUSTOM_KNOTS[name]) for name in CUSTOMS)])

    # Neighbouring rows of one table are drawn together; not the last knot and "missing", nor two signs.
    inner, joint = torch.ones(len(free) - 1, 1, 1), torch.ones(len(custom) - 1, 1)
    inner[starts[1:-1] - 1] = 0
    inner[starts[1:] - 2] = 0
    joint[joints[1:-1] - 1] = 0

    def held_back() -> torch.Tensor:
        total = penalty.ridge * (free**2).sum()
        bend = free[..., 2:] - 2 * free[..., 1:-1] + free[..., :-2]
        total = total + penalty.along_edge * (bend**2).sum()
        total = total + penalty.along_value * ((free[1:] - free[:-1]) ** 2 * inner).sum()
        total = total + penalty.ridge * (custom**2).sum()
        total = total + penalty.along_value * ((custom[1:] - custom[:-1]) ** 2 * joint).sum()
        return total / effective

    turns = penalty.iterations if start is None else penalty.iterations // 3
    optimizer = torch.optim.LBFGS([free, custom], max_iter=turns, history_size=12, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        factors = torch.einsum("nd,dek,ck->nec", design, free, spread) + torch.einsum("nck,ke->nec", placed, custom)
        low, high = factors[:, 0], factors[:, 1]
        tops = low.detach().amax(1, keepdim=True), high.detach().amax(1, keepdim=True)
        sums = (torch.exp((low - tops[0]).double()) * (torch.exp((high - tops[1]).double()) @ chances.T)).sum(1)
        total = torch.log(sums).float() + tops[0][:, 0] + tops[1][:, 0]
        likelihood = base[at_low, at_high] + low[line, at_low] + high[line, at_high] - total
        loss = held_back() - (weight * likelihood).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    fitted = np.einsum("dek,ck->dec", free.detach().numpy().astype(float), across).reshape(-1, 2 * CELLS)
    signs = {
        name: Table(knots[name], fitted[a : b - 1], fitted[b - 1])
        for name, a, b in zip(names, starts[:-1], starts[1:], strict=True)
    }
    learned = custom.detach().numpy().astype(float)
    customs = {
        name: Custom(CUSTOM_KNOTS[name], learned[a:b, 0], learned[a:b, 1])
        for name, a, b in zip(CUSTOMS, joints[:-1], joints[1:], strict=True)
    }
    tables = Tables(BORDERS, prior, signs, temperature, dict(provenance), None, customs)
    return Fitted(tables, knots, free.detach(), custom.detach())


def _placed(sample: Sample) -> Floats:
    """Interpolation weights of every cell's absolute position on the customs' knots, shape (n, cells, all knots)."""
    middles = 0.5 * (BORDERS[1:] + BORDERS[:-1])
    parts = []
    for name in CUSTOMS:
        value = sample.signs[name]
        at = np.where(np.isfinite(value), value, 0.0)[:, None] + middles[None, :]
        weights = hats(at.ravel(), CUSTOM_KNOTS[name]).reshape(len(value), CELLS, -1)
        parts.append(weights * np.isfinite(value)[:, None, None])
    return np.concatenate(parts, axis=2)


def export(tables: Tables, path: Path) -> None:
    """Write the tables as the JSON that `lrdoctor.inference.tables.load_tables` reads."""

    def short(values: Floats, digits: int) -> list[float]:
        return [round(float(v), digits) for v in values]

    def part(some: Tables) -> dict[str, object]:
        return {
            "temperature": some.temperature,
            "prior": [[None if not np.isfinite(v) else round(float(v), 4) for v in row] for row in some.prior],
            "signs": {
                name: {
                    "knots": short(t.knots, 5),
                    "rows": [short(r, 3) for r in t.rows],
                    "missing": short(t.missing, 3),
                }
                for name, t in some.signs.items()
            },
            "customs": {
                name: {"knots": short(c.knots, 4), "low": short(c.low, 3), "high": short(c.high, 3)}
                for name, c in some.customs.items()
            },
        }

    data: dict[str, object] = {
        "format": TABLES_FORMAT,
        "provenance": tables.provenance,
        "borders": short(tables.borders, 4),
        "kinds": sorted(tables.kinds),
        **part(tables),
        "regret": {
            "distance": short(tables.regret.distance, 4),
            "below": short(tables.regret.below, 4),
            "above": short(tables.regret.above, 4),
        },
    }
    if tables.late is not None:
        data["late"] = part(tables.late)
    if tables.pairs is not None:
        data["pairs"] = {
            "below": short(tables.pairs.below, 4),
            "above": short(tables.pairs.above, 4),
            "borders": short(tables.pairs.borders, 4),
            "log_p": {m: np.round(log_p, 3).tolist() for m, log_p in tables.pairs.log_p.items()},
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


def joined(samples: Sequence[Sample]) -> Sample:
    """Several samples as one."""
    return Sample(
        {name: np.concatenate([s.signs[name] for s in samples]) for name in samples[0].signs},
        np.concatenate([s.low for s in samples]),
        np.concatenate([s.high for s in samples]),
        np.concatenate([s.weight for s in samples]),
    )
