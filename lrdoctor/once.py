"""What follows from a run's settings alone is worked out once a mapping, which all runs beside one file share."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from lrdoctor.run import HParam, Layered

Answer = TypeVar("Answer")
Settings = Mapping[str, HParam]

KEPT = 16  # mappings whose answers are remembered; runs with settings of their own ask a few times in a row
LARGE = 200  # settings in files, from which on a log's own are laid over them rather than merged with them
_ABSENT = object()


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
        beneath = ((key, value) for key, value in of_one(settings.base).items() if key not in settings.own)
        return {key: value for key, value in settings.own.items() if matters(key)} | dict(beneath)

    return picked


def shared(settings: Settings, base: Settings | None) -> Settings:
    """A run's settings as those of the files beside it, `base`, with the log's own laid over them where it has some.

    Equal to `settings`, in the same order, and `settings` themselves where that cannot be had.
    """
    if base is None:
        return settings
    own = {key: value for key, value in settings.items() if base.get(key, _ABSENT) is not value}  # 1 is not True
    if len(settings) != len(base) + sum(key not in base for key in own):
        return settings
    if not own:
        return base
    if len(base) < LARGE or list(islice(settings, len(own))) != list(own):
        return settings
    return Layered(MappingProxyType(own), base)
