"""What is trained: everything of a training script but its loop."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from lrdoctor.errors import UsageError

Batches = Callable[[], Iterable[Any]]
Loss = Callable[[nn.Module, Any], Tensor]


@dataclass(frozen=True, eq=False)
class Recipe:
    """A model with its data, loss and optimizer, as a training script would set them up.

    Replay trains copies: the objects given here are left as they are, bit by bit.

    Args:
        model: with fresh weights, on the CPU or on the device to train on.
        batches: a DataLoader, or a function that gives a fresh iterator of training batches in a new order.
        loss: `loss(model, batch)` is the training loss, a tensor with one value, or an output that holds it
            (`.loss`, `{"loss": ...}`, a tuple); use the model it is given.
        optimizer: any `torch.optim` optimizer over `model.parameters()`, with the LR that the run would have.
            Groups with other LRs keep their ratio to the first group's.
        steps: optimizer steps that the real run takes.
        scheduler: how the LR moves over those steps: a scheduler on `optimizer`, or a function that makes one from
            an optimizer (`lambda o: CosineAnnealingLR(o, steps)`); timm's schedulers too.  It is compressed to the
            length of every rerun.
        scheduler_steps: how often the run steps its scheduler; as often as the optimizer where it is None.
        schedule: instead of a scheduler a function of the step, which gives the LR (nanoGPT's `get_lr`) or its share
            of the optimizer's.
        clip_norm: gradients are clipped to this norm.
        accumulate: batches an optimizer step.
        autocast: data type of mixed precision, such as `torch.bfloat16`.
        scaler: the gradient scaler of float16 training.
        validation: batches that are never trained on, as `batches` are given: reruns end on the first of them, in eval
            mode.  Without it they end on the next training batches, which are new within the first pass alone.
        metric: `metric(model, batch)` is what counts on `validation`, a number; the loss where it is None.
        maximize: whether a higher metric is better, as an accuracy is.
        before_step: `before_step(model, optimizer)` is called when the gradients of a step are there, before they are
            clipped.
        remarks: what the report says of the recipe.
    """

    model: nn.Module
    batches: Batches | Iterable[Any]
    loss: Loss
    optimizer: Optimizer
    steps: int
    scheduler: Any = None
    scheduler_steps: int | None = None
    schedule: Callable[[int], float] | None = None
    clip_norm: float | None = None
    accumulate: int = 1
    autocast: torch.dtype | None = None
    scaler: GradScaler | None = None
    validation: Batches | Iterable[Any] | None = None
    metric: Callable[[nn.Module, Any], Any] | None = None
    maximize: bool = False
    before_step: Callable[[nn.Module, Optimizer], object] | None = None
    remarks: tuple[str, ...] = ()

    def epoch(self) -> Iterable[Any]:
        """A fresh pass over the training batches."""
        return self.batches() if callable(self.batches) else self.batches

    @property
    def lr(self) -> float:
        """The LR of the first parameter group: of a scheduler's run, the LR it starts from."""
        return base_lrs(self.optimizer)[0]


def base_lrs(optimizer: Optimizer) -> list[float]:
    """The LR of every group, before any scheduler moved it."""
    return [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]


def check(recipe: object, name: str) -> Recipe:
    """The recipe, or a `UsageError` that says what is wrong with it, in one line."""
    if not isinstance(recipe, Recipe):
        raise UsageError(
            f"{name} returned {_kind(recipe)}: return a lrdoctor.replay.Recipe; `lrdoctor replay --init` shows one"
        )
    wanted = {
        "model": (nn.Module, "a torch.nn.Module"),
        "optimizer": (Optimizer, "a torch.optim optimizer"),
        "steps": (int, "a whole number of optimizer steps"),
        "accumulate": (int, "a whole number of batches"),
    }
    for field, (kind, words) in wanted.items():
        value = getattr(recipe, field)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise UsageError(f"{name}: {field} is {_kind(value)}: give {words}")
    if not callable(recipe.loss):
        raise UsageError(f"{name}: loss is {_kind(recipe.loss)}: give a function")
    for field, value in (("batches", recipe.batches), ("validation", recipe.validation)):
        if not callable(value) and not is_loader(value) and not (field == "validation" and value is None):
            raise UsageError(
                f"{name}: {field} is {_kind(value)}: give a DataLoader, or a function that gives a fresh iterator"
            )
    if recipe.metric is not None and recipe.validation is None:
        raise UsageError(f"{name}: metric without validation: say which batches it is measured on (validation)")
    if recipe.maximize and recipe.metric is None:
        raise UsageError(f"{name}: maximize is about the metric: give one (metric), or leave it out")
    if recipe.steps < 1 or recipe.accumulate < 1:
        raise UsageError(f"{name}: steps and accumulate must be at least 1")
    _check_options(recipe, name)
    if recipe.clip_norm is not None and not recipe.clip_norm > 0:
        raise UsageError(f"{name}: clip_norm is {recipe.clip_norm}: give a norm above 0, or None")
    if recipe.scheduler is not None and recipe.schedule is not None:
        raise UsageError(f"{name}: scheduler and schedule are two schedules: give one of them")
    if recipe.scheduler_steps is not None and recipe.scheduler_steps < 1:
        raise UsageError(f"{name}: scheduler_steps must be at least 1, or None")
    _check_parameters(recipe, name)
    return recipe


def is_loader(value: object) -> bool:
    """Whether a value can be iterated again and again, as a DataLoader or a list can, and a generator cannot."""
    return isinstance(value, Iterable) and not isinstance(value, Iterator | str | bytes | Tensor | nn.Module)


def _check_options(recipe: Recipe, name: str) -> None:
    wanted = {
        "schedule": (Callable, "a function of the step"),
        "metric": (Callable, "a function of the model and a batch"),
        "before_step": (Callable, "a function of the model and the optimizer"),
        "scheduler_steps": (int, "a whole number of steps"),
        "clip_norm": ((int, float), "a number"),
        "autocast": (torch.dtype, "a data type such as torch.bfloat16"),
        "scaler": (GradScaler, "a torch.amp.GradScaler"),
    }
    given = recipe.scheduler
    if given is not None and not callable(given) and not callable(getattr(given, "step", None)):
        raise UsageError(
            f"{name}: scheduler is {_kind(given)}: give a torch.optim.lr_scheduler, a function that makes one, or None"
        )
    for field, (kind, words) in wanted.items():
        value = getattr(recipe, field)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):  # type: ignore[arg-type]
            raise UsageError(f"{name}: {field} is {_kind(value)}: give {words}, or None")


def _check_parameters(recipe: Recipe, name: str) -> None:
    own = {id(p) for p in recipe.model.parameters()}
    trained = [p for group in recipe.optimizer.param_groups for p in group["params"]]
    if any(id(p) not in own for p in trained):
        raise UsageError(
            f"{name}: the optimizer holds parameters that are not the model's: make it from this model; where the loss "
            "has weights of its own, put both into one (nn.ModuleDict)"
        )
    if not all("lr" in group for group in recipe.optimizer.param_groups):
        raise UsageError(
            f"{name}: {type(recipe.optimizer).__name__} has no `lr` in its parameter groups: there is none to search"
        )
    if not any(p.requires_grad for p in trained):
        raise UsageError(f"{name}: the optimizer holds no parameter that is trained (requires_grad)")
    if not recipe.lr > 0:
        raise UsageError(f"{name}: the optimizer's LR is {recipe.lr:g}: give the LR that the run would have")


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
