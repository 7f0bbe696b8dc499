"""What a LightningModule and its Trainer's callbacks do around a step: called by reruns, or remarked on."""

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import Optimizer

LIBRARIES = {"lightning", "pytorch_lightning"}
# Called with a step's gradients there; lightning calls them in this order, before it clips.
WITH_GRADIENTS = ("on_after_backward", "on_before_optimizer_step")
# A callback with one of these trains otherwise than the module alone.
OF_CALLBACKS = ("on_before_optimizer_step", "on_after_backward", "on_before_zero_grad", "on_before_backward")
ACCUMULATION = "GradientAccumulationScheduler"
# Lightning's own that change weights or LRs.
CHANGING = (ACCUMULATION, "StochasticWeightAveraging", "WeightAveraging", "EMAWeightAveraging", "LearningRateFinder")


def overrides(instance: object, name: str) -> bool:
    """Whether a method is the user's own, not lightning's."""
    home = next((kind for kind in type(instance).__mro__ if name in vars(kind)), None)
    return home is not None and home.__module__.split(".")[0] not in LIBRARIES


def before_step(module: Any) -> Callable[[nn.Module, Optimizer], object] | None:
    """The module's own hooks that look at a step's gradients, as `Recipe.before_step`; None where it has none."""
    after, before = (overrides(module, name) for name in WITH_GRADIENTS)
    if not after and not before:
        return None

    def call(model: Any, optimizer: Optimizer) -> None:
        if after:
            model.on_after_backward()
        if before:
            model.on_before_optimizer_step(optimizer)

    return call


def remarks(module: Any, trainer: Any, accumulate: int) -> tuple[str, ...]:
    """What reruns leave out of what `trainer.fit` does."""
    found = []
    if accumulate > 1 and overrides(module, "on_after_backward"):
        found.append("on_after_backward is called once a step, not after each of its batches.")
    if overrides(module, "lr_scheduler_step"):
        found.append("lr_scheduler_step is not called: the LR moves as the scheduler itself does.")
    names = [type(one).__name__ for one in getattr(trainer, "callbacks", None) or () if _changes(one)]
    if ACCUMULATION in names:
        found.append(f"{ACCUMULATION} changes how many batches a step has: reruns take {accumulate} throughout.")
    others = [name for name in names if name != ACCUMULATION]
    if others:
        found.append(f"The trainer's {', '.join(others)} is not called: reruns train without it.")
    return tuple(found)


def _changes(callback: object) -> bool:
    kinds = {kind.__name__ for kind in type(callback).__mro__}
    return bool(kinds & set(CHANGING)) or any(overrides(callback, name) for name in OF_CALLBACKS)


def has_trained(module: Any, trainer: Any) -> bool:
    """Whether the trainer, or the one that the module is attached to, has taken a step."""
    attached = vars(module).get("_trainer")
    return any(isinstance(steps := getattr(one, "global_step", 0), int) and steps > 0 for one in (trainer, attached))
