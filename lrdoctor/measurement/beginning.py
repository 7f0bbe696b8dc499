"""Does a log hold the beginning of its training?  Resumed runs, excerpts and pasted lines do not.

What a run looked like at its start is half of what a curve says.  Where the log begins later, every measure that needs
the start is missing, not wrong.
"""

import math

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.loss_curve import typical_gap
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.vocabulary.untrained import resumed_from, untrained_loss


def missing_beginning(run: Run, roles: Roles, loss: Series) -> str:
    """What says that the log of `run` begins in the middle of its training, in words; "" where it begins at the start.

    Args:
        run: the log.
        roles: which series is what.
        loss: its training loss, of a point at least.
    """
    counted = any(note.code == "steps-invented" for note in run.notes)
    if not counted and (late := _begins_late(loss.step, run.step_axis)):
        return late
    if late := _late_epoch(run):
        return late
    source, learned = resumed_from(run.hparams), _below_untrained(run, loss.value)
    if source and (counted or learned):
        return f"the settings say that it goes on from {source}"
    if not counted:
        return ""
    if late := _past_its_peak(run, roles) or learned:
        return late
    if len(loss) <= limits.EXCERPT_LINES and not _comes_down(loss.value):
        return f"{len(loss)} lines without a step, and nothing shows that they are a run's first"
    return ""


def _begins_late(step: Floats, axis: str) -> str:
    """The first step stands many logging intervals after 0."""
    if len(step) < 2 or step[0] <= limits.LATE_START * typical_gap(step):
        return ""
    return f"this log begins at {axis} {float(step[0]):,.6g}"


def _late_epoch(run: Run) -> str:
    """The first epoch that is named is not the first one of a training."""
    epochs = next((s for tag, s in run.series.items() if tag.rpartition("/")[2].lower() in {"epoch", "epochs"}), None)
    if epochs is None or not len(epochs) or not math.isfinite(first := float(epochs.value[0])):
        return ""
    changes = np.diff(epochs.value)
    changes = changes[changes > 0]
    gap = float(np.median(changes)) if len(changes) else 1.0
    return "" if first < 2 or first <= limits.LATE_START * gap else f"this log begins in epoch {first:,.6g}"


def _past_its_peak(run: Run, roles: Roles) -> str:
    """The LR falls from the first line on, from well below the peak that the settings name."""
    series = run.find(roles.lr)
    peak = run.hparams.get("lr", run.hparams.get("learning_rate"))
    if series is None or len(series) < 3 or not isinstance(peak, int | float) or isinstance(peak, bool):
        return ""
    value = series.value
    falls = bool(np.all(np.diff(value) <= 0)) and value[0] < limits.PAST_PEAK * peak
    return f"the LR begins at {float(value[0]):,.6g}, past its peak of {float(peak):,.6g}" if falls else ""


def _below_untrained(run: Run, value: Floats) -> str:
    """The first loss lies far below what an untrained model has, where the settings say what that is."""
    untrained = untrained_loss(run.hparams)
    first = float(value[0])
    if untrained is None or not first < limits.TRAINED_ALREADY * untrained:
        return ""
    return f"the first loss is {first:,.6g}, and an untrained model's is {untrained:,.6g}"


def _comes_down(value: Floats) -> bool:
    """Whether losses, shape (n,), come down as a run's first ones do: far, and mostly at once."""
    finite = value[np.isfinite(value)]
    if len(finite) < 4:
        return False
    third = max(1, len(finite) // 3)
    first, middle, last = finite[0], float(np.median(finite[third : 2 * third])), float(np.median(finite[-third:]))
    return bool(first - last > limits.STARTS * abs(first) and first - middle > middle - last)
