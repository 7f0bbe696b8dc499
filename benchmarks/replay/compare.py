"""Replay beside the LR finders, at the same budget of training steps."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from benchmarks.replay import answers, truth
from benchmarks.replay.finders import METHODS
from benchmarks.replay.regret import regret, standard_error, width
from benchmarks.replay.tables import OURS, Result, bars, by_seed, by_task, methods
from benchmarks.replay.task import Task
from benchmarks.replay.tasks import TASKS
from benchmarks.replay.truth import Truth
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


def result(method: str, found: Suggested, known: Mapping[str, Truth], seeds: Sequence[int]) -> Result:
    """A method's regrets by the tasks' truths, no answer counting as no training."""
    lrs = [[found.get((method, name, seed)) for seed in seeds] for name in known]
    table = [[regret(what, lr) for lr in row] for what, row in zip(known.values(), lrs, strict=True)]
    return Result(method, np.array(table), float(np.mean([lr is not None for row in lrs for lr in row])))


def swept(known: Mapping[str, Truth], pair: int) -> Result:
    """Regrets by two of the seeds of what the sweep with each other one calls best."""
    table = [[regret(what.pairs()[pair], lr) for lr in what.others(pair)] for what in known.values()]
    return Result("whole runs", np.array(table), 1.0)


def report(
    tasks: Sequence[Task], seeds: Sequence[int], budget: int, file: Path, whose: Sequence[str], jobs: int
) -> Iterator[str]:
    """Tables and bars of one budget."""
    known = {task.name: truth.load(task) for task in tasks}
    found: Suggested = {}
    if "lrdoctor" in whose:
        found |= all_ours(tasks, seeds, budget, jobs)
    if "finders" in whose:
        found |= answers.suggested(answers.read(file), budget)
    asked = ([OURS] if "lrdoctor" in whose else []) + (list(METHODS) if "finders" in whose else [])
    results = [result(method, found, known, seeds) for method in asked]
    yield f"\n## {budget} steps: regret over {len(tasks)} tasks, {len(seeds)} seeds\n"
    yield from methods(results)
    yield ""
    names, best = list(known), [what.best_lr for what in known.values()]
    yield from by_task(names, best, [width(what) for what in known.values()], results)
    errors = [standard_error(what) for what in known.values()]
    yield (
        f"\nthe truth's own standard error near the best LR, {len(truth.SEEDS)} seeds: median {np.median(errors):.4f}, "
        f"{min(errors):.4f} to {max(errors):.4f}; of two seeds twice that"
    )
    if "lrdoctor" in whose:
        yield "\nlrdoctor's answers in decades from the best LR, by seed"
        yield from by_seed(names, best, [[found[OURS, name, seed] for seed in seeds] for name in names])
        by_pairs = zip(*(what.pairs() for what in known.values()), strict=True)
        pairs = [dict(zip(names, pair, strict=True)) for pair in by_pairs]
        yield "\nlrdoctor's regret where two of the sweep's seeds alone are the truth"
        words = [f"seeds {one} and {one + 1}" for one in truth.SEEDS[::2]]
        yield from methods([result(OURS, found, pair, seeds) for pair in pairs], words)
        runs = " or ".join(str(n) for n in sorted({len(what.log_lr) for what in known.values()}))
        yield f"\nthat of the best of {runs} whole runs, a sweep with one of the other seeds"
        yield from methods([swept(known, at) for at in range(len(pairs))], words)
        yield f"\nthe bars as they were asked, by {words[0]}"
        yield from bars(budget, [result(method, found, pairs[0], seeds) for method in asked])
        yield f"\nby all {len(truth.SEEDS)} seeds"
        yield from bars(budget, results)
