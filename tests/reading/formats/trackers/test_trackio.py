"""Trackio's database: made here with its tables, as versions before had it, and damaged."""

import json
import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.trackio import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from tests.sqlite_files import Row, damaged, saved

TABLES = (
    """CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, timestamp TEXT NOT NULL,
       run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)""",
    """CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, run_name TEXT NOT NULL,
       config TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id))""",
)
FIRST_TABLES = (
    """CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,
       step INTEGER NOT NULL, metrics TEXT NOT NULL)""",
    """CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, config TEXT NOT NULL,
       created_at TEXT NOT NULL, UNIQUE(run_name))""",
)
TIME = "2026-12-01T13:38:00.100000+00:00"


def rows(run: str, name: str, values: Sequence[object] = (3.0, 2.0, 1.0), *, first: int = 1) -> list[Row]:
    """As today's versions write them: JSON as bytes."""
    return [
        (first + i, run, TIME, name, 10 * i, json.dumps({"train/loss": value, "lr": 0.1}).encode(), None, None)
        for i, value in enumerate(values)
    ]


def read(path: Path) -> list[Run]:
    assert READER.recognise(look(path)) == "Trackio's tables metrics and configs"
    return READER.read(Source(path, (path,), READER.name, "test"))


def test_runs_with_their_settings(tmp_path: Path) -> None:
    config = json.dumps({"lr": 0.1, "optim": {"name": "sgd"}, "_Username": "ada", "_Created": TIME})
    path = saved(
        tmp_path / "digits.db",
        TABLES,
        {
            "metrics": [*rows("a" * 32, "calm-owl"), *rows("b" * 32, "calm-owl", first=11)],
            "configs": [(1, "a" * 32, "calm-owl", config.encode(), TIME)],
        },
    )
    first, second = read(path)
    assert (first.name, second.name) == ("calm-owl (aaaaaaaa)", "calm-owl (bbbbbbbb)")
    assert dict(first.hparams) == {"lr": 0.1, "optim/name": "sgd"}
    assert not second.hparams
    assert assign_roles(first).loss == "train/loss"


def test_values_are_those_of_the_table(tmp_path: Path) -> None:
    path = saved(tmp_path / "p.db", TABLES, {"metrics": rows("a" * 32, "n", (3.5, "NaN", "Infinity", "-Infinity", 2))})
    [run] = read(path)
    with closing(sqlite3.connect(path)) as database:
        told = [
            (step, json.loads(text)["train/loss"])
            for step, text in database.execute("SELECT step, metrics FROM metrics")
        ]
    loss = run.series["train/loss"]
    assert loss.step.tolist() == [step for step, _ in told]
    assert str(loss.value.tolist()) == str([3.5, math.nan, math.inf, -math.inf, 2.0])
    assert loss.wall_time is not None
    assert loss.wall_time[0] == 1796132280.1


def test_the_first_versions_told_runs_by_their_names(tmp_path: Path) -> None:
    told: list[Row] = [(i + 1, TIME, "calm-owl", i, json.dumps({"loss": 3 - i})) for i in range(3)]
    tables: dict[str, Sequence[Row]] = {"metrics": told, "configs": [(1, "calm-owl", '{"lr": 0.5}', TIME)]}
    [run] = read(saved(tmp_path / "p.db", FIRST_TABLES, tables))
    assert (run.name, run.hparams["lr"]) == ("calm-owl", 0.5)


def test_a_run_that_was_resumed(tmp_path: Path) -> None:
    again = [(20 + row[0], *row[1:]) for row in rows("a" * 32, "n", (9.0, 8.0))]  # type: ignore[operator]
    [run] = read(saved(tmp_path / "p.db", TABLES, {"metrics": [*rows("a" * 32, "n"), *again]}))
    assert len(run.series["train/loss"]) >= 2


@pytest.mark.parametrize(
    "told",
    [
        [],
        rows("a" * 32, "n", (1.0,)),
        [(1, "a", TIME, "n", 0, b"[1, 2]", None, None), (2, "a", TIME, "n", 1, b"{", None, None)],
        [(1, "a", TIME, "n", 0, b'{"text": "x"}', None, None)],
    ],
)
def test_without_a_curve_it_is_refused(tmp_path: Path, told: Sequence[Row]) -> None:
    with pytest.raises(UnreadableError, match="without a curve"):
        read(saved(tmp_path / "p.db", TABLES, {"metrics": told}))


def test_databases_of_others_are_none(tmp_path: Path) -> None:
    other = saved(tmp_path / "o.db", ("CREATE TABLE metrics (name TEXT, value REAL)", "CREATE TABLE configs (a TEXT)"))
    assert READER.recognise(look(other)) is None
    text = tmp_path / "t.db"
    text.write_text("CREATE TABLE metrics (run_name TEXT, step, metrics TEXT); CREATE TABLE configs (")
    assert READER.recognise(look(text)) is None


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path / "p.db", TABLES, {"metrics": rows("a" * 32, "n")})
    before = path.read_bytes()
    lrdoctor.read(path)
    assert (path.read_bytes(), [file.name for file in tmp_path.iterdir()]) == (before, ["p.db"])


def test_damaged_databases(tmp_path: Path) -> None:
    path = saved(tmp_path / "p.db", TABLES, {"metrics": rows("a" * 32, "n", tuple(range(40, 0, -1)))})
    for number, data in enumerate(damaged(path, 150)):
        broken = tmp_path / f"{number}.db"
        broken.write_bytes(data)
        READER.recognise(look(broken))
        with suppress(UnreadableError):
            READER.read(Source(broken, (broken,), READER.name, "test"))
