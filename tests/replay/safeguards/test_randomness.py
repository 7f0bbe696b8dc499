"""Random number generators come back as they were, and a rerun's order hangs on its seed alone."""

import random
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
import torch
from torch import Generator
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from lrdoctor.replay.safeguards.randomness import generators, preserved, seed_all

DATA = torch.arange(16)
Loader = DataLoader[torch.Tensor]


def loader(generator: Generator | None = None) -> Loader:
    return DataLoader(DATA, batch_size=4, shuffle=True, generator=generator)  # type: ignore[arg-type]


def order(source: Loader) -> list[int]:
    return [int(x) for batch in source for x in batch]


def draws() -> list[float]:
    return [random.random(), float(np.random.rand()), float(torch.rand(()))]  # noqa: NPY002, S311


def test_a_block_that_draws_and_seeds_leaves_no_trace() -> None:
    seed_all(5)
    expected = draws()
    seed_all(5)
    with preserved():
        seed_all(99)
        draws()
    assert draws() == expected


def test_so_does_one_that_raises() -> None:
    own = Generator().manual_seed(3)
    source = loader(own)
    seed_all(5)
    expected, state = draws(), own.get_state()
    seed_all(5)

    def fails() -> None:
        with preserved(lambda: source):
            draws()
            order(source)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert draws() == expected
    assert torch.equal(own.get_state(), state)


@pytest.mark.parametrize("own", [False, True])
def test_the_next_epoch_of_a_loader_is_the_one_it_would_have_been(own: bool) -> None:
    def fresh() -> Loader:
        torch.manual_seed(11)
        return loader(Generator().manual_seed(2) if own else None)

    untouched = fresh()
    first, second = order(untouched), order(untouched)
    assert first != second
    used = fresh()
    assert order(used) == first
    with preserved(lambda: used):
        seed_all(4)
        order(used)
        next(iter(used))
    assert order(used) == second


@pytest.mark.parametrize("own", [False, True])
def test_seeding_sets_the_order(own: bool) -> None:
    source = loader(Generator() if own else None)
    orders = []
    for seed in (1, 2, 1):
        seed_all(seed, lambda: source)
        orders.append(order(source))
    assert orders[0] == orders[2] != orders[1]


GLOBAL = loader(Generator())


def by_global() -> Loader:
    return GLOBAL


def by_global_inside() -> Iterator[torch.Tensor]:
    return (batch for batch in map(lambda _: next(iter(GLOBAL)), range(2)))  # noqa: C417


class Script:
    def __init__(self) -> None:
        self.source = loader(Generator())

    def batches(self) -> Loader:
        return self.source

    def __call__(self) -> Loader:
        return self.source


def passed(source: Loader) -> Loader:
    return source


def closure() -> Callable[[], Loader]:
    source = loader(Generator())
    return lambda: source


KEPT = loader(Generator())


def by_default(source: Loader = KEPT) -> Loader:
    return source


def held() -> Callable[[], Loader]:
    sources = {"train": loader(Generator())}
    return lambda: sources["train"]


def attribute() -> Callable[[], Loader]:
    script = Script()
    return lambda: script.source


@pytest.mark.parametrize(
    "source",
    [
        loader(Generator()),
        by_global,
        by_global_inside,
        closure(),
        by_default,
        held(),
        attribute(),
        Script().batches,
        Script(),
        partial(passed, loader(Generator())),
        partial(passed, source=loader(Generator())),
    ],
    ids=[
        "loader", "global", "global inside", "closure", "default", "dictionary", "attribute", "method", "object",
        "partial", "partial keyword",
    ],
)  # fmt: skip
def test_generators_are_found_where_a_function_reaches(source: object) -> None:
    assert len(generators(source)) == 1


def test_a_samplers_generator_is_found_below_two_batch_samplers() -> None:
    own = Generator()
    inner = BatchSampler(RandomSampler(range(8), generator=own), 2, drop_last=False)
    source: Loader = DataLoader(DATA, batch_sampler=BatchSampler(inner, 1, drop_last=False))  # type: ignore[arg-type]
    assert generators(lambda: source) == [own]


def test_nothing_to_find_is_nothing() -> None:
    assert generators(None) == []
    assert generators(loader) == []
    assert generators(len) == []
