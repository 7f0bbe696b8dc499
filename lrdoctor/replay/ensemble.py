"""All arms of a round at once: one vectorised forward and backward pass over stacked weights (torch.func).

Every arm keeps an optimizer of its own, over views into the stack, so that any optimizer is exact.  On a GPU small
models leave most of it idle, and the arms come nearly free; on a CPU there is no such gain (measured 0.5 to 2.4 times
the speed of one after the other), and timing would make two replays differ, so it is used there only when asked for.
"""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from lrdoctor.replay.batches import rebuilt
from lrdoctor.replay.failures import OutOfMemoryError, in_recipe
from lrdoctor.replay.randomness import captured, seed_all
from lrdoctor.replay.training import Broken, Copies, Trained, Workshop, autocast, copies, evaluate, train
from lrdoctor.run import Floats

MOST = 64
CHECK_STEPS = 3
PAIR = 2  # arms that show whether it is valid
CHECK_SHARE = 0.05  # of the steps left, the most that finding out whether it is faster may take
AGREE = 1e-3  # relative difference of the losses over the first steps; rounding alone gives 1e-6
Weights = dict[str, Tensor]


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
            self.size, self.remark = 1, f"The arms were not run at once: {why}."


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
        UsageError: the model cannot be vectorised; `usable` tells beforehand.
    """
    recipe = shop.recipe
    works = [copies(recipe, shop.device) for _ in rates]
    steps = len(rates[0])
    data = shop.batches.take(seed, steps * recipe.accumulate + held_out)
    seed_all(seed)
    objective = _Objective(works[0].model, recipe.loss)
    alive = list(range(len(works)))
    losses: list[list[Tensor]] = [[] for _ in works]
    seen: list[Floats] = [np.empty(0) for _ in works]
    with in_recipe("stacking its weights"):
        trained, fixed = _stack(works, alive)

    def one(batch: Any, own: Weights, rest: Weights) -> Tensor:
        with autocast(recipe, shop.device):
            return torch.as_tensor(functional_call(objective, {**own, **rest}, (batch,))).float()

    with in_recipe("a training step of several arms at once"), warnings.catch_warnings():
        # Kernels that know no stacks are called arm by arm; whether that is still faster is measured.
        warnings.filterwarnings("ignore", "There is a performance drop")
        for at in range(steps):
            grads, value = _gradients(one, trained, fixed, data, recipe.accumulate)
            for row, k in enumerate(alive):
                losses[k].append(value[row])
                _update(shop, works[k], {name: grad[row] for name, grad in grads.items()}, rates[k][at], at, steps)
            shop.budget.trained += len(alive)
            if (at + 1) % every == 0 or at == steps - 1 or shop.budget.over:
                fresh = torch.stack([torch.stack(losses[k][len(seen[k]) :]) for k in alive]).double().cpu().numpy()
                for row, k in enumerate(alive):
                    seen[k] = np.r_[seen[k], fresh[row]]
                    shop.watch(float(rates[k][at][0]), seen[k])
                kept = [k for k in alive if not broken(seen[k])]
                if shop.budget.over or not kept:
                    break
                if len(kept) < len(alive):
                    alive = kept
                    trained, fixed = _stack(works, alive)
    batches = list(data) if held_out else []
    again, done = captured(), []
    for k, work in enumerate(works):
        # The same random numbers for every arm, as where they are trained one after the other.
        again()
        done.append(_result(shop, work, seen[k], steps, broken, batches))
    return done


def unusable(shop: Workshop, rates: Sequence[Floats], seed: int, broken: Broken) -> str:
    """Why the first steps must not be made at once; "" where they agree with those made one after the other."""
    if shop.recipe.scaler is not None:
        return "the gradient scaler works on one arm at a time"
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
        return "its losses differ from those of one arm at a time"
    return ""


def slower(shop: Workshop, rates: Sequence[Floats], seed: int, broken: Broken) -> str:
    """That the arms take longer at once than one after the other; "" where they do not."""
    few = [rate[:CHECK_STEPS] for rate in rates]
    at_once = _seconds(lambda: train_together(shop, few, seed, broken=broken, every=CHECK_STEPS), shop)
    alone = _seconds(lambda: train(shop, few[0], seed, broken=broken, every=CHECK_STEPS), shop)
    return "" if at_once < alone * len(few) else "it is not faster"


def _seconds(work: Callable[[], object], shop: Workshop) -> float:
    """Of work like what was done before, so that kernels are chosen and compiled."""
    if shop.device.type == "cuda":
        torch.cuda.synchronize(shop.device)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _stack(works: Sequence[Copies], alive: Sequence[int]) -> tuple[Weights, Weights]:
    """The arms' weights stacked, (trained, everything else); the arms' own become views into the stack."""
    first = works[alive[0]].model
    trained: Weights = {}
    fixed: Weights = {}
    with torch.no_grad():
        for name, parameter in first.named_parameters():
            own = [dict(works[k].model.named_parameters())[name] for k in alive]
            stack = torch.stack([p.detach() for p in own])
            for row, p in enumerate(own):
                p.data = stack[row]
            (trained if parameter.requires_grad else fixed)[f"model.{name}"] = stack
        for name, _ in first.named_buffers():
            buffers = [dict(works[k].model.named_buffers())[name] for k in alive]
            stack = torch.stack([b.detach() for b in buffers])
            for row, b in enumerate(buffers):
                b.data = stack[row]
            fixed[f"model.{name}"] = stack
    return trained, fixed


def _gradients(
    one: Callable[[Any, Weights, Weights], Tensor], trained: Weights, fixed: Weights, data: Iterator[Any], parts: int
) -> tuple[Mapping[str, Tensor], Tensor]:
    """Gradients and losses of all arms, the mean over `parts` batches."""
    total: dict[str, Tensor] = {}
    loss = torch.zeros(())
    for part in range(parts):
        step = grad_and_value(partial(one, next(data)))
        grads, value = vmap(step, in_dims=(0, 0), randomness="same")(trained, fixed)
        if part == 0:
            total, loss = dict(grads), value.detach()
        else:
            total, loss = {n: g + grads[n] for n, g in total.items()}, loss + value.detach()
    return ({n: g / parts for n, g in total.items()}, loss / parts) if parts > 1 else (total, loss)


def _update(shop: Workshop, work: Copies, grads: Mapping[str, Tensor], lrs: Floats, at: int, steps: int) -> None:
    """One arm's optimizer step."""
    optimizer = work.optimizer
    for name, parameter in work.model.named_parameters():
        if parameter.requires_grad:
            parameter.grad = grads[f"model.{name}"]
    for k, group in enumerate(optimizer.param_groups):
        group["lr"] = float(lrs[k])
        for key, values in shop.schedule.moved.items():
            group[key] = values[shop.schedule.rows(steps)[at]][k]
    if shop.recipe.clip_norm is not None:
        own = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
        torch.nn.utils.clip_grad_norm_(own, shop.recipe.clip_norm)
    optimizer.step()


def _result(shop: Workshop, work: Copies, seen: Floats, steps: int, broken: Broken, batches: Sequence[Any]) -> Trained:
    if broken(seen):
        return Trained(seen, math.inf, True, work)
    if len(seen) < steps:
        return Trained(seen, math.nan, False, work)
    return Trained(seen, evaluate(shop, work.model, map(rebuilt, batches), len(batches)), False, work)
