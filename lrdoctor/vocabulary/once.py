"""What follows from a run's settings alone is worked out once a mapping, which all runs beside one file share."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from types import MappingProxyType
from typing import TypeVar

from lrdoctor.records.run import HParam, Layered

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
        return remembered(_Same(settings)) if isinstance(settings, MappingProxyType | Layered) else function(settings)

    return asked


def narrowed(matters: Callable[[str], bool]) -> Callable[[Settings], dict[str, HParam]]:
    """What picks, in order, the settings whose names matter; of what many runs share it does so once."""

    @once_a_mapping
    def of_one(settings: Settings) -> dict[str, HParam]:
        return {key: value for key, value in settings.items() if matters(key)}

    def picked(settings: Settings) -> dict[str, HParam]:
        if not isinstance(settings, Layered):
            return of_one(settings)
        own = {key: value for key, value in settings.own.items() if matters(key)}
        return dict(Layered(own, of_one(settings.base), last=settings.last))

    return picked
