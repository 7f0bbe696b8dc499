"""Frozen weights, held once for all reruns where training leaves them alone: most of a model that is fine-tuned.

Some recipes write to weights that have no gradients, such as a momentum encoder's.  So one step is made under a guard
that stops the first write to a weight that is to be shared; where there is one, every rerun has copies of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from lrdoctor.errors import LrdoctorError
from lrdoctor.replay.recipe.recipe import Recipe

Shared = Mapping[int, nn.Parameter]
"""For each frozen weight of the recipe's model, by its id, the one that all reruns use."""


class WriteError(LrdoctorError):
    """Something writes to a weight that was to be shared."""


def frozen(recipe: Recipe, device: torch.device) -> dict[int, nn.Parameter]:
    """The weights without gradients, on the device: the recipe's own where they are there already."""
    found = [p for p in recipe.model.parameters() if not p.requires_grad]
    # Other classes of weights (quantized ones) say themselves how they are copied.
    return {
        id(p): p if p.device == device else nn.Parameter(p.detach().to(device), requires_grad=False)
        for p in found
        if type(p) is nn.Parameter
    }


@contextmanager
def guarded(shared: Shared) -> Iterator[None]:
    """Stops the first write to a shared weight, before it is made.

    Raises:
        WriteError: there was one.
    """
    with _Guard(shared):
        yield


class _Guard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Looks at every operation's arguments that it writes to."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._places = {p.untyped_storage().data_ptr() for p in shared.values()}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        for at, argument in enumerate(func._schema.arguments):
            if argument.alias_info is None or not argument.alias_info.is_write:
                continue
            value = args[at] if at < len(args) else kwargs.get(argument.name)
            if any(self._is_shared(tensor) for tensor in (value if isinstance(value, list | tuple) else (value,))):
                raise WriteError("a frozen weight is written to")
        return func(*args, **kwargs)

    def _is_shared(self, value: object) -> bool:
        return isinstance(value, Tensor) and value.untyped_storage().data_ptr() in self._places
