"""What an optimizer makes of curvature: its preconditioner, and the LR beyond which it is unstable on a quadratic.

On a quadratic with Hessian H an optimizer that divides the gradient by D, element by element, behaves as its plain
form does on D^-1/2 H D^-1/2.  With lambda that matrix's top eigenvalue, momentum beta and x = LR * lambda, the slowest
root of the update's recurrence crosses -1 at the x that `Rule.edge` gives:

    SGD, momentum (heavy ball; also RMSprop's)    2 (1 + beta) / (1 - dampening)
    Nesterov's momentum                           2 (1 + beta) / (1 + 2 beta)
    Adam, AdamW, RAdam, Adamax (averaged m)       2 (1 + beta1) / (1 - beta1)             38 at beta1 = 0.9
    NAdam (mu: share of m in the step)            2 (1 + beta1) / ((1 - mu)(1 + beta1) + mu (1 - beta1))

Sources: Cohen et al. 2021, arXiv:2103.00065 (SGD, momentum, Nesterov) and 2022, arXiv:2207.14484 (Adam); NAdam's
follows from the same recurrence, and the tests hold all of them against torch's own steps.  Left out: weight decay (it
adds to H, far less than the top eigenvalue), the noise of small batches (it lowers the limit, with momentum towards
2 (1 - beta) / lambda: arXiv:2604.14108), and RAdam's rectification, a warm-up of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop

from lrdoctor.replay.recipe.recipe import base_lrs

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """How a family of optimizers meets curvature.

    Args:
        kinds: optimizers of `torch.optim`.
        denominator: D from a parameter's state and its group's settings, in the shape of the parameter; None where
            the gradient is taken as it is.
        edge: the limit of LR * lambda from a group's settings, with the steps taken as `step`.
    """

    kinds: tuple[type[Optimizer], ...]
    denominator: Callable[[Settings, Settings], Tensor] | None
    edge: Callable[[Settings], float]


def _adam(state: Settings, group: Settings) -> Tensor:
    square = state["max_exp_avg_sq"] if group.get("amsgrad") else state["exp_avg_sq"]
    corrected = square.float() / (1 - float(group["betas"][1]) ** float(state["step"]))
    return _zero_where(square == 0, corrected.sqrt() + group["eps"])


def _adamax(state: Settings, group: Settings) -> Tensor:
    return _zero_where(state["exp_inf"] <= group["eps"], state["exp_inf"].float())


def _rmsprop(state: Settings, group: Settings) -> Tensor:
    square = state["square_avg"].float()
    centred = square - state["grad_avg"].float().square() if group["centered"] else square
    return _zero_where(square == 0, centred.clamp(min=0).sqrt() + group["eps"])


def _adagrad(state: Settings, group: Settings) -> Tensor:
    slowed = 1 + (float(state["step"]) - 1) * group["lr_decay"]
    return _zero_where(state["sum"] == 0, slowed * (state["sum"].float().sqrt() + group["eps"]))


def _zero_where(untouched: Tensor, denominator: Tensor) -> Tensor:
    """Zero marks an element that has had no gradient yet: its first step is as large as the LR, whatever H is."""
    return denominator.masked_fill(untouched, 0.0)


def _buffered(group: Settings) -> float:
    beta = float(group.get("momentum", 0.0))
    if group.get("nesterov"):
        return 2 * (1 + beta) / (1 + 2 * beta)
    # torch dampens a momentum buffer only
    return 2 * (1 + beta) / (1 - (float(group.get("dampening", 0.0)) if beta else 0.0))


def _averaged(group: Settings) -> float:
    beta = float(group["betas"][0])
    return 2 * (1 + beta) / (1 - beta)


def _nadam(group: Settings) -> float:
    beta = float(group["betas"][0])
    mu: float = beta * (1 - 0.5 * 0.96 ** (group["step"] * group["momentum_decay"]))
    return 2 * (1 + beta) / ((1 - mu) * (1 + beta) + mu * (1 - beta))


RULES = (
    Rule((SGD,), None, _buffered),
    Rule((Adam, AdamW, RAdam), _adam, _averaged),
    Rule((NAdam,), _adam, _nadam),
    Rule((Adamax,), _adamax, _averaged),
    Rule((RMSprop,), _rmsprop, _buffered),
    Rule((Adagrad,), _adagrad, lambda _: 2.0),
)


def rule_of(optimizer: Optimizer) -> Rule | None:
    """The rule of an optimizer; None where its update is its own (a class with its own `step`, or an unknown one)."""
    if not type(optimizer).step.__module__.startswith("torch.optim."):
        return None
    return next((rule for rule in RULES if isinstance(optimizer, rule.kinds)), None)


def trained(optimizer: Optimizer) -> list[Tensor]:
    """The parameters that the optimizer trains, in the order of its groups."""
    return [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]


def scales(optimizer: Optimizer) -> list[Tensor] | None:
    """Sqrt(r / D) for each of `trained(optimizer)`, r being its group's LR over the first group's.

    With S the diagonal matrix of these, the top eigenvalue of S H S limits the first group's LR.  An element without
    a gradient so far has scale 0, which leaves it out.  None: second moments are wanted, and no step was taken.
    """
    lrs, rule = base_lrs(optimizer), rule_of(optimizer)
    denominator = rule.denominator if rule else None
    found, known = [], denominator is None
    for group, lr in zip(optimizer.param_groups, lrs, strict=True):
        for p in (p for p in group["params"] if p.requires_grad):
            scale, state = torch.full_like(p, sqrt(lr / lrs[0]), dtype=_wide(p)), optimizer.state.get(p)
            if denominator is not None:
                d = denominator(state, group) if state else torch.zeros_like(scale)
                known = known or bool(d.any())
                scale = torch.where(d > 0, scale / d.sqrt(), 0.0).to(scale.dtype)
            found.append(scale)
    return found if known else None


def edge(optimizer: Optimizer) -> float | None:
    """The limit of LR * lambda: of groups that differ, the tightest; None where the optimizer's is unknown."""
    rule = rule_of(optimizer)
    if rule is None:
        return None
    step = max((float(s["step"]) for s in optimizer.state.values() if "step" in s), default=0.0)
    return min(rule.edge({**group, "step": step}) for group in optimizer.param_groups)


def _wide(p: Tensor) -> torch.dtype:
    return torch.float64 if p.dtype == torch.float64 else torch.float32
