"""What a replay takes beyond the training steps it makes."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from benchmarks.replay.task import Task, endless
from lrdoctor.records.replay import Cost
from lrdoctor.replay import replay
from lrdoctor.replay.recipe.recipe import Recipe

# The most that the reruns may take, as a multiple of a bare loop that makes the same steps and evaluations.
TASKS_AND_BARS = (("mlp-clusters-sgd", 1.05), ("cnn-digits-momentum", 1.02))
# One below the budget from which curvature is measured, which no bare loop has; and the usual one.
BUDGETS = (590, 1000)


def bare(task: Task, steps: int, evaluations: int, seed: int) -> float:
    """Seconds of a bare loop over the task's own batches, model and data made beforehand."""
    recipe: Recipe = task.recipe(seed)
    batches = endless(task.loader(seed))
    begun = time.perf_counter()
    for _ in range(steps):
        loss = task.loss(recipe.model, next(batches))
        recipe.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        recipe.optimizer.step()
    with torch.no_grad():
        for _ in range(evaluations):
            task.loss(recipe.model, next(batches))
    return time.perf_counter() - begun


def replayed(task: Task, budget: int, seed: int) -> tuple[float, Cost]:
    """Seconds of a whole replay, its judging included, and what its reruns cost."""
    recipe = task.recipe(seed)
    begun = time.perf_counter()
    found = replay(recipe, max_steps=budget, seed=seed)
    return time.perf_counter() - begun, found.cost


def report(tasks: Sequence[Task], repeats: int) -> Iterator[str]:
    """Ratios of the reruns to a bare loop, the two by turns; the first pair of each task warms up."""
    yield "reruns over a bare loop of the same steps and evaluations; judging the result comes on top, once"
    yield f"{'task':22} {'budget':>6} {'median':>7} {'quartiles':>15} {'steps':>6} {'evaluated':>9} {'judging, ms':>11}"
    for name, bar in TASKS_AND_BARS:
        (task,) = (task for task in tasks if task.name == name)
        for budget in BUDGETS:
            ratios, judged = [], []
            for repeat in range(repeats + 1):
                whole, cost = replayed(task, budget, repeat)
                ratios.append(cost.seconds / bare(task, cost.steps, cost.evaluations, repeat))
                judged.append(1000 * (whole - cost.seconds))
            low, middle, high = np.quantile(ratios[1:], [0.25, 0.5, 0.75])
            verdict = (
                f"   {'holds' if middle <= bar else 'FAILS'} {middle:.3f} <= {bar}" if budget == BUDGETS[0] else ""
            )
            yield (
                f"{name:22} {budget:6d} {middle:7.3f} {f'{low:.3f} to {high:.3f}':>15} {cost.steps:6d} "
                f"{cost.evaluations:9d} {np.median(judged[1:]):11.1f}{verdict}"
            )
