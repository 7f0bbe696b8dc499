"""Which series is the training loss, the validation loss, the LR, the gradient norm, the accuracy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Roles:
    """Which tag of a run plays which part; None where the log has no such series.

    `why` maps each part that was filled to the reason (`name`, `--loss`, `sum of components`, ...).
    """

    loss: str | None = None
    val_loss: str | None = None
    lr: str | None = None
    grad_norm: str | None = None
    accuracy: str | None = None
    val_accuracy: str | None = None
