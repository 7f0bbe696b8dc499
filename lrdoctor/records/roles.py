"""Which series of a run plays which part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Roles:
    """Which tag of a run plays which part; None where the log has no such series.

    `why` maps each part that was filled to the reason (`name`, `--loss`, ...), and a part that could not be filled to
    what stood in the way.
    """

    loss: str | None = None
    val_loss: str | None = None
    lr: str | None = None
    grad_norm: str | None = None
    accuracy: str | None = None
    val_accuracy: str | None = None
    why: Mapping[str, str] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        # A mapping that cannot be written to cannot be pickled either.
        tags = (self.loss, self.val_loss, self.lr, self.grad_norm, self.accuracy, self.val_accuracy)
        return type(self), (*tags, dict(self.why))
