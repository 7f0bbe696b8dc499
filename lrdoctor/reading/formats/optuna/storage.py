"""Optuna's storages: an SQLite database, a `journal.log`, and a table of trials (`trials_dataframe().to_csv(...)`).

    studies (study_id, study_name)                       study_directions (study_id, direction, objective)
    trials (trial_id, number, study_id, state)           trial_params (trial_id, param_name, param_value, ...)
    trial_values (trial_id, objective, value, ...)       trial_intermediate_values (trial_id, step, ...)
    number,value,datetime_start,...,params_lr,params_optimizer,state

A value that is not finite is stored as its type: FINITE, INF_POS, INF_NEG or NAN.
"""

import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.optuna import journal
from lrdoctor.reading.formats.optuna.distribution import setting
from lrdoctor.reading.formats.optuna.study import (
    MAX_TRIALS,
    MAX_VALUES,
    MAXIMIZE,
    MINIMIZE,
    TOO_MANY,
    Study,
    Trial,
    ranking,
    runs,
)
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing import sqlite_file
from lrdoctor.reading.parsing.cost import Cost, by_and_by
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import first_rows
from lrdoctor.reading.parsing.table_columns import read_table
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import HParam, Run, Source

NAME = "optuna"
TABLES = ("studies", "trials", "trial_params", "trial_values")
PARAM = "params_"  # how a table of trials begins a parameter's name
MAX_STUDIES = 1_000
_NON_FINITE = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


def recognise(head: Head) -> str | None:
    """By the tables of Optuna's schema, a journal's operations, or the columns of a table of trials."""
    if sqlite_file.declares(head, *TABLES):
        return "Optuna's tables studies, trials and trial_params"
    rows = first_rows(head, most=5)
    if rows:
        return "operations of an Optuna journal" if all(map(journal.is_operation, rows)) else None
    layout = sniff(head)
    if layout is None or not {"number", "state"} <= set(layout.names) or not {"value", "values_0"} & set(layout.names):
        return None
    return "the columns of an Optuna trials table" if any(map(_is_param, layout.names)) else None


def cost(head: Head) -> Cost:
    """A database may have to be copied; a journal and a table are read by and by."""
    return sqlite_file.cost(head) if head.data.startswith(sqlite_file.MAGIC) else by_and_by(head)


def read(source: Source) -> list[Run]:
    """A run for each trial with a curve; raises `UnreadableError`, with the study's ranking, where none has one."""
    path = source.files[0]
    head = look(path)
    if head.data.startswith(sqlite_file.MAGIC):
        with sqlite_file.opened(path) as database:
            return runs(_studies(database), source)
    if head.text.lstrip().startswith("{"):
        studies, notes = journal.studies(path)
        found = runs(studies, source)
        return [replace(found[0], notes=[*found[0].notes, *notes]), *found[1:]]
    raise UnreadableError(ranking(_table_of_trials(path)))


def _studies(database: Connection) -> list[Study]:
    for table in TABLES:
        if not sqlite_file.columns(database, table):
            raise UnreadableError(f"a database like Optuna's, but without its table {table}: copy it again")
    params = _params(database)
    values, reported = _values(database)
    trials: dict[int, list[Trial]] = defaultdict(list)
    columns = sqlite_file.columns(database, "trials")
    number, final = (name if name in columns else "NULL" for name in ("number", "value"))
    rows = database.execute(
        f"SELECT trial_id, study_id, {number}, {final}, state FROM trials ORDER BY trial_id LIMIT ?",  # noqa: S608
        (MAX_TRIALS,),
    )
    for trial, study, place, value, state in rows:
        if isinstance(trial, int) and isinstance(study, int):
            own = trials[study]
            own.append(
                Trial(
                    # The first versions numbered no trials: their ids are in the same order.
                    place if isinstance(place, int) else len(own),
                    str(state),
                    params.get(trial, {}),
                    values.get(trial, float(value) if sqlite_file.is_number(value) else None),
                    sorted(reported.get(trial, ()), key=lambda point: point[0]),
                )
            )
    names = database.execute("SELECT study_id, study_name FROM studies ORDER BY study_id LIMIT ?", (MAX_STUDIES,))
    directions = _directions(database)
    return [Study(str(name), directions.get(study, ""), trials[study]) for study, name in names]


def _directions(database: Connection) -> dict[object, str]:
    """Of each study with one objective, whether it is minimized; the first versions kept it beside the name."""
    if sqlite_file.columns(database, "study_directions"):
        rows = database.execute("SELECT study_id, direction FROM study_directions LIMIT ?", (MAX_STUDIES * 8,))
    elif "direction" in sqlite_file.columns(database, "studies"):
        rows = database.execute("SELECT study_id, direction FROM studies LIMIT ?", (MAX_STUDIES,))
    else:
        return {}
    found: dict[object, str] = {}
    for study, direction in rows:
        found[study] = "" if study in found or direction not in (MINIMIZE, MAXIMIZE) else direction
    return found


def _params(database: Connection) -> dict[int, dict[str, HParam]]:
    params: dict[int, dict[str, HParam]] = defaultdict(dict)
    rows = database.execute(
        "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params ORDER BY rowid LIMIT ?",
        (MAX_VALUES + 1,),
    )
    for trial, name, value, distribution in rows:
        if isinstance(trial, int) and isinstance(name, str):
            params[trial][name] = setting(value, distribution)
    return params


def _values(database: Connection) -> tuple[dict[int, float], dict[int, list[tuple[float, float]]]]:
    """Of each trial its final value, the first of several, and what it reported on the way."""
    final: dict[int, tuple[float, float]] = {}
    for trial, objective, value in _rows(database, "trial_values", "objective", "value", "value_type"):
        if trial not in final or objective < final[trial][0]:
            final[trial] = objective, value
    told = _rows(database, "trial_intermediate_values", "step", "intermediate_value", "intermediate_value_type")
    # Before version 2.4 a trial had one value, and `trial_values` held what it had reported.
    told = told or _rows(database, "trial_values", "step", "value", "value_type")
    reported: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for trial, step, value in told:
        reported[trial].append((step, value))
    return {trial: value for trial, (_, value) in final.items()}, reported


def _rows(database: Connection, table: str, place: str, value: str, kind: str) -> list[tuple[int, float, float]]:
    """Of each row its trial, its step or objective, and its value; empty where the table has no such columns."""
    columns = sqlite_file.columns(database, table)
    if not {"trial_id", place, value} <= columns:
        return []
    kind = kind if kind in columns else "NULL"  # since version 3
    rows = database.execute(
        f"SELECT trial_id, {place}, {value}, {kind} FROM {table} ORDER BY rowid LIMIT ?",  # noqa: S608
        (MAX_VALUES + 1,),
    )
    found = []
    for trial, at, stored, written in rows:
        number = _NON_FINITE.get(written, stored) if isinstance(written, str) else stored
        if isinstance(trial, int) and sqlite_file.is_number(at) and sqlite_file.is_number(number):
            found.append((trial, float(at), float(number)))
    if len(found) > MAX_VALUES:
        raise UnreadableError(TOO_MANY)
    return found


def _table_of_trials(path: Path) -> list[Study]:
    """The trials of a table; its several studies apart, without a direction, which it does not hold."""
    columns = {column.name: column for column in read_table(path).columns}
    value = columns.get("value") or columns["values_0"]
    state, number = columns["state"], columns["number"]
    params = {name.removeprefix(PARAM): column for name, column in columns.items() if _is_param(name)}
    study = columns.get("study_name")
    trials: dict[str, list[Trial]] = defaultdict(list)
    for row in range(min(len(value.value), MAX_TRIALS)):
        label = "" if study is None or study.label is None or study.label[row] < 0 else study.labels[study.label[row]]
        trials[label].append(
            Trial(
                int(number.value[row]) if np.isfinite(number.value[row]) else row,
                "" if state.label is None or state.label[row] < 0 else state.labels[state.label[row]],
                {name: float(column.value[row]) for name, column in params.items() if column.present[row]},
                float(value.value[row]) if value.present[row] else None,
            )
        )
    return [Study(name, "", several) for name, several in trials.items()]


def _is_param(name: str) -> bool:
    return name.startswith(PARAM)


READER = Reader(NAME, "Optuna studies (SQLite, journal.log)", recognise, read, cost=cost)
