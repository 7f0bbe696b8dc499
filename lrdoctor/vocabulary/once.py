"""What follows from a run's settings alone is worked out once for a mapping, which all runs beside one file share."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from types import MappingProxyType
from typing import TypeVar

from lrdoctor.records.run import HParam, Layered

Answer = TypeVar("Answer")
Settings = Mapping[str, HParam]

CACHED_MAPPINGS = 16  # mappings whose answers are remembered; runs with settings of their own ask a few times in a row


class _ByIdentity:
    """A mapping compared as itself: its contents would take longer than what is remembered."""

    __slots__ = ("mapping",)

    def __init__(self, mapping: Settings) -> None:
        self.mapping = mapping

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.mapping is self.mapping

    def __hash__(self) -> int:
        return id(self.mapping)


def cached_by_mapping(function: Callable[[Settings], Answer]) -> Callable[[Settings], Answer]:
    """`function`, called once for each of the last few read-only mappings; for others, which may change, each time."""

    @lru_cache(maxsize=CACHED_MAPPINGS)
    def remembered(same: _ByIdentity) -> Answer:
        return function(same.mapping)

    @wraps(function)
    def asked(settings: Settings) -> Answer:
        return (
            remembered(_ByIdentity(settings))
            if isinstance(settings, MappingProxyType | Layered)
            else function(settings)
        )

    return asked


def settings_filter(matters: Callable[[str], bool]) -> Callable[[Settings], dict[str, HParam]]:
    """A function that picks, in order, the settings whose names matter; of what many runs share it does so once."""

    @cached_by_mapping
    def of_one(settings: Settings) -> dict[str, HParam]:
        return {key: value for key, value in settings.items() if matters(key)}

    def picked(settings: Settings) -> dict[str, HParam]:
        if not isinstance(settings, Layered):
            return of_one(settings)
        own = {key: value for key, value in settings.own.items() if matters(key)}
        return dict(Layered(own, of_one(settings.base), last=settings.last))

    return picked
