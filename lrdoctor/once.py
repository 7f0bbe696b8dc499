"""What follows from a run's settings alone is worked out once a mapping, which all runs beside one file share."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from operator import is_
from types import MappingProxyType
from typing import TypeVar

from lrdoctor.run import HParam

Answer = TypeVar("Answer")
Settings = Mapping[str, HParam]

KEPT = 16  # mappings whose answers are remembered; runs with settings of their own ask a few times in a row


class _Same:
    """A mapping compared as itself: its contents would take longer than what is remembered."""

    __slots__ = ("held",)

    def __init__(self, held: Settings) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


def once_a_mapping(function: Callable[[Settings], Answer]) -> Callable[[Settings], Answer]:
    """`function`, asked once for each of the last few read-only mappings; others may change, so they are asked anew."""

    @lru_cache(maxsize=KEPT)
    def remembered(same: _Same) -> Answer:
        return function(same.held)

    @wraps(function)
    def asked(settings: Settings) -> Answer:
        return remembered(_Same(settings)) if isinstance(settings, MappingProxyType) else function(settings)

    return asked


def shared(settings: Settings, known: dict[int, list[Settings]]) -> Settings:
    """The equal mapping met before, else this one; `known` is kept by the caller for as long as runs are compared.

    Equal means the same objects in the same order, as several logs get them from one settings file: `1` is not `True`.
    """
    alike = known.setdefault(len(settings), [])
    for one in alike:
        if all(map(is_, one, settings)) and all(map(is_, one.values(), settings.values())):
            return one
    alike.append(settings)
    del alike[:-KEPT]
    return settings
