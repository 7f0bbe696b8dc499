"""A recipe from a LightningModule and its data: what `Trainer.fit` would train, without a `Trainer`."""

import copy
import inspect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.adapters.lightning_hooks import before_step, has_trained, overrides, remarks
from lrdoctor.replay.recipe.adapters.stand_in import NOTHING, StandIn
from lrdoctor.replay.recipe.lr_function import is_timm
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.safeguards.failures import in_recipe
from lrdoctor.replay.safeguards.randomness import preserved
from lrdoctor.vocabulary.lr_names import ATTRIBUTES

# A rerun has its own loop: a module that brings a part of it would be trained otherwise than in its run.
OWN_LOOP = ("optimizer_step", "backward", "configure_gradient_clipping")
PRECISIONS = {"16-mixed": torch.float16, "16": torch.float16, "bf16-mixed": torch.bfloat16, "bf16": torch.bfloat16}
FULL = ("32-true", "32", "None")
SEEN = "_lrdoctor_batches"


@dataclass(frozen=True)
class _Plan:
    """The numbers of a run: optimizer steps, batches of an epoch (None: unknown), epochs, batches a step."""

    steps: int
    length: int | None
    epochs: int | None
    accumulate: int

    @property
    def steps_per_epoch(self) -> int | None:
        return None if self.length is None else max(1, math.ceil(self.length / self.accumulate))


def from_lightning(
    module: Any, data: Any = None, *, trainer: Any = None, steps: int | None = None, lr: float | None = None,
    schedule: bool = True,
) -> Recipe:  # fmt: skip
    """A recipe of what `trainer.fit(module, data)` trains; the module is copied, and left as it is.

    Args:
        module: a LightningModule with automatic optimization and one optimizer, not trained yet.
        data: a LightningDataModule or a training DataLoader; None where the module has a `train_dataloader`.
        trainer: the `Trainer` of the run: its length, accumulation, clipping, precision and device are taken over.
        steps: optimizer steps of the run, where there is no trainer, or another number than its.
        lr: set as the module's `lr` or `learning_rate` before its optimizer is made.
        schedule: False leaves the module's LR scheduler out.

    Raises:
        UsageError: its trainer has trained already, several optimizers, manual optimization, or anything else that a
            rerun cannot do.
    """
    _check(module)
    if has_trained(module, trainer):
        raise UsageError(
            "this module's Trainer has trained already: make both anew, so that the weights are those to start from"
        )
    with preserved():
        with in_recipe("copying the LightningModule (copy.deepcopy):"):
            model = copy.deepcopy(module)
        stand_in = StandIn()
        _attach(model, stand_in)
        if hasattr(data, "train_dataloader"):
            data = copy.copy(data)
            data.trainer = stand_in
        loader = _loader(model, data)
        plan = _plan(loader, trainer, steps)
        _tell(stand_in, trainer, plan, loader, data)
        device = getattr(getattr(trainer, "strategy", None), "root_device", None)
        if isinstance(device, torch.device):
            model.to(device)
        if lr is not None:
            _set_lr(model, lr)
        with in_recipe("on_fit_start"):
            model.on_fit_start()
        with in_recipe("configure_optimizers"):
            optimizer, config = _configured(model.configure_optimizers())
        scheduler, scheduler_steps = _scheduler(config, plan) if schedule else (None, None)
        with in_recipe("on_train_start"):
            model.on_train_start()
            model.on_train_epoch_start()
    autocast = _autocast(trainer)
    return Recipe(
        model=model,
        batches=_batches(model, data, loader),
        loss=_Loss(stand_in, data, plan, _takes_index(model)),
        optimizer=optimizer,
        steps=plan.steps,
        scheduler=scheduler,
        scheduler_steps=scheduler_steps,
        clip_norm=_clip_norm(trainer),
        accumulate=plan.accumulate,
        autocast=autocast,
        scaler=GradScaler(_device(model).type) if autocast is torch.float16 else None,
        before_step=before_step(model),
        remarks=remarks(model, trainer, plan.accumulate),
    )


def _check(module: Any) -> None:
    if not isinstance(module, nn.Module) or not hasattr(module, "configure_optimizers"):
        raise UsageError(f"from_lightning needs a LightningModule, not an object of type {type(module).__name__}")
    name = type(module).__name__
    if not getattr(module, "automatic_optimization", True):
        raise UsageError(f"{name} optimizes manually, in a loop that a rerun has not: write a Recipe instead")
    for hook in OWN_LOOP:
        if overrides(module, hook):
            raise UsageError(f"{name} overrides {hook}, which a rerun would not call: write a Recipe instead")
    step: Any = module.training_step
    if "dataloader_iter" in inspect.signature(step).parameters:
        raise UsageError(f"{name}.training_step takes dataloader_iter, not a batch: write a Recipe instead")


def _attach(model: nn.Module, stand_in: StandIn) -> None:
    """Gives the module, and modules in it, a trainer to ask, and ears that hear no log."""
    for part in model.modules():
        if "_trainer" in vars(part):
            vars(part).update(_trainer=stand_in, log=NOTHING, log_dict=NOTHING, print=NOTHING)


def _loader(model: Any, data: Any) -> Any:
    """The training DataLoader, from the data module, as given, or from the module."""
    sources = [source for source in (data, model) if hasattr(source, "train_dataloader")]
    for call in ("prepare_data", "setup"):
        for source in sources:
            with in_recipe(f"{type(source).__name__}.{call}"):
                getattr(source, call, NOTHING)(*(("fit",) if call == "setup" else ()))
    with in_recipe("configure_model"):
        getattr(model, "configure_model", NOTHING)()
    if data is not None and not hasattr(data, "train_dataloader"):
        loader = data
    elif data is None and not overrides(model, "train_dataloader"):
        raise UsageError(
            f"{type(model).__name__} has no train_dataloader: give a LightningDataModule or a training DataLoader"
        )
    else:
        with in_recipe("train_dataloader"):
            loader = sources[0].train_dataloader()
    if isinstance(loader, list | tuple | dict) or type(loader).__name__ == "CombinedLoader":
        raise UsageError("training draws from several data loaders at once: write a Recipe instead")
    return loader


def _plan(loader: Any, trainer: Any, steps: int | None) -> _Plan:
    try:
        length: int | None = len(loader)
    except TypeError:
        length = None
    limit = getattr(trainer, "limit_train_batches", None)
    if isinstance(limit, int) and length is not None:
        length = min(length, limit)
    elif isinstance(limit, float) and length is not None:
        length = int(length * limit)
    # Devices that share a batch are one device that accumulates it.
    accumulate = int(getattr(trainer, "accumulate_grad_batches", 1)) * int(getattr(trainer, "world_size", 1))
    epochs, longest = getattr(trainer, "max_epochs", None), getattr(trainer, "max_steps", None)
    epochs = epochs if epochs is not None and epochs > 0 else None
    per_epoch = None if length is None else max(1, math.ceil(length / accumulate))
    known = [longest] if longest is not None and longest > 0 else []
    if epochs is not None and per_epoch is not None:
        known.append(epochs * per_epoch)
    if steps is None and not known:
        raise UsageError(
            "how long the run is cannot be told: give from_lightning steps=, or trainer= with max_epochs or max_steps "
            "(max_steps where the data has no length)"
        )
    steps = min(known) if steps is None else steps
    if per_epoch is not None:
        epochs = math.ceil(steps / per_epoch)
    return _Plan(steps, length, epochs, accumulate)


def _tell(stand_in: StandIn, trainer: Any, plan: _Plan, loader: Any, data: Any) -> None:
    endless = math.inf if plan.length is None else plan.length
    stand_in.set_facts(
        accumulate_grad_batches=plan.accumulate,
        datamodule=data if hasattr(data, "train_dataloader") else None,
        estimated_stepping_batches=plan.steps,
        gradient_clip_val=getattr(trainer, "gradient_clip_val", None),
        max_epochs=plan.epochs,
        max_steps=plan.steps,
        num_training_batches=endless,
        precision=getattr(trainer, "precision", "32-true"),
        train_dataloader=loader,
    )


def _set_lr(model: Any, lr: float) -> None:
    """As lightning's LR finder does: an attribute of the module, or of its hyper-parameters."""
    hparams = vars(model).get("_hparams")
    named = False
    for name in ATTRIBUTES:
        if isinstance(hparams, dict) and name in hparams:
            hparams[name], named = lr, True
        if name in vars(model):
            setattr(model, name, lr)
            named = True
    if not named:
        raise UsageError(f"{type(model).__name__} has no `lr` or `learning_rate` to set: set it in the module itself")


def _configured(made: Any) -> tuple[Optimizer, Any]:
    """The one optimizer that `configure_optimizers` gives, and its scheduler or scheduler's config, or None."""
    schedulers: Any = []
    if isinstance(made, list | tuple) and len(made) == 2 and isinstance(made[0], list | tuple):
        made, schedulers = made
    if isinstance(made, list | tuple):
        if len(made) != 1:
            raise UsageError(f"configure_optimizers gives {len(made)} optimizers; a rerun searches the LR of one")
        made = made[0]
    if isinstance(made, Mapping):
        schedulers = made.get("lr_scheduler") or []
        made = made.get("optimizer")
    schedulers = list(schedulers) if isinstance(schedulers, list | tuple) else [schedulers]
    if not isinstance(made, Optimizer):
        raise UsageError(f"configure_optimizers gives {type(made).__name__}; a rerun needs a torch.optim optimizer")
    if len(schedulers) > 1:
        raise UsageError(
            f"configure_optimizers gives {len(schedulers)} schedulers for one optimizer: join them in one "
            "(SequentialLR), or leave them out with schedule=False"
        )
    return made, schedulers[0] if schedulers else None


def _scheduler(config: Any, plan: _Plan) -> tuple[Any, int | None]:
    """The scheduler, and how many LRs it gives in the run where that is not one a step."""
    if config is None:
        return None, None
    config = config if isinstance(config, Mapping) else {"scheduler": config}
    scheduler = config.get("scheduler")
    if is_timm(scheduler):
        return scheduler, plan.epochs
    if not isinstance(scheduler, LRScheduler) or isinstance(scheduler, ReduceLROnPlateau):
        why = "waits for a metric" if isinstance(scheduler, ReduceLROnPlateau) else "is no torch scheduler"
        raise UsageError(f"the module's {type(scheduler).__name__} {why}: leave it out with schedule=False")
    frequency = int(config.get("frequency", 1))
    if config.get("interval", "epoch") == "step":
        return scheduler, None if frequency == 1 else max(1, _moves(plan, frequency))
    if plan.epochs is None:
        raise UsageError("the scheduler moves once an epoch, and the data has no length: give its interval as `step`")
    return scheduler, max(1, math.ceil(plan.epochs / frequency))


def _moves(plan: _Plan, frequency: int) -> int:
    """Moves of a scheduler that is stepped where a batch's number is a multiple of `frequency` and ends a step."""
    every = math.lcm(frequency, plan.accumulate) // plan.accumulate
    if plan.length is None or plan.steps_per_epoch is None:
        return math.ceil(plan.steps / every)
    numbers = range(frequency, plan.length + 1, frequency)
    an_epoch = sum(number % plan.accumulate == 0 or number == plan.length for number in numbers)
    return math.ceil(an_epoch * plan.steps / plan.steps_per_epoch)


def _clip_norm(trainer: Any) -> float | None:
    value = getattr(trainer, "gradient_clip_val", None)
    if not value:
        return None
    algorithm = getattr(trainer, "gradient_clip_algorithm", None)
    if algorithm is not None and str(getattr(algorithm, "value", algorithm)) != "norm":
        raise UsageError(
            "the trainer clips gradients by value, which a rerun cannot: use gradient_clip_algorithm='norm'"
        )
    return float(value)


def _autocast(trainer: Any) -> torch.dtype | None:
    precision = str(getattr(trainer, "precision", "32-true"))
    if precision in FULL:
        return None
    if precision not in PRECISIONS:
        raise UsageError(f"the trainer's precision is {precision}; a rerun knows 32-true, 16-mixed and bf16-mixed")
    return PRECISIONS[precision]


def _batches(model: Any, data: Any, loader: Any) -> Any:
    """The function that draws an epoch; the loader stands in its closure, where its generators are looked for."""
    before = _hook(model, data, "on_before_batch_transfer")

    def batches() -> Iterator[Any]:
        for batch in loader:
            yield before(batch, 0)

    return batches


def _hook(model: Any, data: Any, name: str) -> Any:
    """A batch hook: the data module's, where it has its own."""
    return getattr(data if overrides(data, name) else model, name)


def _takes_index(model: Any) -> bool:
    taken = inspect.signature(model.training_step).parameters.values()
    return len(taken) > 1 or any(one.kind is one.VAR_POSITIONAL for one in taken)


def _device(model: nn.Module) -> torch.device:
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


@dataclass(frozen=True, eq=False)
class _Loss:
    """`training_step` as `loss(model, batch)`: each copy of the module counts its own batches."""

    stand_in: StandIn
    data: Any
    plan: _Plan
    takes_index: bool

    def __call__(self, model: Any, batch: Any) -> Tensor:
        if vars(model).get("_trainer") is not self.stand_in:
            _attach(model, self.stand_in)
        seen = vars(model).get(SEEN, 0)
        epoch, index = divmod(seen, self.plan.length) if self.plan.length else (0, seen)
        self.stand_in.set_facts(global_step=seen // self.plan.accumulate, current_epoch=epoch)
        if torch.is_grad_enabled():
            vars(model)[SEEN] = seen + 1
        batch = _hook(model, self.data, "transfer_batch_to_device")(batch, _device(model), 0)
        batch = _hook(model, self.data, "on_after_batch_transfer")(batch, 0)
        made = model.training_step(batch, index) if self.takes_index else model.training_step(batch)
        loss = made.get("loss") if isinstance(made, Mapping) else made
        if not isinstance(loss, Tensor):
            raise UsageError(
                f"training_step returned {type(made).__name__}: a rerun needs the loss, or a dictionary with `loss`"
            )
        return loss
