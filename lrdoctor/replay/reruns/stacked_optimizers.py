"""Weights of several arms in one stack, and their optimizers: as one where that is exact, else one by one."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop

from lrdoctor.records.run import Floats
from lrdoctor.replay.reruns.steps import Copies
from lrdoctor.replay.reruns.workshop import Workshop

Weights = dict[str, Tensor]

# Element by element, and in proportion to the LR, which nothing they keep depends on: one step at any LR tells what the
# step is at every other.
PROPORTIONAL = (SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, RAdam, RMSprop)
# That LR: far above any in use, so that the weights' own rounding is lost in the step; a power of two scales exactly.
SCALE = 2.0**13
PRECISE = ({torch.float32}, {torch.float64})


class Stack:
    """The arms' weights as views into one stack; each arm's optimizer takes its own steps, so any optimizer is exact.

    Args:
        shop: what is trained.
        works: an arm each, all alike; their weights become views.
        rates: LRs of every group at each step, an arm each, shape (steps, groups).
    """

    def __init__(self, shop: Workshop, works: Sequence[Copies], rates: Sequence[Floats]) -> None:
        self.shop, self.works, self.rates = shop, list(works), list(rates)
        self.leaves: list[Tensor] = []
        self.fixed: Weights = {}
        self._shared = {id(weight) for weight in shop.shared.values()}
        self._gather()

    def _gather(self) -> None:
        self._names = [name for name, p in self.works[0].model.named_parameters() if p.requires_grad]
        self.leaves = [_stacked([work.model.get_parameter(name) for work in self.works]) for name in self._names]
        self._fix(set(self._names))
        for leaf in self.leaves:
            leaf.requires_grad_()

    def _fix(self, trained: Set[str]) -> None:
        """Stack everything else, but for what the arms share: there the first one's own serves all."""
        models = [dict([*work.model.named_parameters(), *work.model.named_buffers()]) for work in self.works]
        common = {name for name, weight in models[0].items() if id(weight) in self._shared}
        others = [name for name in models[0] if name not in trained and name not in common]
        self.fixed = {f"model.{name}": _stacked([own[name] for own in models]) for name in others}

    def weights(self) -> Weights:
        """What is trained, by name, shape (arms, *weight); functions of `leaves`."""
        return {f"model.{name}": leaf for name, leaf in zip(self._names, self.leaves, strict=True)}

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these arms alone."""
        self.works, self.rates = [self.works[row] for row in rows], [self.rates[row] for row in rows]
        self._gather()

    def step(self, grads: Sequence[Tensor | None], at: int) -> None:
        """Every arm's optimizer step, on gradients of the leaves."""
        for row, work in enumerate(self.works):
            for name, grad in zip(self._names, grads, strict=True):
                work.model.get_parameter(name).grad = None if grad is None else grad[row]
            self._set(work.optimizer, self.rates[row][at], at)
            if self.shop.recipe.clip_norm is not None:
                own = [p for group in work.optimizer.param_groups for p in group["params"] if p.requires_grad]
                torch.nn.utils.clip_grad_norm_(own, self.shop.recipe.clip_norm)
            work.optimizer.step()

    def _set(self, optimizer: Optimizer, lrs: Sequence[float] | Floats, at: int) -> None:
        moved = self.shop.schedule.moved
        place = self.shop.schedule.rows(len(self.rates[0]))[at] if moved else 0
        for k, group in enumerate(optimizer.param_groups):
            group["lr"] = float(lrs[k])
            for key, values in moved.items():
                group[key] = values[place][k]

    def close(self) -> None:
        """Leave the arms' optimizers as if each had taken its own steps."""


class OneStep(Stack):
    """One optimizer for all arms: it steps at `SCALE` from where they stand, and each goes its LR's share of that way.

    The weights of a parameter group lie side by side, shape (arms, weights), so that a step is a handful of kernels
    however many arms and layers there are.
    """

    def _gather(self) -> None:
        own = self.works[0]
        names, groups = {id(p): name for name, p in own.model.named_parameters()}, own.optimizer.param_groups
        self._groups = [[names[id(p)] for p in group["params"] if p.requires_grad] for group in groups]
        self._shapes = {name: p.shape for name, p in own.model.named_parameters()}
        kept = [self._kept(some) for some in self._groups]
        arms = [dict(work.model.named_parameters()) for work in self.works]
        self.leaves = [
            torch.stack([torch.cat([arm[name].detach().reshape(-1) for name in some]) for arm in arms])
            for some in self._groups
        ]
        for flat, some in zip(self.leaves, self._groups, strict=True):
            for name, part in self._parts(flat, some).items():
                for row, arm in enumerate(arms):
                    arm[name].data = part[row]
        self._fix({name for some in self._groups for name in some})
        options = [{key: value for key, value in group.items() if key not in _OWN} for group in groups]
        make: Callable[[Sequence[Mapping[str, object]]], Optimizer] = type(own.optimizer)
        self._optimizer = make([
            {**rest, "params": [flat], "lr": SCALE} for rest, flat in zip(options, self.leaves, strict=True)
        ])  # fmt: skip
        for flat, state in zip(self.leaves, kept, strict=True):
            self._optimizer.state[flat] = state
            flat.requires_grad_()
        share = torch.as_tensor([list(map(list, rates)) for rates in self.rates], dtype=torch.float64) / SCALE
        self._share = share.permute(1, 2, 0).to(self.leaves[0])  # steps, groups, arms

    def _parts(self, flat: Tensor, names: Sequence[str]) -> Weights:
        """What lies side by side, each with its own shape."""
        shapes = [self._shapes[name] for name in names]
        columns = zip(names, torch.split(flat, [shape.numel() for shape in shapes], 1), shapes, strict=True)
        return {name: part.view(len(flat), *shape) for name, part, shape in columns}

    def weights(self) -> Weights:
        """What is trained, by name, shape (arms, *weight); functions of `leaves`."""
        parts = [self._parts(flat, some) for flat, some in zip(self.leaves, self._groups, strict=True)]
        return {f"model.{name}": part for some in parts for name, part in some.items()}

    def _kept(self, names: Sequence[str]) -> dict[str, Any]:
        """What the arms' optimizers know of a group's weights, side by side."""
        states = [[work.optimizer.state.get(work.model.get_parameter(n), {}) for n in names] for work in self.works]
        return {
            key: _own(value)
            if _common(key, value)
            else torch.stack([torch.cat([state[key].reshape(-1) for state in row]) for row in states])
            for key, value in states[0][0].items()
        }

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these arms alone."""
        self.close()
        super().keep(rows)

    def step(self, grads: Sequence[Tensor | None], at: int) -> None:
        """Every arm's optimizer step, on gradients of the leaves."""
        slopes = [torch.zeros_like(flat) if g is None else g for flat, g in zip(self.leaves, grads, strict=True)]
        most = self.shop.recipe.clip_norm
        if most is not None:
            norm = torch.stack([slope.square().sum(1) for slope in slopes]).sum(0).sqrt()
            factor = (most / (norm + 1e-6)).clamp(max=1.0)[:, None]  # as torch.nn.utils.clip_grad_norm_
            slopes = [slope * factor for slope in slopes]
        for flat, slope in zip(self.leaves, slopes, strict=True):
            flat.grad = slope
        before = [flat.detach().clone() for flat in self.leaves]
        self._set(self._optimizer, [SCALE] * len(self.leaves), at)
        self._optimizer.step()
        with torch.no_grad():
            for k, (flat, start) in enumerate(zip(self.leaves, before, strict=True)):
                torch.lerp(start, flat, self._share[at, k][:, None], out=flat)

    def close(self) -> None:
        """Leave the arms' optimizers as if each had taken its own steps."""
        for flat, some in zip(self.leaves, self._groups, strict=True):
            kept = self._optimizer.state[flat]
            parts = {key: self._parts(value, some) for key, value in kept.items() if not _common(key, value)}
            for row, work in enumerate(self.works):
                for name in some if kept else ():
                    work.optimizer.state[work.model.get_parameter(name)] = {
                        key: parts[key][name][row].clone() if key in parts else _own(value)
                        for key, value in kept.items()
                    }


_OWN = frozenset({"params", "lr", "fused"})  # options that are not the arms'


def stacked(shop: Workshop, works: Sequence[Copies], rates: Sequence[Floats]) -> Stack:
    """The arms in one stack, with one optimizer where that is the same as one each."""
    return (OneStep if proportional(works[0]) else Stack)(shop, works, rates)


def proportional(work: Copies) -> bool:
    """Whether one optimizer can take the steps of all arms: of a class known for it, over the model's weights alone."""
    optimizer, known = work.optimizer, {id(p) for p in work.model.parameters()}
    groups = [[p for p in group["params"] if p.requires_grad] for group in optimizer.param_groups]
    return (
        type(optimizer) in PROPORTIONAL
        and not any(group.get("capturable") or group.get("differentiable") for group in optimizer.param_groups)
        and all(id(p) in known for some in groups for p in some)
        and all(groups)
        and {p.dtype for some in groups for p in some} in PRECISE
        and all(_alike([optimizer.state.get(p, {}) for p in some]) for some in groups)
    )


def _alike(states: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a group's weights have the same past: as many steps each."""
    first = states[0]
    return all(
        state.keys() == first.keys() and all(state[key] == value for key, value in first.items() if _common(key, value))
        for state in states
    )


def _common(key: str, value: object) -> bool:
    """Whether a state is no weight's own: a count of steps, or what follows from it."""
    return key in {"step", "mu_product"} or not isinstance(value, Tensor)


def _own(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def _stacked(tensors: Sequence[Tensor | nn.Parameter]) -> Tensor:
    """One tensor; those given become views of it."""
    with torch.no_grad():
        whole = torch.stack([one.detach() for one in tensors])
        for row, one in enumerate(tensors):
            one.data = whole[row]
    return whole
