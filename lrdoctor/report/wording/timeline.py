"""How a run broke, as a table and in a sentence."""

import math
from dataclasses import dataclass

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.onset import Cause, Moment
from lrdoctor.report.wording.numbers import learning_rate, number, position
from lrdoctor.report.wording.provenance import clock

CAUSES = {
    Cause.LEARNING_RATE: "Probably the learning rate",
    Cause.SOMETHING_ELSE: "Probably not the learning rate",
    Cause.UNCLEAR: "Not clear whether it was the learning rate",
}


@dataclass(frozen=True)
class TimelineRow:
    """A moment of the timeline; cells are "" where the log does not say."""

    what: str
    step: str
    lr: str
    loss: str
    grad_norm: str
    time: str


def timeline(diagnosis: Diagnosis) -> tuple[TimelineRow, ...]:
    """The last calm step, the first off its trend, the first that was not finite; empty where the run did not break."""
    onset = diagnosis.onset
    if onset is None:
        return ()
    moments = (
        ("last calm step", onset.calm),
        ("first step off its trend", onset.off_trend),
        ("first that is not finite", onset.non_finite),
    )
    return tuple(_row(what, moment, diagnosis.lr) for what, moment in moments if moment is not None)


def _row(what: str, moment: Moment, peak: float | None) -> TimelineRow:
    constant = "" if peak is None else f"{learning_rate(peak)} (peak)"
    return TimelineRow(
        what,
        position(moment.step),
        constant if moment.lr is None or not math.isfinite(moment.lr) else learning_rate(moment.lr),
        number(moment.loss),
        "" if moment.grad_norm is None else number(moment.grad_norm),
        "" if moment.wall_time is None else clock(moment.wall_time),
    )


def cause_words(diagnosis: Diagnosis) -> str:
    """Whether the learning rate broke the run, and what says so; "" where it did not break."""
    onset = diagnosis.onset
    return "" if onset is None else f"{CAUSES[onset.cause]}: {clean(onset.why)}."
