"""How a run broke: its last calm step, the first one off its trend, the first that was not finite."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Moment:
    """One step of a run, and what the log says of it.

    Args:
        step: on the run's step axis.
        loss: the training loss there.
        lr: the LR logged there or last before; None where no LR is logged by step.
        grad_norm: the gradient norm, likewise.
        wall_time: Unix seconds, where the log has them.
    """

    step: float
    loss: float
    lr: float | None = None
    grad_norm: float | None = None
    wall_time: float | None = None


class Cause(StrEnum):
    """Whether the learning rate broke the run, as far as the log tells."""

    LEARNING_RATE = "learning-rate"
    SOMETHING_ELSE = "something-else"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Onset:
    """How a run broke.

    Args:
        calm: the last step on the trend; None where the log begins off it.
        off_trend: the first step off its trend for good; None where the loss was calm until it was not finite.
        non_finite: the first step from which on no loss is finite; None where the loss stays finite.
        cause: whether it was the LR.
        why: what says so, one line without a full stop.
    """

    calm: Moment | None
    off_trend: Moment | None
    non_finite: Moment | None
    cause: Cause
    why: str
