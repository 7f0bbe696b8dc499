"""The dense sweep that regret is read from: made once, kept in `truth/`."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from benchmarks.replay.task import STEPS, Task
from benchmarks.replay.train import train
from lrdoctor.records.run import Floats

FOLDER = Path(__file__).parent / "truth"
# Of weights and data order; no replay and no finder gets them.  With two of them, as the bars were first asked, "best"
# is the least of values whose standard error is as large as the bar on the median itself.
SEEDS = tuple(range(1_000, 1_008))
PER_DECADE = 8
# Decades that are searched at two a decade for the best; the dense sweep then spans it.
COARSE = np.arange(-6, 1.6, 0.5)
BELOW, ABOVE = 2.5, 1.5


@dataclass(frozen=True, eq=False)
class Truth:
    """Final validation loss by LR.

    Args:
        log_lr: log10, ascending, shape (n,).
        losses: by LR and seed, inf where a run diverged, shape (n, seeds).
        fresh: of untrained weights, by seed, shape (seeds,).
    """

    log_lr: Floats
    losses: Floats
    fresh: Floats

    @cached_property
    def loss(self) -> Floats:
        """Mean over the seeds, inf where one diverged, shape (n,)."""
        return np.asarray(self.losses.mean(axis=1))

    @cached_property
    def untrained(self) -> float:
        """Mean over the seeds."""
        return float(self.fresh.mean())

    @property
    def best_lr(self) -> float:
        """The grid's best."""
        return float(10 ** self.log_lr[int(np.argmin(self.loss))])

    def pairs(self) -> "list[Truth]":
        """What two seeds alone would say, each two once."""
        return [self.by([at, at + 1]) for at in range(0, len(SEEDS), 2)]

    def by(self, seeds: Sequence[int]) -> "Truth":
        """What some of the seeds alone would say, by their places."""
        return Truth(self.log_lr, self.losses[:, seeds], self.fresh[seeds])

    def others(self, pair: int) -> list[float]:
        """The best LR by each seed that is not of a pair: what a sweep of whole runs with one seed would choose."""
        return [self.by([seed]).best_lr for seed in range(len(SEEDS)) if seed // 2 != pair]


def load(task: Task, folder: Path = FOLDER) -> Truth:
    """What `truth` found of the task."""
    rows = _rows(folder / f"{task.name}.csv")
    swept = np.array([[float(row[f"seed_{seed}"]) for seed in SEEDS] for row in rows])
    lrs = np.array([float(row["lr"]) for row in rows])
    return Truth(np.log10(lrs[1:]), swept[1:], swept[0])


def _rows(path: Path) -> list[dict[str, str]]:
    """By LR, ascending: the untrained one (0) comes first."""
    with path.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return sorted(rows, key=lambda row: float(row["lr"]))


def make(tasks: Sequence[Task], partial: Path, folder: Path = FOLDER) -> Iterator[str]:
    """Sweep every task whose file lacks a seed; runs already in `partial` are not run again."""
    for task in tasks:
        path = folder / f"{task.name}.csv"
        swept = _rows(path) if path.exists() else []
        if swept and {f"seed_{seed}" for seed in SEEDS} <= swept[0].keys():
            continue
        runs = _Runs(task, partial / f"{task.name}.csv")
        if swept:
            runs.remember(swept[1:])
            grid = np.round(np.log10([float(row["lr"]) for row in swept[1:]]) * PER_DECADE) / PER_DECADE
        else:
            coarse = [runs.loss(lr, SEEDS[0]) for lr in COARSE]
            # Whole steps of the grid, so that it does not hang on the coarse search's grid.
            centre = COARSE[int(np.nanargmin(coarse))]
            ends = round((centre - BELOW) * PER_DECADE), round((centre + ABOVE) * PER_DECADE)
            grid = np.arange(ends[0], ends[1] + 1) / PER_DECADE
        losses = [[runs.loss(lr, seed) for seed in SEEDS] for lr in grid]
        untrained = [task.validation(task.fresh(seed)) for seed in SEEDS]
        _write(path, grid, losses, untrained)
        found = load(task, folder)
        place = f"{int(np.argmin(found.loss))} of {len(grid) - 1}"
        yield f"{task.name:30} best LR {found.best_lr:.3g}, {place}, loss {found.loss.min():.4f}"


class _Runs:
    """Losses of finished runs, kept in a file as they are made so that a stopped sweep goes on where it was."""

    def __init__(self, task: Task, file: Path) -> None:
        self.task, self.file = task, file
        self.done: dict[tuple[str, int], float] = {}
        if file.exists():
            with file.open() as lines:
                self.done = {(lr, int(seed)): float(loss) for lr, seed, loss in csv.reader(lines)}

    def remember(self, swept: Sequence[Mapping[str, str]]) -> None:
        """Take over what a sweep with fewer seeds found."""
        for row in swept:
            log_lr = f"{math.log10(float(row['lr'])):.4f}"
            self.done.update({(log_lr, seed): float(row[f"seed_{seed}"]) for seed in SEEDS if f"seed_{seed}" in row})

    def loss(self, log_lr: float, seed: int) -> float:
        key = (f"{log_lr:.4f}", seed)
        if key not in self.done:
            found = train(self.task, 10**log_lr, seed)
            self.done[key] = found if math.isfinite(found) else math.inf
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a") as file:
                file.write(f"{key[0]},{seed},{self.done[key]!r}\n")
        return self.done[key]


def _write(file: Path, grid: Floats, losses: Sequence[Sequence[float]], untrained: Sequence[float]) -> None:
    names = ",".join(f"seed_{seed}" for seed in SEEDS)
    lines = [
        f"# final validation loss after {STEPS} steps by peak LR; lr 0: untrained; inf: diverged",
        f"# python -m benchmarks.replay truth; torch {torch.__version__}, one thread; {datetime.now(UTC):%Y-%m-%d}",
        f"lr,{names}",
    ]
    for lr, each in zip([0.0, *(10**grid)], [untrained, *losses], strict=True):
        lines.append(",".join(f"{number:.6g}" for number in (lr, *each)))
    file.write_text("\n".join(lines) + "\n")
