"""SQLite files opened so that nothing can happen: leftovers read, hostile schemas refused, nothing written."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing import sqlite_file
from lrdoctor.reading.parsing.head import look


def database(tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "own %20?#.db"  # every character that a URI would take apart
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def rows(path: Path, query: str) -> Sequence[tuple[object, ...]]:
    with sqlite_file.opened(path) as opened:
        return opened.execute(query).fetchall()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_a_stopped_program_left_in_the_wal_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    live, copy = tmp_path / "live", tmp_path / "copy"
    live.mkdir()
    copy.mkdir()
    writer = sqlite3.connect(live / "a.db")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a)")
    writer.execute("INSERT INTO t VALUES (7)")
    writer.commit()
    for name in ("a.db", "a.db-wal"):
        shutil.copy(live / name, copy / name)
    assert (copy / "a.db").stat().st_size < 8192, "the row is in the -wal file only"
    assert rows(copy / "a.db", "SELECT a FROM t") == [(7,)]
    assert names(copy) == {"a.db", "a.db-wal"}
    assert rows(live / "a.db", "SELECT a FROM t") == [(7,)], "beside the program that still writes it"
    writer.close()


def test_an_unfinished_transaction_is_rolled_back_in_a_copy(tmp_path: Path) -> None:
    live, copy = tmp_path / "live", tmp_path / "copy"
    live.mkdir()
    copy.mkdir()
    writer = sqlite3.connect(live / "a.db")
    writer.execute("PRAGMA cache_size = 5")
    writer.execute("CREATE TABLE t (a, b)")
    writer.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * 500) for i in range(300)])
    writer.commit()
    writer.execute("UPDATE t SET a = -1, b = 'y' || b")
    for name in ("a.db", "a.db-journal"):
        shutil.copy(live / name, copy / name)
    assert rows(copy / "a.db", "SELECT a FROM t WHERE a < 0") == []
    assert len(rows(copy / "a.db", "SELECT a FROM t")) == 300
    assert names(copy) == {"a.db", "a.db-journal"}
    writer.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a FROM large",
        "SELECT load_extension('x')",
        "SELECT count(*) FROM small",
        "INSERT INTO small VALUES (2)",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = WAL",
        "SELECT * FROM words",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    ],
)
def test_only_small_rows_of_tables_can_be_read(tmp_path: Path, query: str) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE small (a)",
        "INSERT INTO small VALUES (1)",
        "CREATE TABLE large (a)",
        "INSERT INTO large VALUES (zeroblob(3000000))",
        "CREATE VIRTUAL TABLE words USING fts5(x)",
    )
    assert rows(path, "SELECT a FROM small") == [(1,)]
    with pytest.raises(UnreadableError) as error:
        rows(path, query)
    assert "\n" not in str(error.value)
    assert names(tmp_path) == {path.name}


def test_a_query_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = database(tmp_path, "CREATE TABLE t (a)", *["INSERT INTO t VALUES (1)"] * 60)
    monkeypatch.setattr(sqlite_file, "MAX_SECONDS", 0.05)
    with pytest.raises(UnreadableError, match="takes more than"):
        rows(path, "SELECT 1 FROM t a, t b, t c, t d, t e WHERE a.a + b.a + c.a + d.a + e.a = 0")


def test_columns_of_tables_only(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE runs (run_uuid TEXT, name TEXT)",
        "CREATE VIEW metrics AS SELECT 1 AS value",
        "CREATE VIRTUAL TABLE tags USING fts5(value)",
    )
    with sqlite_file.opened(path) as opened:
        assert sqlite_file.columns(opened, "runs") == {"run_uuid", "name"}
        for other in ("metrics", "tags", "params"):
            assert sqlite_file.columns(opened, other) == frozenset()
    assert sqlite_file.declares(look(path), "runs")
    assert not sqlite_file.declares(look(path), "runs", "metrics")


def test_a_damaged_database_is_still_known_by_its_tables(tmp_path: Path) -> None:
    path = database(tmp_path, 'CREATE TABLE "runs" (a)', "CREATE TABLE tags (a)")
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * 8 + data[108:])
    assert sqlite_file.declares(look(path), "runs", "tags")
    assert not sqlite_file.declares(look(path), "runs", "metrics")


def test_text_that_is_no_text_is_replaced(tmp_path: Path) -> None:
    path = database(tmp_path, "CREATE TABLE t (a)", "INSERT INTO t VALUES (CAST(x'61ff' AS TEXT))")
    assert rows(path, "SELECT a FROM t") == [("a\ufffd",)]
