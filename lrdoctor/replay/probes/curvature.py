"""The sharpest direction of the training loss, and the LR that it allows.

The top eigenvalue of the Hessian comes from Lanczos iterations on Hessian-vector products, the gradient of a gradient
(Pearlmutter 1994), never from the Hessian itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lrdoctor.replay.probes.hessian import Hessian, NotMeasured, differentiable_twice
from lrdoctor.replay.probes.stability import edge, rule_of, scales, trained
from lrdoctor.replay.recipe.recipe import Loss
from lrdoctor.replay.safeguards.randomness import preserved

# Relative residual at which the eigenvalue is good enough: the limit is read on a log scale.  On 60 small nets on
# scikit-learn's digits (SGD and Adam, 3 and 100 steps) the eigenvalue was then 0.3 % low in the median and 3 % at
# most, after 8 products in the mean; 10 % at most where 12 products ended it first.
TOLERANCE = 0.05
# Products before the residual is trusted: a start close to another eigenvector looks converged at once.
LEAST_PRODUCTS = 4


@dataclass(frozen=True)
class Sharpness:
    """The top eigenvalue of the training loss's Hessian.

    Args:
        eigenvalue: lambda of D^-1/2 H D^-1/2, or of H where not `preconditioned`; groups whose LR is r times the first
            group's enter with D / r.  In loss per squared weight, for Adam-like optimizers in 1 / LR.  Lanczos
            approaches it from below, by at most `residual * eigenvalue` once it has found the top.
        limit: the first group's LR beyond which the optimizer is unstable on a quadratic of that curvature; None where
            the optimizer's rule is unknown.
        preconditioned: whether D is the optimizer's second moments.
        residual: |A v - lambda v| / lambda of the eigenvector found.
        products: Hessian-vector products it took, each of them over all batches.
    """

    eigenvalue: float
    limit: float | None
    preconditioned: bool
    residual: float
    products: int


def sharpness(
    model: nn.Module, loss: Loss, batches: Sequence[Any], optimizer: Optimizer, *, products: int = 12, seed: int = 0
) -> Sharpness:
    """The top eigenvalue of the Hessian of the mean loss over `batches`, at the model's weights, and its limit.

    Weights, `.grad`, the optimizer and all random number generators are left as they are.  The forward passes run in
    the model's own mode: in train mode they move BatchNorm's statistics, so give a copy.  Dropout's masks are drawn
    from `seed`, the same for every product.  Weight decay counts only where it is part of `loss`.

    Memory beside the graphs: `products + 4` vectors as long as the trained weights, in float32.

    Raises:
        NotMeasured: the loss is not finite, cannot be differentiated twice or curves upwards nowhere, memory ran out,
            or an optimizer with second moments has taken no step yet.

    >>> net = nn.Linear(2, 1, bias=False)
    >>> found = sharpness(net, lambda m, x: m(x).square().sum(), [torch.eye(2)], torch.optim.SGD(net.parameters(), 0.1))
    >>> round(found.eigenvalue, 4), round(found.limit, 4)
    (2.0, 1.0)
    """
    scale = scales(optimizer)
    if scale is None:
        raise NotMeasured("the optimizer has taken no step yet, so that its second moments are unknown")
    parameters = trained(optimizer)
    if not batches:
        raise NotMeasured("there are no batches to measure it on")
    if not parameters or any(p.is_complex() for p in parameters):
        raise NotMeasured("there are no trained weights, or some are complex")
    with preserved(), differentiable_twice(model):
        try:
            hessian = Hessian(getattr(model, "_orig_mod", model), loss, batches, parameters, seed)
            diagonal = hessian.flat(scale)
            # noise leans on no eigenvector: the gradient, tried as a start, hides the top more often (errors to 8 %)
            start = torch.randn(diagonal.numel(), generator=torch.Generator().manual_seed(seed)).to(diagonal)
            value, residual, took = lanczos(lambda v: diagonal * hessian(diagonal * v), start, products)
        except torch.cuda.OutOfMemoryError as error:
            raise NotMeasured("not enough memory for second derivatives") from error
        except RuntimeError as error:
            words = str(error).strip().splitlines() or [type(error).__name__]
            raise NotMeasured(f"the loss cannot be differentiated twice: {words[0]}") from error
    if not value > 0:
        raise NotMeasured("the loss curves upwards in no direction that was found")
    factor, rule = edge(optimizer), rule_of(optimizer)
    limit = None if factor is None else factor / value
    return Sharpness(value, limit, rule is not None and rule.denominator is not None, residual, took)


def lanczos(operator: Callable[[Tensor], Tensor], start: Tensor, most: int) -> tuple[float, float, int]:
    """The largest eigenvalue of a symmetric operator, its relative residual and the products it took.

    Lanczos iterations, each vector orthogonalised against all earlier ones, twice (Golub & Van Loan, chapter 10); the
    residual is beta_k |s_k|, with s_k the last entry of the tridiagonal matrix's eigenvector.
    """
    basis = [start / start.norm()]
    alpha: list[float] = []
    beta: list[float] = []
    while True:
        vector = operator(basis[-1])
        if not bool(torch.isfinite(vector).all()):
            raise NotMeasured("the loss's second derivatives are not finite")
        alpha.append(float(vector @ basis[-1]))
        for _ in range(2):
            for earlier in basis:
                vector = vector - (vector @ earlier) * earlier
        beta.append(float(vector.norm()))
        values, vectors = np.linalg.eigh(np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1))
        top = float(values[-1])
        residual = beta[-1] * abs(float(vectors[-1, -1])) / top if top > 0 else float("inf")
        converged = len(alpha) >= LEAST_PRODUCTS and residual <= TOLERANCE
        # Nothing is left beyond rounding: the basis holds all that the operator does.
        exhausted = beta[-1] <= 10 * torch.finfo(start.dtype).eps * float(np.abs(values).max())
        if converged or exhausted or len(alpha) >= min(most, start.numel()):
            return top, residual, len(alpha)
        basis.append(vector / beta[-1])
