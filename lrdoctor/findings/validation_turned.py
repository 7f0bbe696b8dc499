"""The finding validation-turned: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.marks import points
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Validation turned: the validation loss was best well before the end and rose from there.

What it says: the lowest validation loss lies in the first four fifths of the run, and more than a tenth of what
validation had gained was given back by the end.
Why it matters: the steps after it were spent on the training data alone; the checkpoint to keep is the one at the
turn.
Where the training loss went on falling meanwhile it is overfitting: early stopping or regularisation helps. Where
training rose as well, it is not.
What it is not: overfitting is no sign of a wrong LR: a good LR overfits sooner than one too low, and lowering it only
puts off the turn.
Known false alarms: a small, noisy validation set; a loss that grows over-confident while accuracy still improves.
Evidence shown: where validation was lowest, marked, and what it gave back.
Limits used: TURNED, TURNED_BEFORE.
References: Prechelt 1998, "Early stopping, but when?"; Tuning Playbook, best step early in training.
"""

MIN_VALIDATIONS = 5  # validations; fewer show no turn


def check(case: Case) -> Finding | None:
    """The finding, if validation got worse again."""
    val = case.run.find(case.roles.val_loss)
    if val is None or case.curve is None or case.quality.diverged:
        return None
    good = np.isfinite(val.value)
    step, value = val.step[good], val.value[good]
    if len(value) < MIN_VALIDATIONS:
        return None
    at = int(value.argmin())
    lowest, start = float(value[at]), max(float(value[0]), case.curve.start)
    gained = start - lowest
    end = float(np.median(value[-max(1, len(value) // 10) :]))
    span = step[-1] - step[0]
    if gained <= 0 or span <= 0:
        return None
    given, when = (end - lowest) / gained, (step[at] - step[0]) / span
    if when > limits.TURNED_BEFORE or given <= limits.TURNED:
        return None
    return RULE.found(
        f"the validation loss was lowest, {lowest:.4g}, at step {step[at]:g} and ended at {end:.4g}"
        f"{_what_training_did(case, float(step[at]))}",
        value=given,
        limit=limits.TURNED,
        unit=limits.TURNED.unit,
        steps=(float(step[at]), float(step[-1])),
        series=case.roles.val_loss,
        drawn=(points(step[at : at + 1], value[at : at + 1], "lowest validation loss", f"{lowest:.4g}"),),
    )


def _what_training_did(case: Case, turn: float) -> str:
    """Whether the training loss fell from the turn on, beyond its noise: overfitting; "" where it cannot be said."""
    curve = case.curve
    if curve is None:
        return ""
    since = np.flatnonzero(curve.finite_step >= turn)
    if len(since) < 8:
        return ""
    loss = curve.loss[since]
    part = len(loss) // 4
    first, last = loss[:part], loss[-part:]
    error = float(np.hypot(np.std(first), np.std(last))) / np.sqrt(part) if part > 1 else np.inf
    fell = float(first.mean() - last.mean())
    if fell > 2 * error:
        return f", while training fell from {first.mean():.3g} to {last.mean():.3g}: overfitting, not the LR"
    return ", and training rose as well: no overfitting" if fell < -2 * error else ""


RULE = Rule("LR401", "validation-turned", Severity.INFO, PAGE, check)
