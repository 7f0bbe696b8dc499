"""MLflow's database `mlflow.db`, its default store since version 3: many runs in one SQLite file.

    runs    (run_uuid, name, lifecycle_stage, ...)
    metrics (key, value, timestamp, run_uuid, step, is_nan)
    params  (key, value, run_uuid)      tags (key, value, run_uuid)

NaN is stored as value 0 with `is_nan` 1, infinity as the largest float.
"""

import math
import sys
from collections import Counter
from dataclasses import dataclass, field
from sqlite3 import Connection

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.trackers.tracked_run import DELETED, SYSTEM_METRICS, no_curve, settings_of
from lrdoctor.reading.parsing import sqlite_file
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.points import MAX_POINTS, Points
from lrdoctor.reading.parsing.run_names import displayable_name
from lrdoctor.records.run import Note, Run, Source

NAME = "mlflow-sqlite"
MAX_RUNS = 20_000
MAX_PARAMS = 1_000_000  # of all runs
INFINITE = sys.float_info.max * (1 - 1e-14)  # SQLite may round the last digits away
TABLES = ("runs", "metrics", "params")
RUN_COLUMNS = frozenset({"run_uuid", "lifecycle_stage"})
METRIC_COLUMNS = frozenset({"run_uuid", "key", "value", "timestamp"})


@dataclass(frozen=True)
class _Stored:
    """One row of `runs` and what belongs to it."""

    uuid: str
    name: str = ""
    deleted: bool = False
    params: dict[str, str] = field(default_factory=dict)
    points: Points = field(default_factory=Points)


def recognise(head: Head) -> str | None:
    """By the tables of MLflow's schema."""
    return "MLflow's tables runs, metrics and params" if sqlite_file.declares(head, *TABLES) else None


def read(source: Source) -> list[Run]:
    """Every run that was not deleted and holds a curve; raises `UnreadableError` where there is none."""
    with sqlite_file.opened(source.files[0]) as database:
        stored = _runs(database)
        _add_metrics(database, stored)
        _add_params(database, stored)
    kept = [run for run in stored.values() if not run.deleted]
    if not kept:
        deleted = f": all {len(stored):,} were deleted (`mlflow runs restore` brings one back)" if stored else ""
        raise UnreadableError(f"an MLflow database without a run{deleted}: name the database of another training")
    return _with_curves(kept, source)


def _with_curves(kept: list[_Stored], source: Source) -> list[Run]:
    names = Counter(run.name for run in kept)
    runs, flat = [], []
    for one in kept:
        series, notes = one.points.joined()
        if all(len(points) == 1 for points in series.values()):
            flat.append(len(series))
            continue
        twice = f" ({one.uuid[:8]})" if names[one.name] > 1 else ""
        runs.append(Run(one.name + twice, series, source, settings_of(one.params), "step", notes))
    if not runs:
        most = max(flat)
        what = no_curve(most) if most else "no metrics: log the loss during training with mlflow.log_metric"
        raise UnreadableError(f"an MLflow database of {len(kept):,} run{'s'[: len(kept) > 1]} with at most {what}")
    if flat:
        several = "1 other run of the database holds" if len(flat) == 1 else f"{len(flat):,} other runs hold"
        note = Note("skipped", f"{several} no curve but at most one value a metric: left out")
        first = runs[0]
        runs[0] = Run(first.name, first.series, source, first.hparams, "step", [*first.notes, note])
    return runs


def _runs(database: Connection) -> dict[str, _Stored]:
    columns = _required(database, "runs", RUN_COLUMNS)
    column = "name" if "name" in columns else "NULL"
    stored: dict[str, _Stored] = {}
    named = _run_names(database)
    rows = database.execute(
        f"SELECT run_uuid, {column}, lifecycle_stage FROM runs ORDER BY rowid LIMIT ?",  # noqa: S608
        (MAX_RUNS + 1,),
    )
    for uuid, name, stage in rows:
        if len(stored) == MAX_RUNS:
            raise UnreadableError(f"an MLflow database of more than {MAX_RUNS:,} runs: export one run as CSV")
        if isinstance(uuid, str):
            shown = displayable_name(str(name or ""), named.get(uuid, ""), uuid) or "run"
            stored[uuid] = _Stored(uuid, shown, stage == DELETED)
    return stored


def _run_names(database: Connection) -> dict[str, str]:
    """The names of runs, which the first versions kept as a tag."""
    if not {"run_uuid", "key", "value"} <= sqlite_file.columns(database, "tags"):
        return {}
    rows = database.execute("SELECT run_uuid, value FROM tags WHERE key = 'mlflow.runName' LIMIT ?", (MAX_RUNS,))
    return {uuid: name for uuid, name in rows if isinstance(uuid, str) and isinstance(name, str)}


def _add_metrics(database: Connection, stored: dict[str, _Stored]) -> None:
    """Every point, in the order written: the order of the table's rows."""
    columns = _required(database, "metrics", METRIC_COLUMNS)
    step = "step" if "step" in columns else "0"
    is_nan = "is_nan" if "is_nan" in columns else "0"
    rows = database.execute(
        f"SELECT run_uuid, key, value, timestamp, {step}, {is_nan} FROM metrics ORDER BY rowid LIMIT ?",  # noqa: S608
        (MAX_POINTS + 1,),
    )
    count = 0
    for uuid, key, value, time, at, nan in rows:
        count += 1
        if count > MAX_POINTS:
            raise UnreadableError(f"an MLflow database of more than {MAX_POINTS:,} values: export one run as CSV")
        run = stored.get(uuid) if isinstance(uuid, str) else None
        if run is None or run.deleted or not isinstance(key, str) or key.startswith(SYSTEM_METRICS):
            continue
        if sqlite_file.is_number(value) and sqlite_file.is_number(at):
            wall_time = time / 1000 if sqlite_file.is_number(time) else math.nan
            run.points.add(key, float(at), math.nan if nan == 1 else _value(value), wall_time)


def _value(stored: float) -> float:
    return math.copysign(math.inf, stored) if abs(stored) >= INFINITE else float(stored)


def _add_params(database: Connection, stored: dict[str, _Stored]) -> None:
    _required(database, "params", frozenset({"run_uuid", "key", "value"}))
    rows = database.execute("SELECT run_uuid, key, value FROM params ORDER BY rowid LIMIT ?", (MAX_PARAMS,))
    for uuid, key, value in rows:
        run = stored.get(uuid) if isinstance(uuid, str) else None
        if run is not None and isinstance(key, str) and isinstance(value, str):
            run.params[key] = value


def _required(database: Connection, table: str, names: frozenset[str]) -> frozenset[str]:
    columns = sqlite_file.columns(database, table)
    if not names <= columns:
        missing = ", ".join(sorted(names - columns))
        raise UnreadableError(f"a database like MLflow's, but its table {table} has no {missing}: export it as CSV")
    return columns


READER = Reader(NAME, "MLflow databases (mlflow.db)", recognise, read, cost=sqlite_file.cost)
