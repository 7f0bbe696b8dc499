"""A run's LR schedule as a table of shares of its peak, read at any length."""

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lrdoctor.errors import UsageError
from lrdoctor.records.run import Floats
from lrdoctor.replay.recipe.lr_function import factors, is_timm, timm_lrs
from lrdoctor.replay.recipe.recipe import Recipe, base_lrs

# Options of a group that one-cycle schedules move along with the LR.
MOVED = ("momentum", "betas")
# A scheduler can only be stepped through, at ten microseconds a step.
MOST_STEPS = 2_000_000


@dataclass(frozen=True, eq=False)
class Schedule:
    """Shares of the first group's peak LR.

    Args:
        peak: LR of the first group at its highest.
        share: of each group's LR over `peak`, at every step of the real run, shape (steps, groups).
        moved: other options of the groups that the schedule moves, by name: one list of values a step.
        kind: the class of the scheduler; "" where there is none.
    """

    peak: float
    share: Floats
    moved: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    kind: str = ""

    def rows(self, length: int) -> np.ndarray[Any, np.dtype[np.intp]]:
        """The step of the table that stands for each step of a run of `length` steps: the same part of the run.

        Read at the middle of each step's stretch, so that a compressed decay still ends low and a warm-up still begins
        low.
        """
        at = (np.arange(length) + 0.5) / length * len(self.share)
        return np.minimum(at.astype(np.intp), len(self.share) - 1)

    def compressed(self, length: int) -> Floats:
        """Shares at each step of a run of `length` steps, shape (length, groups)."""
        return np.asarray(self.share[self.rows(length)])


def schedule_of(recipe: Recipe) -> Schedule:
    """The recipe's schedule, by stepping its scheduler through the run on a stand-in for the optimizer.

    Raises:
        UsageError: the scheduler waits for a metric, or fails before the run's end.
    """
    base = base_lrs(recipe.optimizer)
    ratios = np.array([[lr / base[0] for lr in base]])
    if recipe.schedule is not None:
        _check_length(recipe.steps, "schedule")
        of_first = factors(recipe.schedule, base[0], recipe.steps)
        return Schedule(base[0] * float(of_first.max()), of_first[:, None] / of_first.max() * ratios)
    if recipe.scheduler is None:
        return Schedule(base[0], ratios)
    if is_timm(recipe.scheduler):
        _check_length(recipe.steps, "scheduler")
        return _of_table(
            timm_lrs(recipe.scheduler, recipe.optimizer, recipe.steps, recipe.scheduler_steps), {}, recipe.scheduler
        )
    optimizer, scheduler = _stand_in(recipe)
    if isinstance(scheduler, ReduceLROnPlateau):
        raise UsageError("the recipe's scheduler waits for a metric, which a short rerun has not: leave it out")
    steps = recipe.scheduler_steps or recipe.steps
    _check_length(steps, "scheduler")
    lrs: list[list[float]] = []
    moved: dict[str, list[list[Any]]] = {key: [] for key in MOVED if key in optimizer.param_groups[0]}
    for step in range(steps):
        lrs.append([float(group["lr"]) for group in optimizer.param_groups])
        for key, values in moved.items():
            values.append([group[key] for group in optimizer.param_groups])
        try:
            if step < steps - 1:
                _move(scheduler)
        except Exception as error:
            raise UsageError(
                f"the recipe's scheduler fails at step {step + 1} of {steps} ({' '.join(str(error).split())}): "
                "make it as long as the run"
            ) from error
    return _of_table(lrs, moved, scheduler)


def _check_length(steps: int, name: str) -> None:
    if steps > MOST_STEPS:
        raise UsageError(
            f"the recipe's {name} takes {steps:,} steps, and no more than {MOST_STEPS:,} are stepped through: "
            "make it of fewer, longer ones (`scheduler_steps`)"
        )


def _of_table(lrs: list[list[float]], moved: Mapping[str, list[list[Any]]], scheduler: object) -> Schedule:
    table = np.array(lrs)
    peak = float(table[:, 0].max())
    if not peak > 0:
        raise UsageError("the recipe's scheduler keeps the LR at 0: leave it out or mend it")
    kept = {key: values for key, values in moved.items() if any(row != values[0] for row in values)}
    return Schedule(peak, table / peak, kept, type(scheduler).__name__)


def _move(scheduler: LRScheduler) -> None:
    with warnings.catch_warnings():
        # It misses the optimizer's own steps, and old schedulers call each other in ways that are now deprecated.
        warnings.simplefilter("ignore")
        scheduler.step()


def _stand_in(recipe: Recipe) -> tuple[Optimizer, LRScheduler]:
    """An optimizer with the same groups, over parameters of one number, and the scheduler on it."""
    given = recipe.scheduler
    if isinstance(given, LRScheduler):
        if getattr(given, "optimizer", recipe.optimizer) is not recipe.optimizer:
            raise UsageError("the recipe's scheduler moves another optimizer than the recipe's: make it on that one")
        # The scheduler holds its optimizer: copied together, with small stand-ins for the weights.
        memo: dict[int, Any] = {
            id(p): nn.Parameter(torch.zeros(1)) for group in recipe.optimizer.param_groups for p in group["params"]
        }
        return copy.deepcopy((recipe.optimizer, given), memo)
    groups = [
        {**{k: v for k, v in group.items() if k != "params"}, "params": [nn.Parameter(torch.zeros(1))]}
        for group in recipe.optimizer.param_groups
    ]
    for group, lr in zip(groups, base_lrs(recipe.optimizer), strict=True):
        group["lr"] = lr
        group.pop("initial_lr", None)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    optimizer.param_groups = groups
    optimizer.defaults = dict(recipe.optimizer.defaults)
    try:
        scheduler = given(optimizer) if callable(given) else None
    except Exception as error:
        raise UsageError(f"the recipe's scheduler fails ({' '.join(str(error).split())})") from error
    if not isinstance(scheduler, LRScheduler):
        raise UsageError(
            "the recipe's scheduler is no torch.optim.lr_scheduler: give one, or a function that makes one"
        )
    if scheduler.optimizer is not optimizer:
        raise UsageError(
            "the recipe's scheduler function makes its scheduler on another optimizer: use the one it is given"
        )
    return optimizer, scheduler
