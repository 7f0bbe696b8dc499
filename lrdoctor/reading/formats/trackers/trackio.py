"""Trackio's database of a project: many runs in one SQLite file, and what it exports of it as Parquet.

    metrics (run_id, timestamp, run_name, step, metrics)     metrics: {"train/loss": 2.3, "lr": 0.1}, NaN as "NaN"
    configs (run_id, run_name, config)                       config: {"lr": 0.1, "optimizer": "SGD", "_Created": "..."}

The first versions had no `run_id`: a run's name told it then.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from sqlite3 import Connection

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing import sqlite_file
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import numbers
from lrdoctor.reading.parsing.points import MAX_POINTS, Points
from lrdoctor.reading.parsing.run_names import displayable_name
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam, Run, Source

NAME = "trackio"
MAX_RUNS = 20_000
TABLES = ("metrics", "configs")
COLUMNS = frozenset({"run_name", "step", "metrics"})
OWN = "_"  # settings that Trackio adds: who ran it, and when


def recognise(head: Head) -> str | None:
    """By its two tables, and columns that no other tracker has."""
    if sqlite_file.declares(head, *TABLES) and sqlite_file.has_columns(head, "metrics", COLUMNS):
        return "Trackio's tables metrics and configs"
    return None


def read(source: Source) -> list[Run]:
    """Every run with a curve, in the order begun; raises `UnreadableError` where there is none."""
    with sqlite_file.opened(source.files[0]) as database:
        names, points = _points(database)
        settings = _settings(database)
    told = Counter(names.values())
    runs = []
    for key, own in points.items():
        series, notes = own.joined()
        if any(len(one) > 1 for one in series.values()):
            name = displayable_name(names[key], key) or "run"
            twice = f" ({key[:8]})" if told[names[key]] > 1 else ""
            runs.append(Run(name + twice, series, source, settings.get(key, {}), "step", notes))
    if not runs:
        raise UnreadableError("a Trackio database without a curve: log the loss during training with trackio.log")
    return runs


def _points(database: Connection) -> tuple[dict[str, str], dict[str, Points]]:
    """For each run, by its id, its name and its points in the order written."""
    columns = sqlite_file.columns(database, "metrics")
    if not columns >= COLUMNS:
        raise UnreadableError("a Trackio database of an unknown version: export the project as CSV")
    run_id = "run_id" if "run_id" in columns else "run_name"
    time = "timestamp" if "timestamp" in columns else "NULL"
    names: dict[str, str] = {}
    points: dict[str, Points] = {}
    count = 0
    rows = database.execute(f"SELECT {run_id}, run_name, {time}, step, metrics FROM metrics ORDER BY rowid")  # noqa: S608
    for key, name, at, step, text in rows:
        told = _object(text)
        if not isinstance(key, str) or not sqlite_file.is_number(step) or not told:
            continue
        if key not in points and len(points) == MAX_RUNS:
            raise UnreadableError(f"a Trackio database of more than {MAX_RUNS:,} runs: export one run as CSV")
        names.setdefault(key, str(name))
        own = points.setdefault(key, Points())
        wall_time = seconds(at)
        for tag, value in numbers(told):
            count += 1
            own.add(tag, float(step), value, wall_time)
        if count > MAX_POINTS:
            raise UnreadableError(f"a Trackio database of more than {MAX_POINTS:,} values: export one run as CSV")
    return names, points


def _settings(database: Connection) -> dict[str, dict[str, HParam]]:
    """For each run, by its id, its settings."""
    columns = sqlite_file.columns(database, "configs")
    if not columns >= {"run_name", "config"}:
        return {}
    run_id = "run_id" if "run_id" in columns else "run_name"
    found = {}
    for key, text in database.execute(f"SELECT {run_id}, config FROM configs ORDER BY rowid LIMIT ?", (MAX_RUNS,)):  # noqa: S608
        config = _object(text)
        if isinstance(key, str):
            found[key] = flatten({name: value for name, value in config.items() if not name.startswith(OWN)})
    return found


def _object(text: object) -> Mapping[str, object]:
    """A JSON object in a cell, which newer versions write as bytes; empty for anything else."""
    try:
        told = json.loads(text) if isinstance(text, str | bytes) else None
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def seconds(at: object) -> float | None:
    """A time as Trackio writes it, in Unix seconds; None for anything else."""
    try:
        return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
    except (ValueError, OverflowError):
        return None


READER = Reader(NAME, "Trackio databases", recognise, read, cost=sqlite_file.cost)
