"""Optimizers as pure functions on stacked parameters: one row a member, one learning rate a row.

`params` and `grads` are (members, parameters), `lr` is (members, 1).  Nothing is ever reduced
over members, so a member that turns to NaN leaves the others alone.
"""
# ruff: noqa: ARG001  all optimizers share one signature, and not each needs all of it

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

State = tuple[Tensor, ...]
Update = Callable[[Tensor, Tensor, State, Tensor, int], tuple[Tensor, State]]


@dataclass(frozen=True)
class Hyper:
    """What a training script would set beside the learning rate."""

    momentum: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    clip: float = 0.0


@dataclass(frozen=True, eq=False)
class Optimizer:
    """`slots` zero tensors shaped like the parameters are its initial state."""

    slots: int
    update: Update


def clipped(grads: Tensor, limit: float) -> Tensor:
    """Each member's gradient scaled to at most `limit` in norm."""
    if limit <= 0:
        return grads
    norm = grads.norm(dim=1, keepdim=True)
    return grads * torch.clamp(limit / (norm + 1e-6), max=1.0)


def sgd(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        return p - lr * (g + h.weight_decay * p), s

    return Optimizer(0, update)


def momentum(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        v = h.momentum * s[0] + g + h.weight_decay * p
        return p - lr * v, (v,)

    return Optimizer(1, update)


def nesterov(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        g = g + h.weight_decay * p
        v = h.momentum * s[0] + g
        return p - lr * (g + h.momentum * v), (v,)

    return Optimizer(1, update)


def _adam(h: Hyper, decoupled: bool) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        if h.weight_decay and not decoupled:
            g = g + h.weight_decay * p
        m = h.momentum * s[0] + (1 - h.momentum) * g
        v = h.beta2 * s[1] + (1 - h.beta2) * g * g
        step = (m / (1 - h.momentum**t)) / ((v / (1 - h.beta2**t)).sqrt() + h.eps)
        if h.weight_decay and decoupled:
            p = p * (1 - lr * h.weight_decay)
        return p - lr * step, (m, v)

    return Optimizer(2, update)


def adam(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    return _adam(h, decoupled=False)


def adamw(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    return _adam(h, decoupled=True)


def rmsprop(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        g = g + h.weight_decay * p
        v = 0.99 * s[0] + 0.01 * g * g
        return p - lr * g / (v.sqrt() + h.eps), (v,)

    return Optimizer(1, update)


def adagrad(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        g = g + h.weight_decay * p
        v = s[0] + g * g
        return p - lr * g / (v.sqrt() + 1e-10), (v,)

    return Optimizer(1, update)


def lion(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        step = (h.momentum * s[0] + (1 - h.momentum) * g).sign()
        return p - lr * (step + h.weight_decay * p), (0.99 * s[0] + 0.01 * g,)

    return Optimizer(1, update)


def adafactor(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    """Factored second moments for matrices, update clipping at RMS 1, absolute learning rate, no momentum."""
    sizes = [s.numel() for s in shapes]

    def direction(g: Tensor, v: Tensor, shape: torch.Size, decay: float) -> tuple[Tensor, Tensor]:
        v = decay * v + (1 - decay) * (g * g + 1e-30)
        scale = v
        if len(shape) >= 2:
            # Averaging the full matrix and then factoring it equals averaging the row and column sums.
            full = v.view(v.shape[0], shape[0], -1)
            row, column = full.mean(2, keepdim=True), full.mean(1, keepdim=True)
            scale = (row * column / row.mean(1, keepdim=True)).reshape(v.shape)
        u = g / scale.sqrt()
        return u / u.square().mean(1, keepdim=True).sqrt().clamp(min=1.0), v

    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        decay = 1 - t**-0.8
        parts = zip(torch.split(g, sizes, 1), torch.split(s[0], sizes, 1), shapes, strict=True)
        pairs = [direction(gi, vi, shape, decay) for gi, vi, shape in parts]
        step = torch.cat([u for u, _ in pairs], 1)
        return p * (1 - lr * h.weight_decay) - lr * step, (torch.cat([v for _, v in pairs], 1),)

    return Optimizer(1, update)


def signum(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    """Steps of the sign of an averaged gradient (Bernstein et al. 2018, arXiv:1802.04434)."""

    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        m = h.momentum * s[0] + (1 - h.momentum) * g
        return p - lr * (m.sign() + h.weight_decay * p), (m,)

    return Optimizer(1, update)


def orthogonal(x: Tensor) -> Tensor:
    """The nearest semi-orthogonal matrices, nearly, by five Newton-Schulz steps; x has shape (members, a, b)."""
    a, b, c = 3.4445, -4.7750, 2.0315  # Jordan's quintic, https://kellerjordan.github.io/posts/muon/
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return torch.as_tensor(x.transpose(1, 2) if tall else x)


def muon(h: Hyper, shapes: list[torch.Size]) -> Optimizer:
    """Orthogonalised momentum for matrices; for vectors, and what is not two-dimensional, its sign at a tenth."""
    sizes = [s.numel() for s in shapes]

    def direction(m: Tensor, shape: torch.Size) -> Tensor:
        if len(shape) != 2 or max(shape) > 1000:  # a vocabulary's rows are left to the other rule, as Muon's authors do
            return 0.1 * m.sign()
        scale = max(1.0, shape[0] / shape[1]) ** 0.5
        return torch.as_tensor(scale * orthogonal(m.view(-1, *shape)).reshape(m.shape))

    def update(p: Tensor, g: Tensor, s: State, lr: Tensor, t: int) -> tuple[Tensor, State]:
        m = h.momentum * s[0] + g
        nesterov = g + h.momentum * m
        step = torch.cat(
            [direction(n, shape) for n, shape in zip(torch.split(nesterov, sizes, 1), shapes, strict=True)], 1
        )
        return p * (1 - lr * h.weight_decay) - lr * step, (m,)

    return Optimizer(1, update)


OPTIMIZERS: dict[str, Callable[[Hyper, list[torch.Size]], Optimizer]] = {
    "SGD": sgd,
    "SGD-momentum": momentum,
    "SGD-nesterov": nesterov,
    "Adam": adam,
    "AdamW": adamw,
    "RMSprop": rmsprop,
    "Adagrad": adagrad,
    "Lion": lion,
    "Adafactor": adafactor,
    "Signum": signum,
    "Muon": muon,
}
