"""How noisy the gradient is: the batch size beyond which larger batches save few steps."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from lrdoctor.replay.recipe.recipe import Loss
from lrdoctor.replay.safeguards.randomness import preserved

# Fewer batches leave the estimate of |G|^2 too uncertain to divide by.
LEAST_BATCHES = 4
# How deep a batch is searched for its first tensor.
DEPTH = 4


def noise_scale(model: nn.Module, loss: Loss, batches: Iterable[Any], batch_size: int) -> float | None:
    """The simple noise scale tr(Sigma) / |G|^2, in examples, from one gradient a batch at fixed weights.

    McCandlish et al. 2018, arXiv:1812.06162, appendix A.1: with b examples a batch, n batches, g_i their gradients and
    B = n b examples in the mean gradient g, unbiased estimates are

        |G|^2     = (B |g|^2 - b mean |g_i|^2) / (B - b)
        tr(Sigma) = (mean |g_i|^2 - |g|^2) / (1/b - 1/B)

    The loss must be a mean over the examples, and the batches of one size.  BatchNorm ties the examples of a batch
    together, which the formula knows nothing of; in train mode its statistics move, so give a copy.  Weights, `.grad`
    and the random number generators are left as they are.  Memory: two gradients, one in float32.

    Returns:
        None for fewer than four batches, where |G|^2 is not positive (the gradient drowns in its noise), or where a
        gradient is not finite.

    >>> net = nn.Linear(1, 1, bias=False)
    >>> noise_scale(net, lambda m, x: m(x).mean(), [torch.ones(2, 1)] * 4, 2)
    0.0
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    total: list[Tensor] = []
    squares, count = 0.0, 0
    with preserved(), torch.enable_grad():
        for batch in batches:
            gradient = torch.autograd.grad(loss(model, batch), parameters, materialize_grads=True)
            squares += _square(gradient)
            count += 1
            total = _sum(total, gradient)
    if count < LEAST_BATCHES:
        return None
    small, large = squares / count, _square(total) / count**2
    signal = (count * large - small) / (count - 1)
    noise = batch_size * (small - large) * count / (count - 1)
    if not (isfinite(signal) and isfinite(noise)) or signal <= 0:
        return None
    return max(noise, 0.0) / signal


def batch_size_of(batch: object) -> int | None:
    """Examples in a batch: the first dimension of the first tensor in a tuple, list, mapping or its `.data`.

    A tensor without dimensions is passed over.  Where time comes first, as in a recurrent net with
    `batch_first=False`, it is not the batch size.

    >>> batch_size_of({"weight": torch.tensor(1.0), "x": torch.zeros(8, 3)})
    8
    """
    return _first_size(batch, DEPTH)


def _first_size(item: object, depth: int) -> int | None:
    if isinstance(item, Tensor):
        return item.shape[0] if item.ndim else None
    if depth == 0:
        return None
    held = item if isinstance(item, Mapping | tuple | list) else getattr(item, "data", ())
    parts = held.values() if isinstance(held, Mapping) else held if isinstance(held, tuple | list) else ()
    return next((size for part in parts if (size := _first_size(part, depth - 1)) is not None), None)


def _square(tensors: Iterable[Tensor]) -> float:
    """The squared norm of a gradient, summed in double precision over its tensors; one look at the device."""
    norms = [_dense(tensor).detach().float().norm() for tensor in tensors]
    return float(torch.stack(norms).cpu().double().square().sum()) if norms else 0.0


def _sum(total: list[Tensor], gradient: Sequence[Tensor]) -> list[Tensor]:
    if not total:
        return [_wide(_dense(g)) for g in gradient]
    return [t.add_(_dense(g)) for t, g in zip(total, gradient, strict=True)]


def _dense(tensor: Tensor) -> Tensor:
    return tensor.to_dense() if tensor.is_sparse else tensor


def _wide(tensor: Tensor) -> Tensor:
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32), copy=True)
