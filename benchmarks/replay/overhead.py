"""What a replay takes beyond the training steps it makes."""

import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.replay.task import Task, endless
from lrdoctor.replay import replay
from lrdoctor.replay.recipe import Recipe

# The most that a whole replay may take, as a multiple of a bare loop of as many optimizer steps.
TASKS_AND_BARS = (("mlp-clusters-sgd", 1.05), ("cnn-digits-momentum", 1.02))


def bare(task: Task, steps: int, seed: int) -> float:
    """Seconds of a bare loop over the task's own batches, model and data made beforehand."""
    recipe: Recipe = task.recipe(seed)
    batches = endless(task.loader(seed))
    begun = time.perf_counter()
    for _ in range(steps):
        loss = task.loss(recipe.model, next(batches))
        recipe.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        recipe.optimizer.step()
    return time.perf_counter() - begun


def replayed(task: Task, budget: int, seed: int) -> tuple[float, int, float]:
    """Seconds of a whole replay, the optimizer steps that it made, and all of its work in training steps."""
    recipe = task.recipe(seed)
    begun = time.perf_counter()
    found = replay(recipe, max_steps=budget, seed=seed)
    return time.perf_counter() - begun, found.cost.steps, found.cost.total


def report(tasks: Sequence[Task], budget: int, repeats: int) -> Iterator[str]:
    """Ratios of replay to bare loop, the two by turns; the first pair of each task warms up."""
    yield (
        f"{'task':22} {'median':>7} {'quartiles':>15} {'least':>7} {'most':>7} {'steps':>6} {'work':>7} {'per work':>9}"
    )
    for name, bar in TASKS_AND_BARS:
        (task,) = (task for task in tasks if task.name == name)
        pairs = []
        for repeat in range(repeats + 1):
            whole, steps, work = replayed(task, budget, repeat)
            pairs.append((whole / bare(task, steps, repeat), steps, work))
        ratio, made, spent = np.array(pairs[1:]).T
        low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75])
        # Evaluations and Hessian-vector products are work that a bare loop of as many optimizer steps has not.
        worked = float(np.median(ratio * made / spent))
        yield (
            f"{name:22} {middle:7.3f} {f'{low:.3f} to {high:.3f}':>15} {ratio.min():7.3f} {ratio.max():7.3f} "
            f"{np.median(made):6.0f} {np.median(spent):7.1f} {worked:9.3f}"
            f"   {'holds' if middle <= bar else 'FAILS'} {middle:.3f} <= {bar}"
        )
