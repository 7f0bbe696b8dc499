"""Lion (Chen et al. 2023, arXiv:2302.06675): an optimizer that torch does not have."""

from collections.abc import Callable
from typing import overload

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT


class Lion(Optimizer):
    """The sign of an interpolated momentum, with decoupled weight decay."""

    def __init__(
        self, params: ParamsT, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every parameter that has a gradient."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._update(p, p.grad, group["lr"], group["betas"], group["weight_decay"])
        return loss

    def _update(self, p: Tensor, grad: Tensor, lr: float, betas: tuple[float, float], decay: float) -> None:
        state = self.state[p]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(p)
        momentum = state["momentum"]
        if decay:
            p.mul_(1 - lr * decay)
        p.add_(torch.lerp(grad, momentum, betas[0]).sign_(), alpha=-lr)
        momentum.lerp_(grad, 1 - betas[1])
