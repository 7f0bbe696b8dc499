"""All arms of a round at once: one vectorised pass over stacked weights (torch.func).

The optimizers' steps are those of `stack`, exact for any class.  On a GPU small models leave most of it idle, and the
arms come nearly free; on a CPU sixteen arms take five to ten times one (`python -m benchmarks.replay together`), but
whether that pays would have to be timed, which makes two replays differ: it is used there only when asked for.
"""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from lrdoctor.records.run import Floats
from lrdoctor.replay.reruns.evaluation import evaluate
from lrdoctor.replay.reruns.precision import autocast
from lrdoctor.replay.reruns.stacked_optimizers import Stack, Weights, stacked
from lrdoctor.replay.reruns.training import Broken, Trained, copies, train
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.failures import OutOfMemoryError, in_recipe
from lrdoctor.replay.safeguards.randomness import seed_all

MOST = 64
CHECK_STEPS = 3
PAIR = 2  # arms that show whether it is valid
CHECK_SHARE = 0.05  # of the steps left, the most that finding out whether it is faster may take
AGREE = 1e-3  # relative difference of the losses over the first steps; rounding alone gives 1e-6


@dataclass
class Together:
    """Trains a round's arms at once where that is valid and faster, in as large groups as memory allows.

    Args:
        asked: True: at once wherever it is valid; None: on a GPU, where it is faster too; False: never.
        size: arms at once; halved whenever memory runs out.
        mode: what was done, in words.
    """

    asked: bool | None
    size: int = MOST
    mode: str = "one after the other"
    remark: str = ""
    _checked: bool = False

    def __call__(
        self, shop: Workshop, rates: Sequence[Floats], seed: int, count: int, broken: Broken
    ) -> Iterator[Trained]:
        """The arms trained, in the order of `rates`, as far as the budget goes."""
        if not self._checked and len(rates) > 1:
            self._check(shop, rates, seed, broken)
        done = 0
        while done < len(rates):
            # Counted anew each time: the check, and a try for which memory was short, took their steps too.
            room = sum(shop.budget.affords((k + 1) * len(rates[0]), (k + 1) * count) for k in range(self.size))
            part = rates[done : done + room]
            if not part:
                return
            if len(part) == 1:
                done += 1
                yield train(shop, part[0], seed, held_out=count, broken=broken)
                continue
            try:
                made = train_together(shop, part, seed, held_out=count, broken=broken)
            except OutOfMemoryError:
                self._halve(len(part))
                continue
            self.mode = f"{max(len(part), self._most())} at once"
            done += len(made)
            yield from made

    def _most(self) -> int:
        return int(self.mode.split()[0]) if self.mode.split()[0].isdecimal() else 0

    def _halve(self, tried: int) -> None:
        self.size = max(tried // 2, 1)
        self.remark = f"Memory was short: at most {self.size} at once."

    def _check(self, shop: Workshop, rates: Sequence[Floats], seed: int, broken: Broken) -> None:
        self._checked = True
        timed = self.asked is None
        steps = CHECK_STEPS * (2 * PAIR + (len(rates) + 1 if timed else 0))
        wanted = self.asked or (timed and shop.device.type == "cuda" and steps <= CHECK_SHARE * shop.budget.left)
        if not wanted:
            self.size = 1
            return
        try:
            why = unusable(shop, rates[:PAIR], seed, broken)
        except OutOfMemoryError:
            self._halve(PAIR)
            return
        try:
            why = why or (slower(shop, rates, seed, broken) if timed else "")
        except OutOfMemoryError:
            self._halve(len(rates))
            return
        if why:
            self.size, self.remark = 1, f"The reruns were not made at once: {why}."


class _Objective(nn.Module):
    """The recipe's loss as a module's forward pass, so that weights can be put in from outside."""

    def __init__(self, model: nn.Module, loss: Callable[[nn.Module, Any], Tensor]) -> None:
        super().__init__()
        self.model = model
        self.loss = loss

    def forward(self, batch: Any) -> Tensor:
        return self.loss(self.model, batch).reshape(())


def train_together(
    shop: Workshop, rates: Sequence[Floats], seed: int, *, held_out: int = 0, broken: Broken, every: int = 10
) -> list[Trained]:
    """As `train` for every entry of `rates`, in one go.

    Raises:
        OutOfMemoryError: the stack does not fit.
        UsageError: the model cannot be vectorised; `unusable` tells beforehand.
    """
    recipe = shop.recipe
    works = [copies(recipe, shop.device, shop.shared) for _ in rates]
    steps = len(rates[0])
    data = shop.batches.take(seed, steps * recipe.accumulate + held_out)
    seed_all(seed)
    objective = _Objective(works[0].model, recipe.loss)
    alive = list(range(len(works)))
    losses: list[Tensor] = []  # since they were last looked at, of the arms alive
    seen: list[Floats] = [np.empty(0) for _ in works]
    with in_recipe("stacking its weights"):
        stack = stacked(shop, works, rates)

    def one(batch: Any, own: Weights, rest: Weights) -> Tensor:
        with autocast(recipe, shop.device):
            return torch.as_tensor(functional_call(objective, {**own, **rest}, (batch,))).float()

    with in_recipe("a training step of several arms at once"), _slow_kernels_allowed():
        for at in range(steps):
            grads, value = _gradients(one, stack, data, recipe.accumulate)
            losses.append(value)
            stack.step(grads, at)
            shop.budget.trained += len(alive)
            if (at + 1) % every == 0 or at == steps - 1 or shop.budget.over:
                fresh = torch.stack(losses, 1).cpu().double().numpy()
                losses = []
                for row, k in enumerate(alive):
                    seen[k] = np.r_[seen[k], fresh[row]]
                    shop.watch(float(rates[k][at][0]), seen[k])
                kept = [row for row, k in enumerate(alive) if not broken(seen[k])]
                if shop.budget.over or not kept:
                    break
                if len(kept) < len(alive):
                    alive = [alive[row] for row in kept]
                    stack.keep(kept)
    finished = [row for row, k in enumerate(alive) if len(seen[k]) == steps and not broken(seen[k])]
    ends = [math.inf if broken(losses) else math.nan for losses in seen]
    if held_out and finished and recipe.validation is None:
        if len(finished) < len(alive):
            alive = [alive[row] for row in finished]
            stack.keep(finished)
        with in_recipe("its loss"), _slow_kernels_allowed():
            mean = _evaluated(one, stack, data, held_out)
        shop.budget.evaluated += held_out * len(alive)
        for row, k in enumerate(alive):
            ends[k] = float(mean[row]) if math.isfinite(mean[row]) else math.inf
    stack.close()
    if held_out and recipe.validation is not None:
        for row in finished:
            ends[alive[row]] = evaluate(shop, works[alive[row]].model, data, held_out)
    return [Trained(seen[k], ends[k], bool(broken(seen[k])), work) for k, work in enumerate(works)]


def unusable(shop: Workshop, rates: Sequence[Floats], seed: int, broken: Broken) -> str:
    """Why the first steps must not be made at once; "" where they agree with those made one after the other."""
    if shop.recipe.scaler is not None:
        return "the gradient scaler works on one rerun at a time"
    if shop.closure:
        return "its optimizer computes the loss again within a step"
    if shop.recipe.before_step is not None:
        return "before_step is called with one rerun's gradients"
    few = [rate[:CHECK_STEPS] for rate in rates]
    try:
        together = train_together(shop, few, seed, broken=broken, every=CHECK_STEPS)
    except OutOfMemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever keeps torch.func from it, the other way works
        return f"it cannot be vectorised ({type(error.__cause__ or error).__name__})"
    alone = [train(shop, rate, seed, broken=broken, every=CHECK_STEPS) for rate in few]
    if not all(
        np.allclose(a.loss[:n], b.loss[:n], rtol=AGREE, atol=1e-6, equal_nan=True)
        for a, b in zip(together, alone, strict=True)
        if (n := min(len(a.loss), len(b.loss), 2))
    ):
        return "its losses differ from those of one rerun at a time"
    return ""


def slower(shop: Workshop, rates: Sequence[Floats], seed: int, broken: Broken) -> str:
    """That the arms' steps take longer at once than one after the other; "" where they do not."""
    few = [rate[:CHECK_STEPS] for rate in rates]
    at_once = _step_seconds(shop, lambda timed: train_together(timed, few, seed, broken=broken, every=1))
    alone = _step_seconds(shop, lambda timed: train(timed, few[0], seed, broken=broken, every=1))
    return "" if at_once < alone * len(few) else "it is not faster"


def _step_seconds(shop: Workshop, work: Callable[[Workshop], object]) -> float:
    """Seconds from the end of the first step to the last one's: neither copying nor choosing of kernels is in it."""
    looks: list[float] = []
    work(replace(shop, watch=lambda _lr, _losses: looks.append(time.perf_counter())))
    return looks[-1] - looks[0] if looks else math.inf


@contextmanager
def _slow_kernels_allowed() -> Iterator[None]:
    """Kernels that know no stacks are called arm by arm; whether that is still faster is measured."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There is a performance drop")
        yield


def _gradients(
    one: Callable[[Any, Weights, Weights], Tensor], stack: Stack, data: Iterator[Any], parts: int
) -> tuple[Sequence[Tensor | None], Tensor]:
    """Gradients of the stack's leaves and losses of all arms, the mean over `parts` batches.

    Only the forward pass is vectorised; what it records is differentiated as any other.  So a kernel that knows stacks
    forwards alone, such as a GPU's attention, is called once backwards too.
    """
    totals: list[Tensor | None] = []
    loss = torch.zeros(())
    for part in range(parts):
        forward = vmap(partial(one, next(data)), in_dims=(0, 0), randomness="same")
        value = forward(stack.weights(), stack.fixed) / parts
        grads = torch.autograd.grad(value.sum(), stack.leaves, allow_unused=True)
        totals = [_plus(old, new) for old, new in zip(totals, grads, strict=True)] if part else list(grads)
        loss = loss + value.detach() if part else value.detach()
    return totals, loss


def _plus(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """Of gradients; None is none."""
    return other if one is None else one if other is None else one + other


def _evaluated(one: Callable[[Any, Weights, Weights], Tensor], stack: Stack, data: Iterator[Any], count: int) -> Floats:
    """Mean loss of every arm on the next batches, as in training but without learning; shape (arms,)."""
    with torch.no_grad():
        losses = [
            vmap(partial(one, batch), in_dims=(0, 0), randomness="same")(stack.weights(), stack.fixed)
            for batch in islice(data, count)
        ]
    return np.asarray(torch.stack(losses).cpu().double().numpy().mean(axis=0))
