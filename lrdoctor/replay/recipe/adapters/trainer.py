"""A recipe from a Hugging Face `Trainer`: what `trainer.train()` would train."""

import copy
import inspect
import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.adapters.stand_in import NOTHING
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.safeguards.device import moved
from lrdoctor.replay.safeguards.failures import in_recipe
from lrdoctor.replay.safeguards.randomness import preserved

# Epochs that an order is drawn from: loaders that shuffle by epoch and seed alone get a number of their own.
EPOCHS = 1 << 20


def from_trainer(trainer: Any, *, schedule: bool = True) -> Recipe:
    """A recipe of what `trainer.train()` trains; trainer, model and arguments are left as they are.

    Optimizer, scheduler, batches (those of `eval_dataset` too, for reruns to end on) and loss are made by the trainer's
    own methods, called on a shallow copy of it, so that a subclass's `compute_loss` and `create_optimizer` count.

    Args:
        trainer: one that has not trained yet, for one process.
        schedule: False leaves its LR scheduler out.

    Raises:
        UsageError: it has trained, is spread over processes, or cannot tell how long it trains.
    """
    _check(trainer)
    with preserved():
        shadow = _shadow(trainer)
        with in_recipe("get_train_dataloader"):
            loader = shadow.get_train_dataloader()
        args = shadow.args
        steps = _steps(args, loader)
        validation = None
        if getattr(trainer, "eval_dataset", None) is not None and not isinstance(trainer.eval_dataset, Mapping):
            with in_recipe("get_eval_dataloader"):
                validation = _batches(shadow.get_eval_dataloader())
        with in_recipe("making its Trainer's optimizer"):
            if schedule:
                shadow.create_optimizer_and_scheduler(num_training_steps=steps)
            else:
                shadow.create_optimizer()
    autocast = torch.bfloat16 if args.bf16 else torch.float16 if args.fp16 else None
    clip = getattr(args, "max_grad_norm", None)
    return Recipe(
        model=trainer.model,
        batches=_batches(loader),
        loss=_loss(shadow),
        optimizer=shadow.optimizer,
        steps=steps,
        scheduler=_scheduler(shadow.lr_scheduler) if schedule else None,
        clip_norm=float(clip) if clip else None,
        accumulate=int(args.gradient_accumulation_steps),
        autocast=autocast,
        scaler=GradScaler(_device(trainer.model).type) if autocast is torch.float16 else None,
        validation=validation,
    )


def _check(trainer: Any) -> None:
    if not all(hasattr(trainer, name) for name in ("args", "model", "compute_loss", "get_train_dataloader")):
        raise UsageError(f"from_trainer needs a Hugging Face Trainer, not an object of type {type(trainer).__name__}")
    if getattr(getattr(trainer, "state", None), "global_step", 0):
        raise UsageError("this Trainer has trained already: make a new one, whose model has the weights to start from")
    if getattr(trainer.args, "world_size", 1) > 1:
        raise UsageError("this Trainer is spread over processes: run the replay in a single one, without a launcher")
    for name in ("deepspeed", "fsdp"):
        if getattr(trainer, f"is_{name}_enabled", False):
            raise UsageError(f"this Trainer shards its model ({name}), which a rerun cannot copy: turn it off for it")


def _shadow(trainer: Any) -> Any:
    """A shallow copy, whose attributes can be set and whose optimizer can be moved without the trainer's noticing."""
    shadow = copy.copy(trainer)
    with in_recipe("copying the Trainer's optimizer (copy.deepcopy):"):
        kept: dict[int, Any] = {id(p): p for p in trainer.model.parameters()}
        shadow.optimizer, shadow.lr_scheduler = copy.deepcopy((trainer.optimizer, trainer.lr_scheduler), kept)
        shadow.state, shadow.control = copy.deepcopy((trainer.state, trainer.control))
    shadow.accelerator = copy.copy(trainer.accelerator)
    for name in ("_dataloaders", "_optimizers", "_schedulers", "_models"):
        setattr(shadow.accelerator, name, list(getattr(trainer.accelerator, name, ())))
    shadow.log = NOTHING
    return shadow


def _steps(args: Any, loader: Any) -> int:
    if args.max_steps > 0:
        return int(args.max_steps)
    try:
        length = len(loader)
    except TypeError as error:
        raise UsageError(
            "how long the run is cannot be told, since the data has no length: set max_steps in the TrainingArguments"
        ) from error
    epochs, parts = float(args.num_train_epochs), int(args.gradient_accumulation_steps)
    return math.ceil(epochs * max(1, math.ceil(length / parts)))


def _scheduler(scheduler: Any) -> LRScheduler:
    if isinstance(scheduler, ReduceLROnPlateau) or not isinstance(scheduler, LRScheduler):
        raise UsageError(
            f"the Trainer's {type(scheduler).__name__} waits for a metric, which a short rerun has not: "
            "leave it out with from_trainer(trainer, schedule=False)"
        )
    return scheduler


def _batches(loader: Any) -> Any:
    """The function that draws an epoch, in an order that hangs on torch's seed."""

    def batches() -> Iterator[Any]:
        # accelerate's sampler draws from a generator of its own, seeded by the epoch's number.
        if hasattr(loader, "set_epoch"):
            loader.set_epoch(int(torch.randint(EPOCHS, ())))
        try:
            yield from loader
        finally:
            # accelerate's loader says that it is in use until it has been read to its end.
            if hasattr(loader, "gradient_state"):
                loader.end()

    return batches


def _loss(shadow: Any) -> Any:
    """`compute_loss` as `loss(model, batch)`: every batch counts its own items, as with one batch a step."""
    takes = inspect.signature(shadow.compute_loss).parameters
    counted = "num_items_in_batch" in takes and shadow.args.n_gpu <= 1 and hasattr(shadow, "get_batch_samples")
    places = len(inspect.signature(shadow.get_batch_samples).parameters) if counted else 0

    def loss(model: nn.Module, batch: Any) -> Tensor:
        device = _device(model)
        inputs = moved(batch, device)
        # A dictionary of its own: compute_loss may take labels out of it.
        inputs = dict(inputs) if isinstance(inputs, Mapping) else inputs
        items = {}
        if counted:
            count = shadow.get_batch_samples(*(iter([inputs]), 1, device)[:places])[1]
            items = {"num_items_in_batch": count}
        value: Tensor = shadow.compute_loss(model, inputs, **items)
        return value

    return loss


def _device(model: nn.Module) -> torch.device:
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device
