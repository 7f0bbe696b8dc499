"""How the best LR moves with tokens and batch, from sweeps of one setting at several lengths and batches.

    python -m benchmarks.carried_over FILE.parquet

Sweeps are alike that share all of their name but the task, and of that all but its tokens and its batch
(`160M_SP_SL2048_3Btok_BS256`).  Printed are exponents, decades of LR for ten times the steps at one batch, and for ten
times the batch at one number of steps, from every pair of alike sweeps, beside the laws that `lrdoctor` carries LRs
over by.
"""

import re
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from lrdoctor.inference.transfer import LAWS
from lrdoctor.vocabulary.optimizers import normalised_optimizer, step_kind

_TASK = re.compile(r"(?P<model>.+?)_(?P<tokens>\d+(?:\.\d+)?)Btok_BS(?P<batch>\d+)$")
LEAST_PAIRS = 3  # fewer show no spread


@dataclass(frozen=True)
class Sweep:
    """One sweep: what it shares with alike ones, its optimizer, log10 of steps, batch, best LR and band's middle."""

    alike: str
    optimizer: str
    steps: float
    batch: float
    best: float
    middle: float
    edge: bool


def sweeps_of(file: Path) -> list[Sweep]:
    """The sweeps of a file whose task names tokens and batch."""
    found = []
    for name, rows in pd.read_parquet(file).groupby("sweep", sort=True):
        first = rows.iloc[0]
        task = _TASK.fullmatch(str(first["task"]))
        if task is None:
            continue
        sequence = re.search(r"SL(\d+)", str(first["task"]))
        steps = float(task["tokens"]) * 1e9 / float(task["batch"]) / (float(sequence[1]) if sequence else 1.0)
        edges = np.log10([float(first["band_low"]), float(first["band_high"])])
        found.append(
            Sweep(
                str(name).replace(str(first["task"]), task["model"]),
                str(first["optimizer"]),
                float(np.log10(steps)),
                float(np.log10(float(task["batch"]))),
                float(np.log10(first["best_lr"])),
                float(edges.mean()),
                bool(first["edge"]),
            )
        )
    return found


def exponents(found: list[Sweep], of: str, what: str) -> dict[str, list[float]]:
    """By kind of step, of every pair of alike sweeps the decades of LR for ten times `what`.

    Args:
        found: the sweeps.
        of: `best` or `middle`.
        what: `steps` (at one batch) or `batch at one number of tokens`.
    """
    by: dict[str, list[float]] = {}
    for a, b in combinations(found, 2):
        if a.alike != b.alike or (of == "middle" and (a.edge or b.edge)):
            continue
        moved, longer, larger = getattr(b, of) - getattr(a, of), b.steps - a.steps, b.batch - a.batch
        kind = step_kind(normalised_optimizer(a.optimizer))
        if what == "steps" and abs(larger) < 1e-9 and abs(longer) > 0.1:
            by.setdefault(kind, []).append(moved / longer)
        if what != "steps" and abs(larger) > 0.1 and abs(larger + longer) < 1e-6:
            by.setdefault(kind, []).append(moved / larger)
    return by


def table(found: list[Sweep]) -> list[str]:
    """The exponents, then the laws."""
    lines = [f"{len(found)} sweeps", f"{'decades of LR for ten times':44} {'kind':10} pairs  mean  spread of pairs"]
    for of in ("best", "middle"):
        for what in ("steps", "batch at one number of tokens"):
            for kind, values in sorted(exponents(found, of, what).items()):
                if len(values) >= LEAST_PAIRS:
                    label = f"{what}, {of} LR" if of == "best" else f"{what}, band's middle"
                    lines.append(f"{label:44} {kind:10} {len(values):5d} {np.mean(values):+.2f}  {np.std(values):.2f}")
    lines += ["", f"{'law':10} steps          batch          batch at one number of tokens   sources"]
    for kind, law in LAWS.items():
        (a, spread_a), (b, spread_b) = law.steps, law.batch
        both = float(np.hypot(spread_a, spread_b))
        lines.append(
            f"{kind:10} {a:+.2f} +- {spread_a:.2f}  {b:+.2f} +- {spread_b:.2f}  {b - a:+.2f} +- {both:.2f}"
            f"                  {law.steps_source}; {law.batch_source}"
        )
    return lines


if __name__ == "__main__":
    print(*table([one for file in sys.argv[1:] for one in sweeps_of(Path(file))]), sep="\n")
