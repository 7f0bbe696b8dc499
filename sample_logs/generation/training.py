"""One training loop for sweeps and samples: a `Recipe` is a run but for its learning rate and seed."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from torch import Tensor, nn

from generation.tasks import Task

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": torch.optim.SGD,
    "SGD, momentum 0.9": partial(torch.optim.SGD, momentum=0.9),
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
}


@dataclass(frozen=True)
class Recipe:
    """Everything a run is made of except its learning rate and its seed.

    Args:
        task: makes the data, the model and the loss.
        optimizer: a key of `OPTIMIZERS`.
        schedule: `constant`, `cosine`, `linear` (both to zero) or `steps` (a tenth at 1/2 and at 3/4).
        warmup: steps of linear warm-up before it.
        clip: largest gradient norm, or None.
        quarantine: where the loss is not finite, skip the update and leave its unreadable samples out from then on.
        lowest, highest: log10 of the sweep's ends.
    """

    task: Callable[[], Task]
    optimizer: str
    batch_size: int
    epochs: int
    schedule: str = "constant"
    warmup: int = 0
    weight_decay: float = 0.0
    clip: float | None = None
    quarantine: bool = False
    lowest: float = -4.0
    highest: float = 0.0

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in an epoch; the last, smaller batch is dropped."""
        return len(self.task().train[0]) // self.batch_size

    @property
    def steps(self) -> int:
        """Optimizer steps in the whole run."""
        return self.epochs * self.steps_per_epoch

    def factor(self, step: int, steps: int) -> float:
        """What the peak learning rate is multiplied by at `step` (from 0) of `steps`."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, steps - self.warmup)
        if self.schedule == "cosine":
            return 0.5 * (1 + math.cos(math.pi * done))
        if self.schedule == "linear":
            return 1 - done
        if self.schedule == "steps":
            return 0.1 ** ((done >= 0.5) + (done >= 0.75))
        return 1.0

    def described(self) -> str:
        """The recipe in a line for the README."""
        parts = [self.task().about, self.optimizer, f"batch {self.batch_size}"]
        parts += [f"weight decay {self.weight_decay:g}"] if self.weight_decay else []
        parts += [f"gradients clipped at {self.clip:g}"] if self.clip else []
        parts += ["updates with a non-finite loss skipped, their NaN rows dropped"] if self.quarantine else []
        schedule = {"steps": "LR x 0.1 at 1/2 and at 3/4", "cosine": "cosine to 0", "linear": "linear to 0"}
        parts += [
            schedule.get(self.schedule, "constant LR") + (f" after {self.warmup} warm-up steps" if self.warmup else "")
        ]
        return "; ".join([*parts, f"{self.epochs} epochs of {self.steps_per_epoch} steps"])


@dataclass(frozen=True)
class Point:
    """What one optimizer step showed; the validation figures only where an epoch ended.

    `step` counts from 0; `lr` is the one this step used; `grad_norm` is taken before clipping;
    `accuracy` is the batch's.
    """

    step: int
    epoch: int
    loss: float
    lr: float
    grad_norm: float
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None


def batches(recipe: Recipe, epoch: int, seed: int) -> Tensor:
    """The samples of each step of an epoch, shape (steps, batch size)."""
    order = torch.Generator().manual_seed(1000 * seed + epoch)
    shuffled = torch.randperm(len(recipe.task().train[0]), generator=order)
    return shuffled[: recipe.steps_per_epoch * recipe.batch_size].view(-1, recipe.batch_size)


@torch.no_grad()
def validate(task: Task, model: nn.Module) -> tuple[float, float | None]:
    """Validation loss and accuracy."""
    model.eval()
    x, y = task.validation
    output = model(x)
    accuracy = None if task.accurate is None else task.accurate(output, y).float().mean().item()
    loss = task.loss(output, y).item()
    model.train()
    return loss, accuracy


@dataclass
class Training:
    """A training under way; a deep copy of it is a checkpoint.

    Args:
        order_seed: which order the samples come in, where it is not `seed`'s.
    """

    recipe: Recipe
    lr: float
    seed: int
    order_seed: int | None = None
    step: int = 0
    task: Task = field(init=False)
    model: nn.Module = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    bad: Tensor = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        self.task = self.recipe.task()
        self.model = self.task.model()
        self.bad = torch.zeros(len(self.task.train[0]), dtype=torch.bool)
        make = OPTIMIZERS[self.recipe.optimizer]
        self.optimizer = make(self.model.parameters(), lr=self.lr, weight_decay=self.recipe.weight_decay)

    def copied(self, order_seed: int) -> "Training":
        """A checkpoint of it, to be resumed with the samples in another order."""
        other = copy.deepcopy(self)
        other.order_seed = order_seed
        return other

    def run(self, until: int | None = None) -> Iterator[Point]:
        """Train, step by step, up to step `until` or the end."""
        total, per_epoch = self.recipe.steps, self.recipe.steps_per_epoch
        seed = self.seed if self.order_seed is None else self.order_seed
        order = batches(self.recipe, self.step // per_epoch, seed)
        while self.step < (total if until is None else until):
            epoch, within = divmod(self.step, per_epoch)
            if within == 0:
                order = batches(self.recipe, epoch, seed)
            point = self._advance(order[within], epoch, self.lr * self.recipe.factor(self.step, total))
            if within == per_epoch - 1:
                val_loss, val_accuracy = validate(self.task, self.model)
                point = replace(point, val_loss=val_loss, val_accuracy=val_accuracy)
            self.step += 1
            yield point

    def _advance(self, samples: Tensor, epoch: int, lr: float) -> Point:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        samples = samples[~self.bad[samples]]
        x, y = self.task.train[0][samples], self.task.train[1][samples]
        output = self.model(x)
        loss = self.task.loss(output, y)
        accuracy = None if self.task.accurate is None else self.task.accurate(output, y).float().mean().item()
        grad_norm = math.nan
        if self.recipe.quarantine and not bool(torch.isfinite(loss)):
            self.bad[samples] = ~torch.isfinite(x).all(-1)
        else:
            self.optimizer.zero_grad()
            torch.autograd.backward(loss)
            gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
            norm = nn.utils.get_total_norm(gradients)
            if self.recipe.clip is not None:
                nn.utils.clip_grads_with_norm_(self.model.parameters(), self.recipe.clip, norm)
            grad_norm = norm.item()
            self.optimizer.step()
        return Point(self.step, epoch, loss.item(), lr, grad_norm, accuracy)
