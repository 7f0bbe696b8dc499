"""The dense sweep that regret is read from: made once, kept in `truth/`."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from benchmarks.replay.task import STEPS, Task
from benchmarks.replay.train import train
from lrdoctor.run import Floats

FOLDER = Path(__file__).parent / "truth"
# Of weights and data order; no replay and no finder gets them.
SEEDS = (1_000, 1_001)
PER_DECADE = 8
# Decades that are searched at two a decade for the best; the dense sweep then spans it.
COARSE = np.arange(-6, 1.6, 0.5)
BELOW, ABOVE = 2.5, 1.5


@dataclass(frozen=True, eq=False)
class Truth:
    """Final validation loss by LR.

    Args:
        log_lr: log10, ascending, shape (n,).
        loss: mean over the seeds, inf where one diverged, shape (n,).
        untrained: of fresh weights, mean over the seeds.
    """

    log_lr: Floats
    loss: Floats
    untrained: float

    @property
    def best_lr(self) -> float:
        """The grid's best."""
        return float(10 ** self.log_lr[int(np.argmin(self.loss))])


def load(task: Task, folder: Path = FOLDER) -> Truth:
    """What `truth` found of the task."""
    with (folder / f"{task.name}.csv").open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    (untrained,) = (float(row["mean"]) for row in rows if float(row["lr"]) == 0)
    swept = sorted((math.log10(float(row["lr"])), float(row["mean"])) for row in rows if float(row["lr"]) > 0)
    return Truth(np.array([lr for lr, _ in swept]), np.array([loss for _, loss in swept]), untrained)


def make(tasks: Sequence[Task], partial: Path, folder: Path = FOLDER) -> Iterator[str]:
    """Sweep every task that has no file yet; runs already in `partial` are not run again."""
    for task in tasks:
        if (folder / f"{task.name}.csv").exists():
            continue
        runs = _Runs(task, partial / f"{task.name}.csv")
        coarse = [runs.loss(lr, SEEDS[0]) for lr in COARSE]
        # Whole steps of the grid, so that it does not hang on the coarse search's grid.
        centre = COARSE[int(np.nanargmin(coarse))]
        grid = np.arange(round((centre - BELOW) * PER_DECADE), round((centre + ABOVE) * PER_DECADE) + 1) / PER_DECADE
        losses = [[runs.loss(lr, seed) for seed in SEEDS] for lr in grid]
        untrained = [task.validation(task.fresh(seed)) for seed in SEEDS]
        _write(folder / f"{task.name}.csv", grid, losses, untrained)
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
        f"lr,mean,{names}",
    ]
    for lr, both in zip([0.0, *(10**grid)], [untrained, *losses], strict=True):
        lines.append(",".join(f"{number:.6g}" for number in (lr, float(np.mean(both)), *both)))
    file.write_text("\n".join(lines) + "\n")
