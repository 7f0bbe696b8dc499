"""Curvature and gradient noise at the weights that the best arm reached."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from lrdoctor.records.replay import Curvature
from lrdoctor.replay.probes.curvature import sharpness
from lrdoctor.replay.probes.hessian import NotMeasured
from lrdoctor.replay.probes.noise_scale import batch_size_of, noise_scale
from lrdoctor.replay.reruns.batches import rebuilt
from lrdoctor.replay.reruns.training import Trained
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.failures import in_recipe

LEAST_PRODUCTS, MOST_PRODUCTS = 5, 12
GRADIENTS = 8  # batches for the noise scale


def curvature(shop: Workshop, best: Trained, steps: float, seed: int) -> tuple[Curvature | None, str]:
    """What the best arm's weights tell, within `steps` training steps; else why not.

    One batch stands for the loss: the limit is read on a log scale, and a batch's top eigenvalue is, if anything, high.
    """
    products = min(int((min(steps, shop.budget.left) - GRADIENTS) / 3), MOST_PRODUCTS)
    if products < LEAST_PRODUCTS:
        return None, ""
    batches: Sequence[Any] = list(shop.batches.take(seed, GRADIENTS))
    model, optimizer = best.copies.model, best.copies.optimizer

    def loss(model: nn.Module, batch: Any) -> Tensor:
        return shop.recipe.loss(model, rebuilt(batch))

    with in_recipe("its loss"):
        try:
            found = sharpness(model, loss, batches[:1], optimizer, products=products, seed=seed)
        except NotMeasured as error:
            return None, str(error)
    shop.budget.products += found.products
    size = batch_size_of(batches[0])
    scale = None
    if size is not None:
        with in_recipe("its loss"):
            scale = noise_scale(model, loss, batches, size)
        shop.budget.trained += GRADIENTS
    return (
        Curvature(
            sharpness=found.eigenvalue,
            limit=found.limit,
            preconditioned=found.preconditioned,
            step=len(best.loss),
            residual=found.residual,
            products=found.products,
            noise_scale=scale,
            batch_size=None if size is None else size * shop.recipe.accumulate,
        ),
        "",
    )
