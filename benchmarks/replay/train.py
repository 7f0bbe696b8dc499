"""A bare training loop, as a script would have it: nothing here comes from replay."""

import math

import torch
from torch import nn

from benchmarks.replay.task import STEPS, Task, endless


def train(task: Task, lr: float, seed: int) -> float:
    """Final validation loss of a whole run whose schedule peaks at `lr`; inf where it blew up."""
    return task.validation(trained(task, lr, seed)[0])


def trained(task: Task, lr: float, seed: int) -> tuple[nn.Module, list[tuple[float, float]]]:
    """The model at the end of a run, and the LR and the loss of each step; it ends early at a non-finite loss."""
    model, loader = task.fresh(seed), task.loader(seed)
    optimizer = task.optimizer(model.parameters())
    for group in optimizer.param_groups:
        group["lr"] = lr
    scheduler = None if task.scheduler is None else task.scheduler(optimizer)
    torch.manual_seed(seed)
    log = []
    for step, batch in enumerate(endless(loader), start=1):
        loss = task.loss(model, batch)
        log.append((float(optimizer.param_groups[0]["lr"]), loss.item()))
        if not math.isfinite(log[-1][1]):
            break
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if task.clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), task.clip)
        optimizer.step()
        if step == STEPS:
            break
        if scheduler is not None:
            scheduler.step()
    return model, log
