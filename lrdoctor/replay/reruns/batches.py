"""Training batches in a fixed order, on the device, the same for every arm of a round."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.safeguards.device import moved
from lrdoctor.replay.safeguards.failures import in_recipe
from lrdoctor.replay.safeguards.randomness import captured, preserved, seed_all

VALIDATION_SEED = 1  # of an order that shuffles: one for all arms
PROBATION = 10  # batches that a loss must leave alone before it gets them without a copy


class Batches:
    """Draws the recipe's batches; one order a seed.

    What fits into `memory` bytes is kept, so that the arms of a round do not load it again; a longer order is
    drawn anew for each arm, from the same seed.
    """

    def __init__(self, recipe: Recipe, device: torch.device, memory: int) -> None:
        self._recipe, self._device, self._memory = recipe, device, memory
        self._seed: int | None = None
        self._kept: list[Any] = []
        self._bytes = 0
        self._source: Iterator[Any] = iter(())
        self._resume: Callable[[], None] | None = None
        self._untouched = 0
        self._longest, self._epoch = 0, 0  # batches of the longest order, and of a whole pass where one was made
        self._validation: list[Any] = []
        self._too_long: tuple[int, int] | None = None  # a seed and how many of its batches there is room for

    def take(self, seed: int, count: int) -> Iterator[Any]:
        """`count` batches of the order that `seed` gives; draws from the random generators, so seed them afterwards."""
        self._longest = max(self._longest, count)
        if self._too_long is not None and seed == self._too_long[0] and count > self._too_long[1]:
            return self._anew(seed, count)
        if seed != self._seed:
            self._seed, self._kept, self._bytes = seed, [], 0
            self._source, self._resume = self._endless(), None
        if len(self._kept) < count and self._bytes <= self._memory:
            self._draw(seed, count)
        if len(self._kept) >= count:
            return self._given(self._kept[:count])
        self._too_long = seed, len(self._kept)
        self._kept, self._seed, self._bytes = [], None, 0
        return self._anew(seed, count)

    def passes(self) -> tuple[float, int]:
        """Passes over the data that the longest order made, and batches of a pass; 0 where not even one was made."""
        return (self._longest / self._epoch if self._epoch else 0.0), self._epoch

    def validation(self, count: int) -> list[Any]:
        """The first `count` of the validation's batches, on the device: all there are, where that is fewer."""
        if len(self._validation) < count:
            given = self._recipe.validation
            with preserved(), in_recipe("its validation"):
                seed_all(VALIDATION_SEED, given)
                source: Iterable[Any] = given() if callable(given) else given or ()
                self._validation = [moved(batch, self._device) for batch in islice(source, count)]
            if not self._validation:
                raise UsageError(
                    "the recipe's validation gives no batch: give a loader, or a function that makes a fresh iterator"
                )
        return self._validation[:count]

    def _given(self, batches: list[Any]) -> Iterator[Any]:
        """Batches of each taker's own: a loss may change them (`batch.pop("labels")`, `images.div_(255)`).

        Their tensors are shared once a good many were seen to come back untouched.
        """
        for batch in batches:
            own = rebuilt(batch, share=self._untouched >= PROBATION)
            yield own
            if self._untouched < PROBATION:
                self._untouched = self._untouched + 1 if untouched(own) else -(10**9)

    def _draw(self, seed: int, count: int) -> None:
        """Go on where this order's generators stood, however many arms drew from them since."""
        if self._resume is None:
            seed_all(seed, self._recipe.batches)
        else:
            self._resume()
        while len(self._kept) < count and self._bytes <= self._memory:
            batch = next(self._source)
            self._kept.append(batch)
            self._bytes += size_of(batch)
        self._resume = captured(self._recipe.batches)

    def _anew(self, seed: int, count: int) -> Iterator[Any]:
        seed_all(seed, self._recipe.batches)
        for batch, _ in zip(self._endless(), range(count), strict=False):
            yield rebuilt(batch)

    def _endless(self) -> Iterator[Any]:
        while True:
            count = 0
            with in_recipe("its batches"):
                source = iter(self._recipe.epoch())
            while True:
                with in_recipe("its batches"):
                    batch = next(source, _END)
                if batch is _END:
                    break
                count += 1
                yield moved(batch, self._device)
            self._epoch = max(self._epoch, count)
            if not count:
                raise UsageError(
                    "the recipe's batches() gives no batch: it must return a fresh iterator each time "
                    "(`lambda: loader`, not `iter(loader)`), over at least one batch"
                )


_END = object()


def rebuilt(batch: Any, *, share: bool = False) -> Any:
    """The batch with containers of its own, and tensors unless they are shared."""
    if isinstance(batch, Tensor):
        return batch if share else batch.clone()
    if isinstance(batch, MutableMapping):
        own = copy.copy(batch)
        for key, value in own.items():
            own[key] = rebuilt(value, share=share)
        return own
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(rebuilt(item, share=share) for item in batch))
    return type(batch)(rebuilt(item, share=share) for item in batch) if isinstance(batch, list | tuple) else batch


def untouched(batch: Any) -> bool:
    """Whether no tensor of a batch was changed in place since it was made."""
    if isinstance(batch, Tensor):
        return batch.is_inference() or batch._version == 0
    items = batch.values() if isinstance(batch, Mapping) else batch if isinstance(batch, list | tuple) else ()
    return all(untouched(item) for item in items)


def size_of(batch: Any) -> int:
    """Bytes of the tensors in a batch."""
    if isinstance(batch, Tensor):
        return batch.numel() * batch.element_size()
    if isinstance(batch, Mapping):
        return sum(size_of(value) for value in batch.values())
    if isinstance(batch, list | tuple):
        return sum(size_of(item) for item in batch)
    return 1 << 20 if hasattr(batch, "to") else 64
