"""A trainer with nothing behind it, for code that asks the one it is attached to."""

from collections.abc import Iterator
from typing import Any


class Nothing:
    """Takes every call, attribute and item, and does nothing: false, empty, and the same throughout."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> Any:
        """Do nothing."""
        return self

    def __getitem__(self, _: object) -> Any:
        return self

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __deepcopy__(self, _: object) -> Any:
        return self


NOTHING = Nothing()


class StandIn:
    """Says of a trainer what it was told; everything else is `Nothing`, such as loggers and progress bars."""

    barebones = False
    callback_metrics: dict[str, Any] = {}  # noqa: RUF012 - nothing writes to it
    current_epoch = 0
    global_rank = local_rank = node_rank = 0
    global_step = 0
    is_global_zero = True
    num_devices = num_nodes = world_size = 1
    training = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return NOTHING

    def __deepcopy__(self, _: object) -> "StandIn":
        return self

    def set_facts(self, **facts: object) -> None:
        """Set what it says."""
        vars(self).update(facts)
