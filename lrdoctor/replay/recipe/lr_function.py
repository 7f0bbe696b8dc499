"""Schedules that are no torch schedulers: a function of the step, as nanoGPT's `get_lr(it)`, and timm's schedulers."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

from lrdoctor.errors import UsageError
from lrdoctor.records.run import Floats
from lrdoctor.replay.safeguards.failures import brief

# What a factor's highest value may be: a schedule that stays far from 1 is of another optimizer's LRs, or a mistake.
LEAST_FACTOR, MOST_FACTOR = 0.2, 5.0


def factors(schedule: Callable[[int], float], lr: float, steps: int) -> Floats:
    """Shares of the optimizer's LR at each step, shape (steps,), of a function that gives these or LRs.

    It gives LRs where its highest value is the optimizer's LR, as in scripts that set `group["lr"] = get_lr(step)`.

    Raises:
        UsageError: it fails, gives no numbers at or above 0, or neither LRs nor factors.
    """
    values = np.empty(steps)
    for step in range(steps):
        try:
            values[step] = float(schedule(step))
        except Exception as error:
            raise UsageError(f"the recipe's schedule({step}) fails ({type(error).__name__}: {brief(error)})") from error
    highest = float(values.max())
    if not math.isfinite(highest) or values.min() < 0 or not highest > 0:
        raise UsageError("the recipe's schedule gives no learning rates: from 0 on, and not 0 throughout")
    if math.isclose(highest, lr, rel_tol=1e-3):
        return values / lr
    if LEAST_FACTOR <= highest <= MOST_FACTOR:
        return values
    raise UsageError(
        f"the recipe's schedule gives {highest:.3g} at most, which is neither the optimizer's LR ({lr:.3g}) nor a "
        "factor of it: give the optimizer the schedule's highest LR"
    )


def is_timm(scheduler: object) -> bool:
    """Whether a scheduler is stepped as timm's are: by the epoch's and the update's number."""
    return all(callable(getattr(scheduler, name, None)) for name in ("step", "step_update", "state_dict"))


def timm_lrs(scheduler: Any, optimizer: Optimizer, steps: int, epochs: int | None) -> list[list[float]]:
    """The LR of every group at each step of a run, by a copy of timm's scheduler on a stand-in.

    Args:
        scheduler: timm's, left as it is.
        optimizer: the one it moves.
        steps: of the run.
        epochs: how often the run calls `scheduler.step(epoch)`; None takes the scheduler's own length in epochs.

    Raises:
        UsageError: it is stepped once an epoch, and nothing says how many there are; or it fails.
    """
    memo: dict[int, Any] = {
        id(p): nn.Parameter(torch.zeros(1)) for group in optimizer.param_groups for p in group["params"]
    }
    scheduler = copy.deepcopy(scheduler, memo)
    by_epoch = bool(getattr(scheduler, "t_in_epochs", True))
    epochs = epochs or (int(getattr(scheduler, "t_initial", 0)) if by_epoch else 1)
    if not epochs:
        raise UsageError("the recipe's scheduler is stepped once an epoch: say how many there are (scheduler_steps)")
    lrs = []
    for step in range(steps):
        epoch, before = step * epochs // steps, (step - 1) * epochs // steps
        try:
            if step and epoch > before:
                scheduler.step(epoch)
            if step:
                scheduler.step_update(step)
        except Exception as error:
            raise UsageError(f"the recipe's scheduler fails at step {step} of {steps} ({brief(error)})") from error
        lrs.append([float(group["lr"]) for group in scheduler.optimizer.param_groups])
    return lrs
