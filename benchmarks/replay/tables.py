"""The benchmark's tables and its bars, from regrets alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor.records.run import Floats

OURS = "lrdoctor"
# By budget: the most that lrdoctor's median and worst regret may be, and its median spread over seeds.
BARS: Mapping[int, tuple[float, float, float | None]] = {300: (0.02, 0.20, None), 1_000: (0.005, 0.05, 0.02)}
BEYOND = 0.002  # how much better a finder's median has to be to count as better


@dataclass(frozen=True, eq=False)
class Result:
    """One method's regrets at one budget.

    Args:
        method: whose.
        regret: by task and seed, shape (tasks, seeds).
        answered: share of tasks and seeds with an LR.
    """

    method: str
    regret: Floats
    answered: float

    @property
    def median(self) -> float:
        return float(np.median(self.regret))

    @property
    def worst(self) -> float:
        return float(self.regret.max())

    @property
    def spread(self) -> Floats:
        """Standard deviation over the seeds, shape (tasks,)."""
        return np.asarray(self.regret.std(axis=1))


def methods(results: Sequence[Result], names: Sequence[str] | None = None) -> Iterator[str]:
    """A line a result, by its method or by a name of its own."""
    columns = ("median", "mean", "worst", "spread", "max", "answers")
    yield f"{'truth' if names else 'method':19} " + " ".join(f"{column:>8}" for column in columns)
    for name, one in zip(names or [one.method for one in results], results, strict=True):
        numbers = (one.median, float(one.regret.mean()), one.worst, float(np.median(one.spread)), one.spread.max())
        yield f"{name:19} " + " ".join(f"{number:8.4f}" for number in numbers) + f" {one.answered:8.0%}"


def by_task(
    names: Sequence[str], best: Sequence[float], widths: Sequence[float], results: Sequence[Result]
) -> Iterator[str]:
    """A line a task: each method's median regret over the seeds."""
    yield f"{'task':28} {'best LR':>8} {'decades':>7} " + " ".join(f"{_short(one.method):>9}" for one in results)
    for i, (name, lr, wide) in enumerate(zip(names, best, widths, strict=True)):
        medians = " ".join(f"{float(np.median(one.regret[i])):9.4f}" for one in results)
        yield f"{name:28} {lr:8.2g} {wide:7.2f} {medians}"


def by_seed(names: Sequence[str], best: Sequence[float], lrs: Sequence[Sequence[float | None]]) -> Iterator[str]:
    """A line a task: one method's answers, seed by seed, in decades from the best LR."""
    for name, right, row in zip(names, best, lrs, strict=True):
        yield f"{name:28} " + " ".join("    -" if lr is None else f"{np.log10(lr / right):+5.2f}" for lr in row)


def _short(method: str) -> str:
    return method.replace("fastai ", "fa ").replace("torch-lr-finder", "torch-lrf")[:9]


def bars(budget: int, results: Sequence[Result]) -> Iterator[str]:
    """Each bar of this budget, and whether it holds."""
    ours = next(one for one in results if one.method == OURS)
    finders = [one for one in results if one.method != OURS]
    median, worst, spread = BARS[budget]
    yield _held(f"median regret {ours.median:.4f} <= {median}", ours.median <= median)
    yield _held(f"worst regret {ours.worst:.4f} <= {worst}", ours.worst <= worst)
    if spread is not None:
        own = float(np.median(ours.spread))
        yield _held(f"spread over seeds {own:.4f} <= {spread}", own <= spread)
    if finders:
        rival = min(finders, key=lambda one: one.median)
        holds = rival.median >= ours.median - BEYOND
        yield _held(f"no finder's median is better by {BEYOND}: the best is {rival.method}, {rival.median:.4f}", holds)
        rival = min(finders, key=lambda one: one.worst)
        holds = rival.worst > ours.worst
        yield _held(f"every finder's worst is worse: the least is {rival.method}, {rival.worst:.4f}", holds)


def _held(words: str, holds: bool) -> str:
    return f"{'holds ' if holds else 'FAILS '} {words}"
