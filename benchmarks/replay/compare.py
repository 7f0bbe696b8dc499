"""Replay beside the LR finders, at the same budget of training steps."""

import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from benchmarks.replay import answers, truth
from benchmarks.replay.finders import METHODS
from benchmarks.replay.regret import regret, width
from benchmarks.replay.tables import OURS, Result, bars, by_seed, by_task, methods
from benchmarks.replay.task import Task
from benchmarks.replay.tasks import TASKS
from lrdoctor.errors import LrdoctorError

Suggested = dict[tuple[str, str, int], float | None]


def ask_finders(python: Path, file: Path, tasks: Sequence[Task], seeds: Sequence[int]) -> None:
    """Run the range tests that the file lacks, in the environment that has the finders.

    Raises:
        SystemExit: there is no such environment.
    """
    if not python.exists():
        raise SystemExit(f"{python} does not exist: `make bench-replay` makes it, `--only lrdoctor` does without it")
    command = [str(python), "-m", "benchmarks.replay.finders", str(file), "--tasks", *(task.name for task in tasks)]
    subprocess.run([*command, "--seeds", *map(str, seeds)], check=True)  # noqa: S603 - our own module


def ours(task_name: str, seeds: Sequence[int], budget: int) -> Suggested:
    """Replay's suggestions for one task."""
    from lrdoctor.replay import replay

    torch.set_num_threads(1)
    (task,) = (task for task in TASKS if task.name == task_name)
    found: Suggested = {}
    for seed in seeds:
        try:
            found[OURS, task_name, seed] = replay(task.recipe(seed), max_steps=budget, seed=seed).suggested_lr
        except LrdoctorError as error:
            print(f"{task_name}, seed {seed}: {error}", flush=True)
            found[OURS, task_name, seed] = None
    return found


def all_ours(tasks: Sequence[Task], seeds: Sequence[int], budget: int, jobs: int) -> Suggested:
    """Replay's suggestions for all tasks, as many at once as there are jobs."""
    names = [task.name for task in tasks]
    if jobs == 1:
        parts = [ours(name, seeds, budget) for name in names]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            parts = list(pool.map(ours, names, [seeds] * len(names), [budget] * len(names)))
    return {key: lr for part in parts for key, lr in part.items()}


def result(method: str, found: Suggested, tasks: Sequence[Task], seeds: Sequence[int]) -> Result:
    """A method's regrets, no answer counting as no training."""
    lrs = [[found.get((method, task.name, seed)) for seed in seeds] for task in tasks]
    known = [truth.load(task) for task in tasks]
    table = [[regret(what, lr) for lr in row] for what, row in zip(known, lrs, strict=True)]
    return Result(method, np.array(table), float(np.mean([lr is not None for row in lrs for lr in row])))


def report(
    tasks: Sequence[Task], seeds: Sequence[int], budget: int, file: Path, whose: Sequence[str], jobs: int
) -> Iterator[str]:
    """Tables and bars of one budget."""
    results, own = [], {}
    if "lrdoctor" in whose:
        own = all_ours(tasks, seeds, budget, jobs)
        results.append(result(OURS, own, tasks, seeds))
    if "finders" in whose:
        found = answers.suggested(answers.read(file), budget)
        results += [result(method, found, tasks, seeds) for method in METHODS]
    known = [truth.load(task) for task in tasks]
    yield f"\n## {budget} steps: regret over {len(tasks)} tasks, {len(seeds)} seeds\n"
    yield from methods(results)
    yield ""
    names, best = [task.name for task in tasks], [what.best_lr for what in known]
    yield from by_task(names, best, [width(what) for what in known], results)
    if "lrdoctor" in whose:
        yield "\nlrdoctor's answers in decades from the best LR, by seed"
        yield from by_seed(names, best, [[own[OURS, name, seed] for seed in seeds] for name in names])
        yield ""
        yield from bars(budget, results)
