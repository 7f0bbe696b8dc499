"""Optuna studies as any of its storages holds them: trials as runs, and what a study without curves still tells.

A study tries settings.  Where its trials report values while they train (`trial.report(loss, step)`), each trial is a
run.  Where they only return a final value there is a ranking but no curve, and the ranking is the study's own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import displayable_name, run_name
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam, Note, Run, Source
from lrdoctor.vocabulary.tags import is_lr_name

LEAST_VALUES = 8  # reported by a trial: fewer are no curve whose slope or noise could be told
BEST = 5  # trials whose LRs a refusal names
MAX_TRIALS = 100_000
MAX_VALUES = 2_000_000  # reported by all trials, and as many parameters
TOO_MANY = f"an Optuna storage of more than {MAX_VALUES:,} values: copy the study you mean to a storage of its own"
COMPLETE = "COMPLETE"
MINIMIZE, MAXIMIZE = "MINIMIZE", "MAXIMIZE"


@dataclass(frozen=True)
class Trial:
    """One trial.

    Args:
        number: within its study, from 0.
        state: `COMPLETE`, `PRUNED`, `FAIL`, `RUNNING`, `WAITING`.
        params: what it tried, choices by name.
        value: the final objective, the first of several; None where it returned none.
        reported: (step, value) of what it reported on the way, in order of step.
    """

    number: int
    state: str
    params: Mapping[str, HParam] = field(default_factory=dict)
    value: float | None = None
    reported: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Study:
    """One study; `direction` is `MINIMIZE`, `MAXIMIZE`, or empty where unknown or where it has several objectives."""

    name: str
    direction: str
    trials: Sequence[Trial]


def runs(studies: Sequence[Study], source: Source) -> list[Run]:
    """A run for each trial that reported a curve; raises `UnreadableError`, with the ranking, where none did."""
    found: list[Run] = []
    bare = 0
    for study in studies:
        for trial in study.trials:
            if len(trial.reported) >= LEAST_VALUES:
                found.append(_run(study, trial, source))
            else:
                bare += 1
    if not found:
        raise UnreadableError(ranking(studies))
    if bare:
        trials = "1 trial" if bare == 1 else f"{bare:,} trials"
        note = Note("skipped", f"{trials} with fewer than {LEAST_VALUES} reported values left out")
        first = found[0]
        found[0] = Run(first.name, first.series, source, first.hparams, "step", [*first.notes, note])
    return found


def ranking(studies: Sequence[Study]) -> str:
    """The refusal of studies whose trials have no curves: what the largest one says by itself, and what to log."""
    if not studies:
        return "an Optuna storage without a study: name the one that the study was made with"
    study = max(studies, key=lambda study: len(study.trials))
    done = [trial for trial in study.trials if trial.state == COMPLETE and _is_finite(trial.value)]
    counted = f"{len(done):,} of {len(study.trials):,} trial{'s'[: len(study.trials) != 1]} completed"
    others = f" (the largest of {len(studies):,})" if len(studies) > 1 else ""
    name = f" {_displayable(study.name)}" if _displayable(study.name) else ""
    most = max((len(trial.reported) for trial in study.trials), default=0)
    reported = f"at most {most} reported values a trial" if most else "final values only"
    return (
        f"an Optuna study{name}{others} without curves ({counted}, {reported}){_best(done, study.direction)}; "
        f"lrdoctor judges curves: have every trial report its training loss with trial.report(loss, step), "
        f"{LEAST_VALUES} times or more, or name the trials' own logs"
    )


def _best(done: Sequence[Trial], direction: str) -> str:
    """Where the best completed trials lie, as the study itself ranks them."""
    lr = min((key for trial in done for key in trial.params if is_lr_name(key)), key=len, default=None)
    tried = [
        (trial.value or 0.0, rate, trial)
        for trial in done
        if lr and (rate := _positive(trial.params.get(lr))) is not None
    ]
    if not tried:
        return ": no parameter is a learning rate" if done else ""
    others = "" if all(len(trial.params) == 1 for trial in done) else ", with other parameters varied too"
    ranked = sorted(tried, key=lambda entry: entry[0], reverse=direction == MAXIMIZE)
    value, rate, best = ranked[0]
    if direction not in (MINIMIZE, MAXIMIZE):
        last, there, _ = ranked[-1]
        return (
            f": the lowest value, {value:.4g}, was at {lr} {rate:.3g}, the highest, {last:.4g}, at {there:.3g}{others}"
        )
    text = f": its own ranking has trial {best.number} first, {value:.4g} at {lr} {rate:.3g}"
    if len(ranked) > BEST:
        rates = [entry[1] for entry in ranked[:BEST]]
        text += f", and the best {BEST} between {min(rates):.3g} and {max(rates):.3g}"
    return text + others


def _run(study: Study, trial: Trial, source: Source) -> Run:
    # What is maximized is no loss, and must not be taken for one.
    tag = {MINIMIZE: "objective", MAXIMIZE: "objective (maximized)"}.get(study.direction, "objective (unknown)")
    points = Points()
    for step, value in trial.reported:
        points.add(tag, step, value)
    series, notes = points.joined()
    name = run_name(source.path, _displayable(study.name), part=f"trial {trial.number}")
    return Run(name, series, source, flatten(dict(trial.params)), "step", notes)


def _displayable(name: str) -> str:
    """A study's name, unless Optuna made it up or it names a person."""
    return "" if name.startswith("no-name-") else displayable_name(name)


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _positive(value: HParam) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < math.inf else None
