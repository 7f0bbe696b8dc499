"""Train all learning rates of a sweep at once: one row of a stacked parameter tensor a member.

Every member starts from the same weights and sees the same batches.  A member whose parameters
are no longer finite can never come back; it is dropped, and NaN is logged for it from then on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.func import functional_call, grad_and_value, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from benchmarks.corpus.optimizers import OPTIMIZERS, Hyper, clipped
from benchmarks.corpus.schedules import factors
from benchmarks.corpus.tasks.task import Batch, Task

Floats = NDArray[np.float32]
Step = Callable[..., tuple[Tensor, Tensor]]

CHECK_EVERY = 50  # steps between looks for dead members


@dataclass(frozen=True)
class Recipe:
    """All of a training script but the learning rate."""

    optimizer: str
    schedule: str
    warmup: float
    hyper: Hyper
    batch: int
    steps: int
    validations: int


@dataclass(frozen=True, eq=False)
class Curves:
    """One row a learning rate: loss at every step before its update, and the validations."""

    loss: Floats
    val_step: NDArray[np.int32]
    val_loss: Floats
    val_accuracy: Floats | None


def orders(size: int, batch: int, steps: int, seed: int) -> Tensor:
    """Sample numbers of every batch: shuffled epochs, the incomplete last batch dropped."""
    rng = np.random.default_rng(1000 + seed)
    per_epoch = max(1, size // batch)
    rows: list[NDArray[np.int64]] = []
    while len(rows) < steps:
        order = rng.permutation(size) if size >= batch else rng.integers(size, size=batch)
        rows += list(order[: per_epoch * batch].reshape(per_epoch, batch))
    return torch.from_numpy(np.stack(rows[:steps]))


def compiled(plain: Step, convolutional: bool, *example: Tensor) -> Step:
    """The traced form, free of functorch's overhead; only convolutions are slower when traced.

    The choice depends on the net alone and not on a timing, so that curves can be reproduced.
    """
    return plain if convolutional else make_fx(plain)(*example)


def train(task: Task, recipe: Recipe, lrs: Sequence[float], seed: int) -> Curves:
    """Train one member a learning rate."""
    torch.manual_seed(seed)
    model = task.model()
    named = list(model.named_parameters())
    convolutional = any(isinstance(m, nn.Conv2d) for m in model.modules())
    shapes = [p.shape for _, p in named]
    sizes = [s.numel() for s in shapes]
    start = torch.cat([p.detach().flatten() for _, p in named])

    def forward(flat: Tensor, batch: Batch) -> Tensor:
        parts = zip(named, torch.split(flat, sizes), shapes, strict=True)
        return torch.as_tensor(functional_call(model, {n: v.view(s) for (n, _), v, s in parts}, batch[: task.inputs]))

    def objective(flat: Tensor, *batch: Tensor) -> Tensor:
        return task.loss(forward(flat, batch), batch)

    def judged(flat: Tensor, *batch: Tensor) -> tuple[Tensor, Tensor]:
        out = forward(flat, batch)
        loss = task.loss(out, batch)
        return loss, loss if task.accuracy is None else task.accuracy(out, batch)

    def over_members(f: Step, batch: Batch) -> Step:
        return vmap(f, in_dims=(0, *[None] * len(batch)), randomness="same")

    optimizer = OPTIMIZERS[recipe.optimizer](recipe.hyper, shapes)
    params = start.expand(len(lrs), -1).clone()
    state = tuple(torch.zeros_like(params) for _ in range(optimizer.slots))
    peak, share = torch.tensor(lrs, dtype=torch.float32)[:, None], factors(recipe.schedule, recipe.steps, recipe.warmup)
    alive = torch.arange(len(lrs))

    val_at = sorted({round(k * recipe.steps / recipe.validations) for k in range(recipe.validations + 1)})
    loss = np.full((len(lrs), recipe.steps), np.nan, np.float32)
    val_loss = np.full((len(lrs), len(val_at)), np.nan, np.float32)
    val_accuracy = np.full((len(lrs), len(val_at)), np.nan, np.float32)
    order = orders(task.size, recipe.batch, recipe.steps, seed)
    g = Generator().manual_seed(2000 + seed)

    def validate(column: int) -> None:
        model.eval()
        with torch.no_grad():
            held_loss, held_accuracy = over_members(judged, task.validation)(params, *task.validation)
        model.train()
        val_loss[alive.numpy(), column] = held_loss.numpy()
        # A net of NaNs still "predicts" a class; its accuracy means nothing.
        val_accuracy[alive.numpy(), column] = torch.where(held_loss.isfinite(), held_accuracy, torch.nan).numpy()

    model.train()
    step: Step | None = None
    traced_for = -1
    with torch.no_grad():
        for t in range(recipe.steps):
            if t in val_at:
                validate(val_at.index(t))
            batch = task.batch(order[t], g)
            if step is None or traced_for != len(alive):
                step = compiled(over_members(grad_and_value(objective), batch), convolutional, params, *batch)
                traced_for = len(alive)
            grads, value = step(params, *batch)
            loss[alive.numpy(), t] = value.numpy()
            grads = clipped(grads, recipe.hyper.clip)
            params, state = optimizer.update(params, grads, state, peak * float(share[t]), t + 1)
            if t % CHECK_EVERY == CHECK_EVERY - 1:
                finite = params.isfinite().all(1)
                if int((~finite).sum()) > len(alive) // 6:
                    alive, params, peak = alive[finite], params[finite], peak[finite]
                    state = tuple(s[finite] for s in state)
                    if not len(alive):
                        break
        else:
            validate(len(val_at) - 1)
    return Curves(loss, np.array(val_at, np.int32), val_loss, val_accuracy if task.accuracy is not None else None)
