"""The random number generators of a process: set for a rerun, put back afterwards."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Generator
from torch.utils.data import DataLoader, Sampler

NESTED = ("generator", "sampler", "batch_sampler")
DEEPEST = 5  # loader, accelerate's batch sampler, the batch sampler, its sampler, its generator


@contextmanager
def preserved(batches: object = None) -> Iterator[None]:
    """Puts python's, numpy's and torch's generators back at the end, whatever happened, and those of `batches`."""
    put_back = captured(batches)
    try:
        yield
    finally:
        put_back()


def captured(batches: object = None) -> Callable[[], None]:
    """A function that puts all generators back to where they are now."""
    python, legacy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002 - users' own
    seed, cuda = torch.initial_seed(), torch.cuda.get_rng_state_all() if _on_cuda() else None
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    own = [(generator, generator.get_state()) for generator in generators(batches)]

    def put_back() -> None:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        elif _on_cuda():  # Started in between: it would have begun from torch's seed.
            torch.cuda.manual_seed_all(seed)
        if mps is not None:
            torch.mps.set_rng_state(mps)
        for generator, state in own:
            generator.set_state(state)

    return put_back


def seed_all(seed: int, batches: object = None) -> None:
    """Seed every generator that a training script may draw from, and those of `batches`."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - what the user's code draws from
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        torch.manual_seed(seed)
    else:  # Without the half millisecond that torch spends on telling devices that are not there.
        torch.default_generator.manual_seed(seed)
    for generator in generators(batches):
        generator.manual_seed(seed)


def generators(source: object) -> list[Generator]:
    """The torch generators of the data loaders that `source` is, or that a function of that name reaches.

    Looked for in what a function closes over, its defaults, the globals it names and the object it is a method of,
    and in their attributes and items: one level, so that nobody's data set is walked through.
    """
    found: dict[int, Generator] = {}
    for item in _reachable(source):
        _collect(item, found, 0)
        for part in _parts(item):
            _collect(part, found, 0)
    return list(found.values())


def _on_cuda() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


def _reachable(source: object) -> Sequence[object]:
    if isinstance(source, partial):
        return [*_reachable(source.func), *source.args, *source.keywords.values()]
    cells = [cell.cell_contents for cell in getattr(source, "__closure__", None) or () if _filled(cell)]
    code = getattr(source, "__code__", None)
    scope: dict[str, Any] = getattr(source, "__globals__", {})
    defaults = getattr(source, "__defaults__", None) or ()
    named = [scope[name] for name in _names(code) if name in scope]
    return [source, getattr(source, "__self__", None), *cells, *defaults, *named]


def _names(code: CodeType | None) -> set[str]:
    """Names that a function uses, functions and comprehensions in it included."""
    if code is None:
        return set()
    return set(code.co_names).union(*(_names(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _parts(item: object) -> Sequence[object]:
    """The loaders that an object holds."""
    if isinstance(item, dict):
        held: Iterable[object] = item.values()
    elif isinstance(item, list | tuple):
        held = item
    else:
        held = () if isinstance(item, ModuleType | type) else getattr(item, "__dict__", {}).values()
    return [part for part in held if isinstance(part, Generator | DataLoader | Sampler)]


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _collect(item: object, found: dict[int, Generator], depth: int) -> None:
    if isinstance(item, Generator):
        found[id(item)] = item
    elif depth < DEEPEST and isinstance(item, DataLoader | Sampler):
        for name in NESTED:
            _collect(getattr(item, name, None), found, depth + 1)
