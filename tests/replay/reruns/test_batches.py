"""Batches in a fixed order, kept or drawn anew, and never the script's own objects."""

import copy
from collections import OrderedDict, UserDict, namedtuple
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader

from lrdoctor.errors import UsageError
from lrdoctor.replay.reruns.batches import Batches, rebuilt, size_of
from lrdoctor.replay.safeguards.device import moved
from lrdoctor.replay.safeguards.randomness import seed_all
from tests.replay.small import CPU, recipe

DATA = torch.arange(12)
PLENTY = 1 << 20
Point = namedtuple("Point", ["x", "y"])


class Counted:
    """A shuffling loader that counts the batches it loads."""

    def __init__(self, generator: Generator | None = None) -> None:
        self.loader: DataLoader[Tensor] = DataLoader(DATA, batch_size=4, shuffle=True, generator=generator)  # type: ignore[arg-type]
        self.loaded = 0

    def __call__(self) -> Iterator[Tensor]:
        for batch in self.loader:
            self.loaded += 1
            yield batch


def taken(source: Batches, seed: int, count: int) -> list[list[int]]:
    return [batch.tolist() for batch in source.take(seed, count)]


@pytest.mark.parametrize("memory", [PLENTY, 100, 0])
@pytest.mark.parametrize("own", [False, True])
def test_one_order_a_seed_whether_kept_or_not(memory: int, own: bool) -> None:
    counted = Counted(Generator() if own else None)
    source = Batches(recipe(batches=counted), CPU, memory)
    first = taken(source, 1, 7)
    assert sorted(chain(*first[:3])) == sorted(chain(*first[3:6])) == DATA.tolist()
    assert first[:3] != first[3:6], "the second epoch has an order of its own"
    torch.rand(5)
    assert taken(source, 1, 7) == first
    assert taken(source, 1, 4) == first[:4]
    assert taken(source, 2, 7) != first
    assert taken(source, 1, 7) == first


def test_a_longer_order_goes_on_where_the_shorter_one_ended() -> None:
    whole = taken(Batches(recipe(batches=Counted()), CPU, PLENTY), 1, 9)
    source = Batches(recipe(batches=Counted()), CPU, PLENTY)
    for count in (2, 5, 9):
        assert taken(source, 1, count) == whole[:count]
        seed_all(99)  # an arm's own


def test_what_is_kept_is_loaded_once() -> None:
    counted = Counted()
    source = Batches(recipe(batches=counted), CPU, PLENTY)
    for count in (6, 6, 8):
        taken(source, 1, count)
    assert counted.loaded == 8


def test_what_does_not_fit_is_tried_once() -> None:
    counted = Counted()
    source = Batches(recipe(batches=counted), CPU, 100)  # three batches of 32 bytes, and one over
    taken(source, 1, 12)
    once = counted.loaded
    taken(source, 1, 12)
    assert once - 12 == pytest.approx(4, abs=1)
    assert counted.loaded == once + 12 + 1  # one more is looked at than is wanted
    taken(source, 1, 2)
    assert counted.loaded <= once + 12 + 1 + 2


def test_batches_changed_by_a_loss_are_whole_for_the_next_arm() -> None:
    own: list[dict[str, Any]] = [{"x": torch.ones(2), "labels": [torch.ones(2)]}]
    for memory in (PLENTY, 0):
        source = Batches(recipe(batches=lambda: own), CPU, memory)
        for _ in range(2):
            (batch,) = source.take(1, 1)
            assert batch["x"].tolist() == batch["labels"][0].tolist() == [1, 1]
            batch["x"].mul_(3)
            batch.pop("labels")[0].zero_()
        assert own[0]["x"].tolist() == own[0]["labels"][0].tolist() == [1, 1]


class Sized:
    """As graph libraries' batches: no container, but it can move."""

    def to(self, *_: Any, **__: Any) -> "Sized":
        return Sized()


BATCHES: list[Any] = [
    torch.ones(3),
    (torch.ones(3), torch.zeros(1)),
    [torch.ones(3), "name", None, 4],
    {"x": torch.ones(3), "more": {"y": (torch.ones(1),)}},
    OrderedDict(x=torch.ones(3)),
    UserDict({"x": torch.ones(3)}),
    Point(torch.ones(3), [torch.ones(1)]),
]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict | UserDict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def tensors(batch: Any) -> Iterator[Tensor]:
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, dict | UserDict):
        for value in batch.values():
            yield from tensors(value)
    elif isinstance(batch, list | tuple):
        for item in batch:
            yield from tensors(item)


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: type(batch).__name__)
def test_containers_keep_their_kind(batch: Any) -> None:
    before = copy.deepcopy(batch)
    assert same(moved(batch, CPU), batch)
    other = rebuilt(batch)
    assert same(other, batch)
    for tensor in tensors(other):
        tensor.add_(1)
    if isinstance(other, list):
        other.pop()
    if isinstance(other, dict | UserDict):
        other.pop("x")
    assert same(batch, before)


def test_other_devices_get_every_tensor() -> None:
    for batch in BATCHES:
        assert {t.device.type for t in tensors(moved(batch, torch.device("meta")))} == {"meta"}
    assert isinstance(moved(Sized(), CPU), Sized)


def test_sizes() -> None:
    assert size_of({"x": torch.zeros(2, 3), "y": (torch.zeros(1, dtype=torch.int64), [torch.zeros(1)])}) == 36
    assert size_of(Sized()) >= 1 << 20, "unknown, so not small"
    assert size_of("name") > 0


def test_a_dry_source_is_told_what_to_do() -> None:
    once = iter([torch.ones(1)] * 3)
    source = Batches(recipe(batches=lambda: once), CPU, PLENTY)
    with pytest.raises(UsageError, match="a fresh iterator each time"):
        list(source.take(1, 4))


def test_errors_name_the_line() -> None:
    def torn() -> Iterator[Tensor]:
        yield torch.ones(1)
        raise OSError("no shard")

    for memory in (PLENTY, 0):
        with pytest.raises(UsageError, match=r"fails in its batches: OSError: no shard \(test_batches.py, line \d+\)"):
            list(Batches(recipe(batches=torn), CPU, memory).take(1, 4))
