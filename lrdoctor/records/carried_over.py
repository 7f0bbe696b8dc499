"""An answer carried over to a run of another length or batch size."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NextRun:
    """What the next run will be; None is as now.

    Args:
        steps: optimizer steps.
        batch: examples per optimizer step.
    """

    steps: int | None = None
    batch: int | None = None


@dataclass(frozen=True)
class CarriedOver:
    """The LR for such a run.

    Args:
        run: the run it is for.
        lr: its LR; None where nothing could be carried over.
        factor: that LR over the one suggested for a run as long and with as large a batch as now; None likewise.
        interval: 80 % interval of the band's middle there, absolute; None likewise.
        reason: how the best LR moves and who says so, or why nothing could be carried over; one line.
    """

    run: NextRun
    lr: float | None
    factor: float | None
    interval: tuple[float, float] | None
    reason: str
