"""One sweep from its row in the list to its file: find the grid, train, label, write.

A short coarse scan centres the grid.  Members do not know of each other, so learning rates
missing at either end are trained later and added; what lies far outside the band is cut off.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.corpus.label import ACCURACY_REGRET, LOSS_REGRET, Labels, end_ratio, label, outcome, verdicts
from benchmarks.corpus.layers import Scaled
from benchmarks.corpus.logs import logged
from benchmarks.corpus.schedules import factors
from benchmarks.corpus.store import write
from benchmarks.corpus.sweep import Sweep
from benchmarks.corpus.tasks import TASKS
from benchmarks.corpus.tasks.task import Task
from benchmarks.corpus.train import Curves, Recipe, train

PER_DECADE = 5
FEWEST = 26  # grid points: five decades
NARROWEST = 2  # grid steps between the band's edges
ROUNDS = 4  # of extending the grid

Runs = dict[int, tuple[Curves, int]]  # exponent on the grid -> the curves that hold it, and its row there


class Dropped(Exception):  # noqa: N818  a result, not a fault
    """This sweep cannot be labelled; the message says why."""


def build(sweep: Sweep, path: Path) -> str:
    """Make the sweep's file; the return value tells in a line what came out."""
    task = scaled(TASKS[sweep.task](), sweep)
    accuracy = task.accuracy is not None
    limit = ACCURACY_REGRET if accuracy else LOSS_REGRET

    def run(exponents: Iterable[int], seed: int) -> Runs:
        wanted = sorted(exponents)
        curves = train(task, sweep.recipe, [10 ** (k / PER_DECADE) for k in wanted], seed)
        return {k: (curves, row) for row, k in enumerate(wanted)}

    below, above = 7 + sweep.dice % 8, 6 + sweep.dice // 8 % 5 + sweep.reach
    centre = scan(sweep, lambda recipe, lrs: train(task, recipe, lrs, 0))
    runs = run(range(centre - 2 - below, centre + 3 + above), 0)
    for _ in range(ROUNDS):
        grid = sorted(runs)
        found = labelled(runs, {}, accuracy)
        more: set[int] = set()
        # A second pass costs nearly as much as the first, so a margin a little short is left as it is.
        if found.low < max(PER_DECADE + 1, below - 4):
            more |= {*range(grid[found.low] - below, grid[0])}
        if len(grid) - 1 - found.high < max(PER_DECADE + 1, above - 3):
            more |= {*range(grid[-1] + 1, grid[found.high] + above + 1)}
        if not more:
            break
        runs |= run(more, 0)
    grid, found = sorted(runs), labelled(runs, {}, accuracy)
    near = {grid[i] for i in np.flatnonzero(found.regret <= 3.3 * limit)}
    if not near:
        raise Dropped("not learned: no learning rate did better than none")
    again = run({k + d for k in near for d in (-1, 0, 1)} & set(grid), 1)
    found = labelled(runs, again, accuracy)

    first, last = max(0, found.low - below), min(len(grid), found.high + above + 1)
    first = max(0, min(first, last - FEWEST))
    last = min(len(grid), max(last, first + FEWEST))
    runs = {k: runs[k] for k in grid[first:last]}
    if last - first < FEWEST:
        runs |= run(range(grid[last - 1] - FEWEST + 1, grid[first]), 0)
    final = labelled(runs, again, accuracy)
    gap = judge(runs, again, final, accuracy, limit)
    table = rows(sweep, runs, final, accuracy, task.size, gap)
    write(table, path)
    width = (final.high - final.low) / PER_DECADE
    counts = {v: final.verdict.count(v) for v in dict.fromkeys(final.verdict)}
    at_best = 10 ** (sorted(runs)[final.best] / PER_DECADE)
    return f"{len(runs)} LRs, best {at_best:.2g}, band {width:.1f}, gap {gap:.3f}, {counts}"


def scaled(task: Task, sweep: Sweep) -> Task:
    """The task with its net's input, output and first weights multiplied as the sweep says."""
    if (sweep.before, sweep.after, sweep.init) == (1, 1, 1):
        return task
    return replace(task, model=lambda: Scaled(task.model(), sweep.before, sweep.after, sweep.init))


def scan(sweep: Sweep, run: Callable[[Recipe, list[float]], Curves]) -> int:
    """The grid exponent of the best learning rate in a coarse, shorter sweep over nine decades."""
    r = sweep.recipe
    short = Recipe(r.optimizer, r.schedule, r.warmup, r.hyper, r.batch, min(r.steps, max(60, r.steps // 8)), 4)
    lrs = [10 ** (k / 2) for k in range(-13, 6)]
    curves = run(short, lrs)
    best = int(np.argmin([outcome(row, False) for row in curves.val_loss]))
    return round(math.log10(lrs[best]) * PER_DECADE)


def values(at: tuple[Curves, int], accuracy: bool) -> NDArray[np.float64]:
    curves, row = at
    held = curves.val_accuracy if accuracy and curves.val_accuracy is not None else curves.val_loss
    return np.asarray(held[row], float)


def labelled(runs: Runs, again: Runs, accuracy: bool) -> Labels:
    """Labels from seed 0, or from the mean of two seeds where there is a second."""
    grid = sorted(runs)
    j = [np.mean([outcome(values(r[k], accuracy), accuracy) for r in (runs, again) if k in r]) for k in grid]
    return label(
        np.array(j), untrained(runs, accuracy), [runs[k][0].loss[runs[k][1]].astype(float) for k in grid], accuracy
    )


def untrained(runs: Runs, accuracy: bool) -> float:
    """J of the net before its first step, the same for all members."""
    return outcome(values(runs[min(runs)], accuracy)[:1], accuracy)


def judge(runs: Runs, again: Runs, found: Labels, accuracy: bool, limit: float) -> float:
    """Refuse a sweep whose labels mean little; else the two seeds' difference at the best LR, as a regret."""
    best = sorted(runs)[found.best]
    j = outcome(values(runs[best], accuracy), accuracy)
    start = untrained(runs, accuracy)
    if start - j < (0.15 if accuracy else 0.1 * abs(start)):
        raise Dropped(f"not learned: {start:.4g} untrained, {j:.4g} at best")
    if best not in again:
        raise Dropped("noise: another LR is best with the second seed")
    other = outcome(values(again[best], accuracy), accuracy)
    gap = abs(other - j) / (start - j)
    if gap > 5 * limit:
        raise Dropped(f"noise: the two seeds differ by a regret of {gap:.3f} at the best")
    if best > 2 * PER_DECADE:
        raise Dropped("no upper end: only the scale of the weights depends on the LR")  # a perceptron
    if found.high - found.low < NARROWEST:
        raise Dropped(f"noise: a band of {found.high - found.low + 1} grid points, whose edges the seed decides")
    margin = min(found.low, len(found.regret) - 1 - found.high)
    if margin < PER_DECADE:
        raise Dropped(f"the band ends {margin} points from the grid's edge")
    return gap


def rows(sweep: Sweep, runs: Runs, found: Labels, accuracy: bool, size: int, gap: float) -> pa.Table:
    """One row a learning rate, in the columns of the comparison file and a few more."""
    grid = sorted(runs)
    lrs = [10 ** (k / PER_DECADE) for k in grid]
    per_epoch = max(1, size // sweep.batch)
    share = factors(sweep.schedule, sweep.steps, sweep.warmup)
    varies = sweep.schedule != "constant" or sweep.warmup > 0
    keep = sweep.logs != "none"
    logs = [logged(runs[k][0].loss[runs[k][1]], sweep.log_every, sweep.logging, per_epoch) for k in grid]
    # The ratio and with it the word `divergent` are those of the log, which may be smoothed.
    ratio = np.array([end_ratio(v.astype(float)) for _, v in logs])
    curves = [runs[k] for k in grid]
    empty: list[float] = []

    def held_accuracy(c: Curves, i: int) -> object:
        if c.val_accuracy is None or sweep.logs == "loss":
            return None
        return c.val_accuracy[i] if keep else empty

    def same(value: object, kind: pa.DataType) -> pa.Array:
        return pa.array([value] * len(grid), kind)

    strings = {
        "sweep": sweep.name,
        "task": sweep.task,
        "family": sweep.family,
        "optimizer": sweep.optimizer_name,
        "schedule": sweep.schedule + ("+warmup" if sweep.warmup else ""),
        "logging": sweep.logging,
        "metric": "accuracy" if accuracy else "loss",
    }
    integers = {
        "seed": 0,
        "batch_size": sweep.batch,
        "num_epochs": math.ceil(sweep.steps / per_epoch),
        "steps_per_epoch": per_epoch,
        "log_every": sweep.log_every,
    }
    floats = {
        "momentum": sweep.momentum if sweep.optimizer.startswith("SGD-") else 0.0,
        "weight_decay": sweep.weight_decay,
        "clip": sweep.clip,
        "warmup": sweep.warmup,
        "seed_gap": gap,
        "band_low": lrs[found.low],
        "band_high": lrs[found.high],
        "best_lr": lrs[found.best],
    }
    f32 = pa.list_(pa.float32())
    columns: dict[str, pa.Array] = {
        **{k: same(v, pa.string()) for k, v in strings.items()},
        **{k: same(v, pa.int64()) for k, v in integers.items()},
        **{k: same(v, pa.float64()) for k, v in floats.items()},
        "lr": pa.array(lrs, pa.float64()),
        "step": pa.array([s for s, _ in logs], pa.list_(pa.int32())),
        "loss": pa.array([v for _, v in logs], f32),
        "lr_trace": pa.array([lr * share[s] if varies else None for lr, (s, _) in zip(lrs, logs, strict=True)], f32),
        "val_step": pa.array([c.val_step if keep else empty for c, _ in curves], pa.list_(pa.int32())),
        "val_loss": pa.array([c.val_loss[i] if keep else empty for c, i in curves], f32),
        "val_accuracy": pa.array([held_accuracy(c, i) for c, i in curves], f32),
        "regret": pa.array(found.regret, pa.float64()),
        "edge": same(found.edge, pa.bool_()),
        "end_ratio": pa.array(ratio, pa.float64()),
        "verdict": pa.array(verdicts(ratio, found.low, found.high), pa.string()),
    }
    return pa.table(columns)
