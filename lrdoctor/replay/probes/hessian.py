"""The Hessian of the training loss, known by its products with vectors: the gradient of a gradient."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lrdoctor.replay.recipe.recipe import Loss
from lrdoctor.replay.safeguards.randomness import seed_all

# Bytes of graphs kept between products, an estimate; beyond, each product builds them anew (0.7 to 3 steps more each).
KEPT_BYTES = 2**30
# Bytes of a graph that can be differentiated again, over those of a training step's: activations, their gradients,
# and what links the two.  A rough guess on the safe side.
GRAPH_FACTOR = 3


class NotMeasured(Exception):  # noqa: N818 - a result with its reason, not a fault
    """The curvature cannot be measured; the message says why."""


class Hessian:
    """The Hessian of the mean loss over batches, as a function of flat vectors."""

    def __init__(
        self, model: nn.Module, loss: Loss, batches: Sequence[Any], parameters: list[Tensor], seed: int
    ) -> None:
        self._model, self._loss, self._batches, self._parameters, self._seed = model, loss, batches, parameters, seed
        self._device = parameters[0].device
        self._dtype = torch.float64 if any(p.dtype == torch.float64 for p in parameters) else torch.float32
        self._graphs: list[Sequence[Tensor]] = []
        weights = sum(p.numel() * p.element_size() for p in parameters)
        self._keep = len(batches) * (GRAPH_FACTOR * self._saved() + weights) <= KEPT_BYTES

    def __call__(self, vector: Tensor) -> Tensor:
        """The product with `vector`, in the shape and type that `flat` gives."""
        total, parameters = torch.zeros_like(vector), self._parameters
        pieces = torch.split(vector, [p.numel() for p in parameters])
        directions = [v.view(p.shape).to(p.device, p.dtype) for v, p in zip(pieces, parameters, strict=True)]
        for index in range(len(self._batches)):
            # a gradient that depends on no weight is constant: it adds nothing to the Hessian
            pairs = [(g, v) for g, v in zip(self._gradients(index), directions, strict=True) if g.requires_grad]
            if pairs:
                outputs, along = zip(*pairs, strict=True)
                total += self.flat(
                    torch.autograd.grad(outputs, parameters, along, retain_graph=self._keep, materialize_grads=True)
                )
        return total / len(self._batches)

    def flat(self, tensors: Sequence[Tensor]) -> Tensor:
        """One vector from a tensor for each parameter."""
        return torch.cat([t.detach().reshape(-1).to(self._device, self._dtype) for t in tensors])

    def _gradients(self, index: int) -> Sequence[Tensor]:
        if index < len(self._graphs):
            return self._graphs[index]
        value = self._value(index)
        if not bool(torch.isfinite(value).all()):
            raise NotMeasured("the loss is not finite")
        found = torch.autograd.grad(value, self._parameters, create_graph=True, materialize_grads=True)
        if self._keep and index == len(self._graphs):
            self._graphs.append(found)
        return found

    def _value(self, index: int) -> Tensor:
        seed_all(self._seed + index)
        with torch.enable_grad():
            value: Tensor = self._loss(self._model, self._batches[index])
        return value

    def _saved(self) -> int:
        """Bytes that a forward pass on the first batch saves for the backward pass, weights aside."""
        known = {p.untyped_storage().data_ptr() for p in self._parameters}
        sizes: dict[int, int] = {}

        def pack(saved: Tensor) -> Tensor:
            if saved.layout is torch.strided and (storage := saved.untyped_storage()).data_ptr() not in known:
                sizes[storage.data_ptr()] = storage.nbytes()
            return saved

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
            value = self._value(0)  # noqa: F841 - alive until all is counted, so that no storage is counted twice
        return sum(sizes.values())


@contextmanager
def differentiable_twice(model: nn.Module) -> Iterator[None]:
    """Kernels that have a second derivative: the fused attentions and cuDNN's recurrent nets have none."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    before = torch.backends.cudnn.enabled
    recurrent = any(isinstance(module, nn.RNNBase) for module in model.modules())
    try:
        torch.backends.cudnn.enabled = before and not recurrent
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.cudnn.enabled = before
