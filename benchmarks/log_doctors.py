"""Log doctors from PyPI that a user might pick instead: runmedic, training-doctor, sk-autod, read kindly.

Their words become our verdicts, and what they suggest becomes a factor on the LR. Kindly means: they see the log in the
shape that they ask for, findings that do not speak of the LR count for nothing, silence is `well-tuned`, and the rule
that every baseline is given (`blew_up`) is theirs too. Needs the group `bench`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.baselines import blew_up
from benchmarks.metrics import WORDS, Answer
from benchmarks.rows import Row, as_run
from lrdoctor.records.run import Floats, Run

UNNAMED = 10.0  # times more or less, where a tool says which way and not how far, as in `baselines.times_ten`
POINTS = 400  # of a log that training-doctor sees, whose windows are 20 to 500 points long
FEWEST_EPOCHS, MOST_EPOCHS = 5, 100  # that sk-autod is shown; it refuses fewer than five


@dataclass(frozen=True)
class Reading:
    """A verdict in our words, the factor on the LR, and the probability stated (1 where none is)."""

    verdict: str
    factor: float
    confidence: float = 1.0


SILENT = Reading("well-tuned", 1.0)


def factor_in(suggestions: Sequence[str]) -> float | None:
    """The factor on the LR that words suggest; None where none of them moves the LR.

    >>> factor_in(["Clip gradients", "Try a 10x higher learning rate for a few hundred steps"])
    10.0
    >>> factor_in(["Reduce learning rate from 1.00e-02 to ~3.00e-03"])
    0.3
    """
    for words in suggestions:
        if not re.search(r"\b(learning rate|LR)\b", words):
            continue
        lower = re.search(r"\b(lower|reduce)\b", words, re.IGNORECASE) is not None
        if not lower and not re.search(r"\b(increase|higher|raise)\b", words, re.IGNORECASE):
            continue
        exact = re.search(r"from ([\d.e+-]+) to ~([\d.e+-]+)", words)
        if exact and float(exact[1]) > 0:
            return round(float(exact[2]) / float(exact[1]), 1)  # they print three digits
        times = re.search(r"(?:(\d+)-)?(\d+)x\b", words)
        by = float(int(times[1] or times[2]) * int(times[2])) ** 0.5 if times else UNNAMED
        return 1 / by if lower else by
    return None


def first_reading(
    found: Sequence[tuple[str, Sequence[str], float]], verdict_of: Mapping[str, str], usual: Mapping[str, float]
) -> Reading:
    """The first finding that speaks of the LR.

    Args:
        found: name, suggestions and confidence of each finding, the gravest first.
        verdict_of: verdicts by the names of the findings that speak of the LR.
        usual: factors by verdict, for suggestions that name none.
    """
    for name, suggestions, confidence in found:
        verdict = verdict_of.get(name)
        if verdict is not None:
            return Reading(verdict, factor_in(suggestions) or usual[verdict], confidence)
    return SILENT


USUAL = {"divergent": 1 / UNNAMED, "too-high": 1 / UNNAMED, "too-slow": UNNAMED}
# A divergence that lost less than all progress is a warning only: the run still learned.
RUNMEDIC = {
    "non_finite": "divergent",
    "divergence/critical": "divergent",
    "divergence/warning": "too-high",
    "no_learning/warning": "too-slow",
    "loss_spikes/warning": "too-high",
    "grad_spikes/warning": "too-high",
}
TRAINING_DOCTOR = {"lr_too_high": "too-high", "lr_too_low": "too-slow", "gradient_instability": "too-high"}
SK_AUTOD = {
    "Exploding gradient": "too-high",
    "LR too high": "too-high",
    "LR too low": "too-slow",
    "Noisy training": "too-high",
    "Underfitting": "too-slow",
}


def runmedic(run: Run) -> Reading:
    """What runmedic says of all series of a run."""
    from runmedic import checks, model, roles

    theirs = model.Run(run.name, "csv", run.name)
    for name, series in run.series.items():
        kept = theirs.get(name)
        for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
            kept.add(step, value)
    theirs.finalize()
    found = []
    for one in checks.run_checks(theirs, roles.detect(theirs)):
        name = one.check if one.check in RUNMEDIC else f"{one.check}/{one.severity}"
        found.append((name, one.fixes, 1.0))
    return first_reading(found, RUNMEDIC, USUAL)


def training_doctor(run: Run) -> Reading:
    """What training-doctor says of a log at its end."""
    from training_doctor import Doctor

    loss, lr, val = run.series["train_loss"], run.series.get("lr"), run.series.get("val_loss")
    events: list[tuple[float, str, float]] = []
    for name, series in (("loss", loss), ("lr", lr), ("eval_loss", val)):
        if series is not None:
            at = np.unique(np.linspace(0, len(series) - 1, min(POINTS, len(series))).astype(int))
            events += [(float(series.step[i]), name, float(series.value[i])) for i in at]
    doctor = Doctor()
    for step, name, value in sorted(events, key=lambda event: event[0]):
        doctor.store.log(int(step), **{name: value})
    said = doctor.check()
    found = [(one.detector_name, one.suggestions, float(one.confidence)) for one in said]
    return first_reading(sorted(found, key=lambda one: -one[2]), TRAINING_DOCTOR, USUAL)


def sk_autod(run: Run) -> Reading:
    """What sk-autod says of mean training losses between validations; a curve that is not finite it refuses."""
    import sk_autod as tool

    train, validation = epochs(run)
    if not (np.isfinite(train).all() and np.isfinite(validation).all()):
        return Reading("divergent", 1 / UNNAMED)
    found = [
        (one.detector_name, [one.recommendation], float(one.confidence))
        for one in tool.diagnose(train.tolist(), validation.tolist()).findings
    ]
    return first_reading(found, SK_AUTOD, USUAL)


def epochs(run: Run) -> tuple[Floats, Floats]:
    """Training and validation losses, shape (epochs,) each; the first twice where the log has no validation."""
    loss, val = run.series["train_loss"], run.series.get("val_loss")
    wanted = len(val) - 1 if val is not None else len(loss) // 10
    count = min(len(loss), max(FEWEST_EPOCHS, min(MOST_EPOCHS, wanted)))
    with np.errstate(over="ignore", invalid="ignore"):
        train = np.array([part.mean() for part in np.array_split(loss.value, count)])
    if val is None or len(val) < 2:
        return train, train
    ends = np.array([part[-1] for part in np.array_split(loss.step, count)])
    return train, np.interp(ends, val.step, val.value)


DOCTORS: Mapping[str, Callable[[Run], Reading]] = {
    "runmedic": runmedic,
    "training-doctor": training_doctor,
    "sk-autod": sk_autod,
}


def log_doctor(name: str, rows: Sequence[Row], variant: str) -> list[Answer]:
    """The answers of one of DOCTORS on what the variant's logs show."""
    return [as_answer(DOCTORS[name](run), run) for run in (as_run(row, variant) for row in rows)]


def as_answer(said: Reading, run: Run) -> Answer:
    """A reading as the metrics take it: what the tool leaves of its probability goes to the other verdicts alike."""
    if blew_up(run.series["train_loss"].value):
        return Answer("divergent", {"divergent": 1.0}, said.factor if said.factor < 1 else 1 / UNNAMED, None)
    rest = (1 - said.confidence) / (len(WORDS) - 1)
    p = {word: said.confidence if word == said.verdict else rest for word in WORDS}
    return Answer(said.verdict, p, said.factor, None)
