"""Runs far above the band: how far, where only custom can tell.

A run whose loss broke within its first steps would have broken at any higher LR, and its log would look the same.
Sweeps stop soon after, people's mistakes do not.  So such runs are repeated with their LR shifted, and three tables that
speak for them alone (`signs/setting.py`: broke_at_once and its two comparisons with custom) are fitted on the
repetitions, with all other tables held: a flatter distance, and a sharper pull towards the customary LR.
"""

from dataclasses import replace

import numpy as np
import torch

from benchmarks.fitting import CELLS, CUSTOM_KNOTS, KINKS, Sample, cells_of, hats, joined
from lrdoctor.posterior import Custom, Table, Tables
from lrdoctor.run import Floats

SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5)  # decades
BROKE = "broke_at_once"
# Each gated sign bends where the one it repeats does.
GATED = {"broken_over_customary_adaptive": "over_customary_adaptive", "broken_over_customary_sgd": "over_customary_sgd"}
MOVED = ("log_lr", *GATED, *GATED.values())
RIDGE, SMOOTH, TURNS = 0.1, 0.5, 60


def with_broken(tables: Tables, sample: Sample) -> Tables:
    """`tables` with those for runs that broke at once, fitted on such runs of `sample` and their repetitions."""
    broken = sample.part(np.isfinite(sample.signs[BROKE]) & (sample.high < 0))
    everything = joined([_shifted(broken, shift) for shift in SHIFTS])
    fixed = torch.tensor(_factors(tables, everything), dtype=torch.float64)
    chances = torch.tensor(np.exp(tables.prior))
    log_prior = torch.tensor(tables.prior)
    middles = tables.middles
    across = torch.tensor(hats(middles, KINKS))
    placed = torch.tensor(
        np.concatenate([_placed(everything.signs[name], middles, of) for name, of in GATED.items()], 2)
    )
    at_low, at_high = torch.tensor(cells_of(everything.low)), torch.tensor(cells_of(everything.high))
    line = torch.arange(len(at_low))
    weight = torch.tensor(everything.weight / everything.weight.sum())
    effective = float(1 / (weight**2).sum())
    free = torch.zeros(2, len(KINKS), dtype=torch.float64, requires_grad=True)
    custom = torch.zeros(placed.shape[2], 2, dtype=torch.float64, requires_grad=True)
    joints = np.cumsum([0, *(len(CUSTOM_KNOTS[of]) for of in GATED.values())])
    inner = torch.ones(len(custom) - 1, 1)
    inner[joints[1:-1] - 1] = 0
    optimizer = torch.optim.LBFGS([free, custom], max_iter=TURNS, history_size=12, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        factors = torch.einsum("ek,ck->ec", free, across)[None] + torch.einsum("nck,ke->nec", placed, custom)
        low, high = fixed[:, :CELLS] + factors[:, 0], fixed[:, CELLS:] + factors[:, 1]
        tops = low.detach().amax(1, keepdim=True), high.detach().amax(1, keepdim=True)
        sums = (torch.exp(low - tops[0]) * (torch.exp(high - tops[1]) @ chances.T)).sum(1)
        total = torch.log(sums) + tops[0][:, 0] + tops[1][:, 0]
        likelihood = log_prior[at_low, at_high] + low[line, at_low] + high[line, at_high] - total
        held = RIDGE * ((free**2).sum() + (custom**2).sum())
        held = held + SMOOTH * (
            ((free[:, 1:] - free[:, :-1]) ** 2).sum() + ((custom[1:] - custom[:-1]) ** 2 * inner).sum()
        )
        loss = held / effective - (weight * likelihood).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    # The tables' temperature divides these too.
    row = tables.temperature * torch.einsum("ek,ck->ec", free, across).detach().numpy().ravel()
    signs = {**tables.signs, BROKE: Table(np.array([0.5, 1.5]), np.stack([row, row]), np.zeros(2 * CELLS))}
    learned = tables.temperature * custom.detach().numpy()
    customs = dict(tables.customs)
    for name, a, b in zip(GATED, joints[:-1], joints[1:], strict=True):
        customs[name] = Custom(CUSTOM_KNOTS[GATED[name]], learned[a:b, 0], learned[a:b, 1])
    return replace(tables, signs=signs, customs=customs)


def _shifted(sample: Sample, decades: float) -> Sample:
    signs = {name: value + decades if name in MOVED else value for name, value in sample.signs.items()}
    return Sample(signs, sample.low - decades, sample.high - decades, sample.weight)


def _factors(tables: Tables, sample: Sample) -> Floats:
    """Every line's summed log-factors, temperature included, shape (n, 2 * cells)."""
    total = np.zeros((len(sample.low), 2 * tables.cells))
    for name, table in tables.signs.items():
        value = sample.signs[name]
        seen = np.isfinite(value)
        total += np.where(seen[:, None], hats(np.where(seen, value, 0.0), table.knots) @ table.rows, table.missing)
    for name, custom in tables.customs.items():
        value = sample.signs[name]
        total += np.stack([custom(v, tables.middles) for v in value])
    return np.asarray(total / tables.temperature)


def _placed(value: Floats, middles: Floats, name: str) -> Floats:
    seen = np.isfinite(value)
    at = np.where(seen, value, 0.0)[:, None] + middles[None, :]
    weights = hats(at.ravel(), CUSTOM_KNOTS[name]).reshape(len(value), len(middles), -1)
    return weights * seen[:, None, None]
