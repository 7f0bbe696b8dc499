"""Fit and check what following the advice is worth (`lrdoctor.inference.outlook`), on pairs of runs of one sweep.

For every labelled run that is advised to move, the run at the advised LR (the grid's nearest) says what came of it.  A
family is judged by tables fitted without it, on top of advice from a posterior fitted without it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch

from benchmarks.accuracy import answers, examined
from benchmarks.fitting import design_of, knots_of
from benchmarks.metrics import sweeps
from benchmarks.rows import Row
from lrdoctor import limits
from lrdoctor.inference.outlook import TARGETS, WORTH_FORMAT, WorthTables, features, is_worth_reaching, reached_loss
from lrdoctor.inference.tables import Table, Tables
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.loss_curve import LossCurve, typical_gap
from lrdoctor.measurement.numerics import log_bins
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Floats

VARIANTS = ("full", "no-val", "sparse")
QUANTILES = (0.1, 0.5, 0.9)
KNOTS = 6
RIDGE, BEND = 0.02, 0.05
NEVER = 0.3  # log10: where the next run never came to today's loss
# Nobody asks whether it takes 1 % of the steps or a tenth of that.
BOUNDS = {"loss": (-3.0, 1.0), "steps": (-2.0, NEVER)}
FILE = Path("lrdoctor/inference/worth.json")

Line: TypeAlias = tuple[dict[str, float], float, str, str]  # features, target, family, sweep


@dataclass(frozen=True, eq=False)
class Pairs:
    """What a fit sees of one target: features by name, each of shape (n,); the target; weights; family and sweep."""

    name: str
    features: Mapping[str, Floats]
    target: Floats
    weight: Floats
    family: "np.ndarray[tuple[int], np.dtype[np.str_]]"
    sweep: "np.ndarray[tuple[int], np.dtype[np.str_]]"

    @property
    def scale(self) -> Floats:
        """What a ratio of this run's is worth: of losses its share of the untrained loss, of steps one."""
        return np.asarray(10.0 ** np.nan_to_num(self.features["reached"]) if self.name == "loss" else self.weight**0)

    def part(self, keep: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> "Pairs":
        """The pairs for which `keep` is true."""
        columns = {name: values[keep] for name, values in self.features.items()}
        return Pairs(self.name, columns, self.target[keep], self.weight[keep], self.family[keep], self.sweep[keep])


def pairs_of(
    rows: Sequence[Row],
    tables: Mapping[str, Tables],
    variants: Sequence[str] = VARIANTS,
) -> dict[str, Pairs]:
    """Every run that is advised to move, with what came of the advice, by target."""
    found: dict[str, list[Line]] = {target: [] for target in TARGETS}
    for variant in variants:
        cases = examined(rows, variant)
        said = answers(rows, cases, tables)
        for members in sweeps(rows).values():
            grid = np.log10([rows[i].lr for i in members])
            for k, i in enumerate(members):
                wanted = grid[k] + math.log10(said[i].factor or 1.0)
                at = int(np.abs(grid - wanted).argmin())
                if at == k or abs(grid[at] - wanted) > 0.5 * rows[i].gap + 0.06 or cases[i].curve is None:
                    continue
                p = {Verdict(word): chance for word, chance in said[i].p.items()}
                interval = said[i].interval or (math.nan, math.nan)
                values = features(cases[i].curve, cases[i].signs, said[i].factor, p, interval)  # type: ignore[arg-type]
                for target, value in outcomes(cases[i], cases[members[at]]).items():
                    found[target].append((values, value, rows[i].family, rows[i].sweep))
    return {target: _joined(target, lines) for target, lines in found.items()}


def outcomes(this: Case, following: Case) -> dict[str, float]:
    """What the next run reached against this one, by target, as far as it can be said."""
    if this.curve is None or following.curve is None:
        return {}
    here, there = reached_loss(this.curve), reached_loss(following.curve)
    found = {}
    if here.validation == there.validation and min(here.loss, there.loss, here.start) > 0:
        found["loss"] = math.log10(there.loss / here.loss)
    if is_worth_reaching(this.curve) and not this.quality.diverged:
        steps = steps_to(following.curve, this.curve.end)
        total = float(this.curve.step[-1] - this.curve.step[0])
        found["steps"] = NEVER if steps is None else math.log10(steps / total)
    return {target: float(np.clip(value, *BOUNDS[target])) for target, value in found.items()}


def steps_to(curve: LossCurve, loss: float) -> float | None:
    """Steps from the first logged one until the binned training loss came down to `loss`; None if it never did."""
    bins = log_bins(curve.finite_step - curve.step[0] + 0.5 * typical_gap(curve.step), curve.loss)
    below = np.flatnonzero(bins.level <= loss)
    if not len(below):
        return None
    k = int(below[0])
    if k == 0:
        return float(bins.time[0])
    share = (bins.level[k - 1] - loss) / (bins.level[k - 1] - bins.level[k])
    return float(bins.time[k - 1] * (bins.time[k] / bins.time[k - 1]) ** share)


def _joined(target: str, lines: Sequence[Line]) -> Pairs:
    names = lines[0][0].keys()
    sweep = np.array([line[3] for line in lines])
    of, count = np.unique(sweep, return_counts=True)
    return Pairs(
        target,
        {name: np.array([line[0][name] for line in lines]) for name in names},
        np.array([line[1] for line in lines]),
        1 / count[np.searchsorted(of, sweep)],
        np.array([line[2] for line in lines]),
        sweep,
    )


def fit(pairs: Pairs) -> WorthTables:
    """The three quantiles, each additive in the features; not yet widened."""
    names = sorted(pairs.features)
    knots = {name: knots_of(pairs.features[name], KNOTS) for name in names}
    matrix, ends = design_of(pairs.features, knots)
    design = torch.tensor(matrix, dtype=torch.float64)
    target = torch.tensor(pairs.target)[:, None]
    weight = torch.tensor(pairs.weight / pairs.weight.sum())[:, None]
    share = torch.tensor(QUANTILES, dtype=torch.float64)
    free = torch.zeros(design.shape[1], len(QUANTILES), dtype=torch.float64, requires_grad=True)
    base = torch.quantile(target[:, 0], share).clone().requires_grad_()
    inner = torch.ones(len(free) - 1, 1, dtype=torch.float64)
    inner[ends[1:-1] - 1] = 0
    inner[ends[1:] - 2] = 0
    optimizer = torch.optim.LBFGS([free, base], max_iter=120, history_size=12, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        off = target - (base + design @ free)
        soft = 0.02  # decades: the kink of the pinball loss is rounded off, so that L-BFGS can follow it
        pinball = share * off + soft * torch.nn.functional.softplus(-off / soft)
        held_back = RIDGE * (free**2).sum() + BEND * ((free[1:] - free[:-1]) ** 2 * inner).sum()
        total: torch.Tensor = (weight * pinball).sum() + held_back / len(target) ** 0.5
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    rows = free.detach().numpy()
    tables = {
        name: Table(knots[name], rows[a : b - 1], rows[b - 1])
        for name, a, b in zip(names, ends[:-1], ends[1:], strict=True)
    }
    return WorthTables(tables, base.detach().numpy(), 0.0)


def predicted(tables: WorthTables, pairs: Pairs) -> Floats:
    """The quantiles of every pair, shape (n, 3)."""
    columns = [dict(zip(pairs.features, values, strict=True)) for values in zip(*pairs.features.values(), strict=True)]
    return np.array([tables.quantiles(column) for column in columns])


def missed(quantiles: Floats, target: Floats) -> Floats:
    """By how much each target lies outside its interval, negative inside, shape (n,)."""
    return np.asarray(np.maximum(quantiles[:, 0] - target, target - quantiles[:, 2]))


def unseen(pairs: Pairs) -> tuple[Floats, Floats]:
    """Quantiles of every pair by tables fitted without its family, and the widening of each family's tables."""
    found, widened = np.zeros((len(pairs.target), 3)), np.zeros(len(pairs.target))
    names = np.unique(pairs.family)
    for family in names:
        mine = pairs.family == family
        found[mine] = predicted(fit(pairs.part(~mine)), pairs.part(mine))
    outside = missed(found, pairs.target)
    for family in names:
        mine = pairs.family == family
        widened[mine] = widening(outside[~mine], pairs.weight[~mine], len(names) - 1)
    return found, widened


def widening(outside: Floats, weight: Floats, families: int) -> float:
    """The weighted quantile of what lies outside that makes the interval hold its share on one more family.

    Runs of a family miss together, so it is families that are exchangeable: the finite-sample correction of conformal
    prediction, a factor of 1 + 1/n, is taken with their number (Dunn, Wasserman and Ramdas 2022, arXiv:1809.07441).
    """
    order = np.argsort(outside)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(outside[order][int(np.searchsorted(share, min(limits.INTERVAL * (1 + 1 / families), 1.0)))])


def check(
    pairs: Pairs, quantiles: Floats, widened: Floats, keep: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"
) -> str:
    """Coverage, width and error of one set, beside predicting no change."""
    y, w, q = pairs.target[keep], widened[keep], quantiles[keep]
    held = float(np.mean(missed(q, y) <= w))
    width = float(np.median(q[:, 2] - q[:, 0] + 2 * w))
    scale = pairs.scale[keep]
    error, still = (float(np.median(scale * np.abs(guess - 10.0**y))) for guess in (10.0 ** q[:, 1], 1.0))
    return f"{int(keep.sum()):6d} {held:9.3f} {width:6.2f} {error:12.3f} {still:10.3f} {error / still:6.2f}"


HEADER = f"{'runs':>6} {'80 % held':>9} {'width':>6} {'median error':>12} {'no change':>10} {'ratio':>6}"


def write(tables: Mapping[str, WorthTables], sources: Mapping[str, str]) -> None:
    """Write worth.json."""

    def short(values: Floats) -> list[float]:
        return [round(float(v), 4) for v in values]

    how = {"command": "python -m benchmarks worth --write", "runs": dict(sources), "variants": list(VARIANTS)}
    data: dict[str, object] = {"format": WORTH_FORMAT, "provenance": how}
    for target, one in tables.items():
        data[target] = {
            "base": short(one.base),
            "widened": round(one.widened, 4),
            "features": {
                name: {"knots": short(t.knots), "rows": [short(r) for r in t.rows], "missing": short(t.missing)}
                for name, t in one.features.items()
            },
        }
    FILE.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
