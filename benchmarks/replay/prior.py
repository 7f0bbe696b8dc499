"""What a log of a badly tuned run is worth to a replay: half the steps with the log against all of them without."""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
import yaml

import lrdoctor
from benchmarks.replay import truth
from benchmarks.replay.regret import regret
from benchmarks.replay.task import Task
from benchmarks.replay.tasks import TASKS
from benchmarks.replay.train import trained
from benchmarks.replay.truth import Truth
from lrdoctor.errors import LrdoctorError
from lrdoctor.records.replay import Replay
from lrdoctor.records.run import Run
from lrdoctor.replay import replay

# Decades from the best LR to the logged run's.
OFF = (-1.5, 1.0)


@dataclass(frozen=True)
class Pair:
    """Regrets of one task and one logged run, each a median over the seeds."""

    own: float
    with_log: float
    without: float


def logged(task: Task, lr: float, seed: int, folder: Path) -> Run:
    """A badly tuned run as lrdoctor reads it back from its log."""
    _, log = trained(task, lr, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["step", "train_loss", "lr"])
        out.writerows((step, loss, at) for step, (at, loss) in enumerate(log))
    optimizer = task.recipe(seed).optimizer
    settings: dict[str, object] = {
        "optimizer": type(optimizer).__name__,
        "lr": lr,
        "batch_size": task.batch_size,
        "schedule": task.schedule,
        "weight_decay": optimizer.param_groups[0].get("weight_decay", 0.0),
    }
    if "momentum" in optimizer.param_groups[0]:
        settings["momentum"] = optimizer.param_groups[0]["momentum"]
    if task.clip is not None:
        settings["gradient_clip_val"] = task.clip
    (folder / "hparams.yaml").write_text(yaml.safe_dump(settings))
    (run,) = lrdoctor.read(str(folder))
    return run


def pairs(task: Task, off: float, budget: int, seeds: Sequence[int]) -> tuple[Pair, Pair]:
    """Both ways of one task, for a run that was `off` decades from the best LR.

    By the truth, and by the two of its seeds that the bars were asked for with.
    """
    known = truth.load(task)
    lr = known.best_lr * 10**off
    found = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            run = logged(task, lr, 500 + seed, Path(folder) / task.name)
        found.append((suggested(task, lr, budget // 2, seed, run), suggested(task, lr, budget, seed, None)))
    return _judged(known, lr, found), _judged(known.pairs()[0], lr, found)


def _judged(known: Truth, lr: float, found: Sequence[tuple[float | None, float | None]]) -> Pair:
    with_log, without = (float(np.median([regret(known, one) for one in way])) for way in zip(*found, strict=True))
    return Pair(regret(known, lr), with_log, without)


def suggested(task: Task, lr: float, budget: int, seed: int, log: Run | None) -> float | None:
    """Replay's answer for the recipe at the bad run's LR."""
    try:
        found: Replay = replay(task.recipe(seed, lr), log=log, max_steps=budget, seed=seed)
    except LrdoctorError as error:
        print(f"{task.name}, seed {seed}: {error}", flush=True)
        return None
    return found.suggested_lr


def report(tasks: Sequence[Task], budget: int, seeds: Sequence[int], jobs: int) -> Iterator[str]:
    """A line a task and logged run, then all together."""
    log, none = f"log, {budget // 2}", f"none, {budget}"
    yield f"{'task':28} {'decades off':>11} {'the run':>9} {log:>10} {none:>10}"
    asked = [(task.name, off) for task in tasks for off in OFF]
    made: list[tuple[Pair, Pair]] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = pool.map(_pairs, asked, [budget] * len(asked), [seeds] * len(asked))
        for (name, off), both in zip(asked, found, strict=True):
            made.append(both)
            p = both[0]
            yield f"{name:28} {off:+11.1f} {p.own:9.4f} {p.with_log:10.4f} {p.without:10.4f}"
    by_all, by_two = zip(*made, strict=True)
    yield from summary(by_all)
    yield f"where two of the sweep's seeds alone are the truth ({truth.SEEDS[0]} and {truth.SEEDS[1]})"
    yield from summary(by_two)


def summary(pairs: Sequence[Pair]) -> Iterator[str]:
    """Median, mean and worst over the pairs; the mean difference with its standard error over tasks."""
    for name, of in (("median", np.median), ("mean", np.mean), ("worst", np.max)):
        own, with_log, without = of([(p.own, p.with_log, p.without) for p in pairs], axis=0)
        yield f"{name:28} {'':11} {own:9.4f} {with_log:10.4f} {without:10.4f}"
    more = np.reshape([p.with_log - p.without for p in pairs], (-1, len(OFF))).mean(axis=1)
    error = more.std(ddof=1) / np.sqrt(len(more)) if len(more) > 1 else np.nan
    yield f"with the log {more.mean():+.4f} on average, standard error {error:.4f} over the tasks"


def _pairs(asked: tuple[str, float], budget: int, seeds: Sequence[int]) -> tuple[Pair, Pair]:
    """In a process of its own: tasks travel by name."""
    torch.set_num_threads(1)
    name, off = asked
    (task,) = (task for task in TASKS if task.name == name)
    return pairs(task, off, budget, seeds)
