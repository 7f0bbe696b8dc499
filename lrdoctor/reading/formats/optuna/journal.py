"""Optuna's `journal.log`: one operation a line, in the order they were made.

    {"op_code":0,"worker_id":"...","study_name":"demo","directions":[1]}
    {"op_code":4,"worker_id":"...","study_id":0,"datetime_start":"2026-..."}
    {"op_code":5,"worker_id":"...","trial_id":0,"param_name":"lr","param_value_internal":0.01,"distribution":"{...}"}
    {"op_code":7,"worker_id":"...","trial_id":0,"step":3,"intermediate_value":NaN}
    {"op_code":6,"worker_id":"...","trial_id":0,"state":1,"values":[0.5]}

Studies and trials have no numbers of their own: each is the next one made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.optuna.distribution import setting
from lrdoctor.reading.formats.optuna.study import MAX_TRIALS, MAX_VALUES, MAXIMIZE, MINIMIZE, TOO_MANY, Study, Trial
from lrdoctor.reading.parsing.json_lines import JsonLines, JsonRow, number
from lrdoctor.records.run import HParam, Note

CREATE_STUDY, DELETE_STUDY = 0, 1
CREATE_TRIAL, SET_PARAM, SET_STATE, SET_INTERMEDIATE = 4, 5, 6, 7
STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
FINISHED = frozenset({"COMPLETE", "PRUNED", "FAIL"})
DIRECTIONS = {1: MINIMIZE, 2: MAXIMIZE}


@dataclass
class _Trial:
    state: str = "RUNNING"
    value: float | None = None
    params: dict[str, HParam] = field(default_factory=dict)
    reported: dict[float, float] = field(default_factory=dict)


@dataclass
class _Study:
    name: str
    direction: str
    trials: list[_Trial] = field(default_factory=list)
    deleted: bool = False


_Made = TypeVar("_Made", _Study, _Trial)


def is_operation(row: JsonRow) -> bool:
    """Whether a line is one of a journal's operations."""
    return isinstance(row.get("op_code"), int) and isinstance(row.get("worker_id"), str)


def studies(path: Path) -> tuple[list[Study], list[Note]]:
    """The studies that a journal's operations add up to; raises `UnreadableError` where there are too many trials."""
    made: list[_Study] = []
    trials: list[_Trial] = []
    rows = JsonLines(path)
    values = 0
    for row in rows:
        code = row.get("op_code")
        if code == CREATE_STUDY:
            _create_study(row, made)
        elif code in (DELETE_STUDY, CREATE_TRIAL):
            study = _picked(made, row.get("study_id"))
            if study is None or study.deleted:
                continue
            if code == DELETE_STUDY:
                study.deleted = True
                continue
            if len(trials) == MAX_TRIALS:
                raise UnreadableError(TOO_MANY)
            trials.append(_new_trial(row))
            study.trials.append(trials[-1])
        else:
            trial = _picked(trials, row.get("trial_id"))
            if trial is None or trial.state in FINISHED:  # Optuna ignores what comes after the end
                continue
            values += 1
            if values > MAX_VALUES:
                raise UnreadableError(TOO_MANY)
            _change(trial, code, row)
    return [_frozen(study) for study in made if not study.deleted], rows.notes


def _create_study(row: JsonRow, made: list[_Study]) -> None:
    name, directions = row.get("study_name"), row.get("directions")
    if not isinstance(name, str) or any(study.name == name and not study.deleted for study in made):
        return
    only = directions[0] if isinstance(directions, list) and len(directions) == 1 else None
    made.append(_Study(name, DIRECTIONS.get(only, "") if isinstance(only, int) else ""))


def _new_trial(row: JsonRow) -> _Trial:
    """A trial as it was made: empty, or complete where it was added from elsewhere."""
    trial = _Trial()
    _set_state(trial, row)
    distributions, params, reported = (row.get(key) for key in ("distributions", "params", "intermediate_values"))
    if isinstance(params, dict) and isinstance(distributions, dict):
        trial.params |= {key: setting(value, distributions.get(key)) for key, value in params.items()}
    if isinstance(reported, dict):
        for step, value in reported.items():
            _report(trial, step, value)
    if trial.value is None:
        trial.value = number(row.get("value"))
    return trial


def _change(trial: _Trial, code: object, row: JsonRow) -> None:
    if code == SET_PARAM:
        name = row.get("param_name")
        if isinstance(name, str):
            trial.params[name] = setting(row.get("param_value_internal"), row.get("distribution"))
    elif code == SET_STATE:
        _set_state(trial, row)
    elif code == SET_INTERMEDIATE:
        _report(trial, row.get("step"), row.get("intermediate_value"))


def _set_state(trial: _Trial, row: Mapping[str, object]) -> None:
    state, values = row.get("state"), row.get("values")
    if isinstance(state, int) and 0 <= state < len(STATES):
        trial.state = STATES[state]
    if isinstance(values, list) and values:
        trial.value = number(values[0])


def _report(trial: _Trial, step: object, value: object) -> None:
    at, reported = number(step), number(value)
    if at is not None and reported is not None:
        trial.reported[at] = reported


def _picked(made: Sequence[_Made], place: object) -> _Made | None:
    return made[place] if isinstance(place, int) and 0 <= place < len(made) else None


def _frozen(study: _Study) -> Study:
    trials = [
        Trial(place, trial.state, trial.params, trial.value, sorted(trial.reported.items()))
        for place, trial in enumerate(study.trials)
    ]
    return Study(study.name, study.direction, trials)
