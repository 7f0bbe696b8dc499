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
from lrdoctor.errors import LrdoctorError
from lrdoctor.replay import replay
from lrdoctor.replayed import Replay
from lrdoctor.run import Run

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


def pair(task: Task, off: float, budget: int, seeds: Sequence[int]) -> Pair:
    """Both ways of one task, for a run that was `off` decades from the best LR."""
    known = truth.load(task)
    lr = known.best_lr * 10**off
    regrets = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            run = logged(task, lr, 500 + seed, Path(folder) / task.name)
        regrets.append([
            regret(known, suggested(task, lr, budget // 2, seed, run)),
            regret(known, suggested(task, lr, budget, seed, None)),
        ])  # fmt: skip
    with_log, without = np.median(regrets, axis=0)
    return Pair(regret(known, lr), float(with_log), float(without))


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
    pairs: list[Pair] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = pool.map(_pair, asked, [budget] * len(asked), [seeds] * len(asked))
        for (name, off), p in zip(asked, found, strict=True):
            pairs.append(p)
            yield f"{name:28} {off:+11.1f} {p.own:9.4f} {p.with_log:10.4f} {p.without:10.4f}"
    for name, of in (("median", np.median), ("mean", np.mean), ("worst", np.max)):
        own, with_log, without = of([(p.own, p.with_log, p.without) for p in pairs], axis=0)
        yield f"{name:28} {'':11} {own:9.4f} {with_log:10.4f} {without:10.4f}"


def _pair(asked: tuple[str, float], budget: int, seeds: Sequence[int]) -> Pair:
    """In a process of its own: tasks travel by name."""
    torch.set_num_threads(1)
    name, off = asked
    (task,) = (task for task in TASKS if task.name == name)
    return pair(task, off, budget, seeds)
