"""SQLite databases that trackers keep (MLflow's `mlflow.db`, Optuna's `optuna.db`), opened so that nothing can happen.

A database is a program as much as a file: a view may compute for ever, a virtual table may call code, one cell may
hold gigabytes.  So only tables are read, no function is allowed, cells and time are bounded, and nothing is written
(`sqlite_copy` sees to that).
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.cost import Cost, by_and_by
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.sqlite_copy import BEING_WRITTEN, bytes_with, in_place, leftovers, safe_uri

MAGIC = b"SQLite format 3\x00"
MAX_SECONDS = 120.0  # for one database; a million rows take about two
MAX_CELL = 1 << 20  # bytes in one row: parameters and tags have some kB at most
MAX_YOUNG = 1 << 26  # bytes, of a database whose tables may still stand in its `-wal` file alone
_CHECK_EVERY = 10_000  # of the virtual machine's steps
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_TRANSACTION})


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read tables; whatever SQLite complains about becomes an `UnreadableError`.

    What a program left in the `-wal` or `-journal` file beside the database is read too, in a copy (`sqlite_copy`).

    Raises:
        UnreadableError: damaged, locked, too slow, or not what its schema says.
    """
    with _connected(safe_uri(path)) as database:
        yield database


@contextmanager
def _connected(where: AbstractContextManager[str]) -> Iterator[sqlite3.Connection]:
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with where as uri, closing(sqlite3.connect(uri, uri=True, timeout=2.0)) as database:
            database.text_factory = _text
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
            database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            database.set_progress_handler(lambda: int(time.monotonic() > deadline), _CHECK_EVERY)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA temp_store = MEMORY")
            database.execute("PRAGMA cell_size_check = ON")
            database.set_authorizer(_authorize)
            yield database
    except (sqlite3.Error, sqlite3.Warning, OSError, OverflowError, ValueError, RecursionError) as error:
        raise UnreadableError(_reason(error)) from error


def columns(database: sqlite3.Connection, table: str) -> frozenset[str]:
    """The columns of a table; empty where there is none of that name, or where it is a view or virtual.

    >>> with closing(sqlite3.connect(":memory:")) as database:
    ...     _ = database.execute("CREATE TABLE runs (run_uuid TEXT, name TEXT)")
    ...     sorted(columns(database, "runs")), sorted(columns(database, "metrics"))
    (['name', 'run_uuid'], [])
    """
    found = database.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if found is None or found[0] != "table" or not str(found[1]).upper().startswith("CREATE TABLE"):
        return frozenset()
    names = database.execute(f'SELECT * FROM "{table}" LIMIT 0').description  # noqa: S608 - names are the readers' own
    return frozenset(str(name[0]) for name in names)


def declares(head: Head, *names: str) -> bool:
    """Whether a file is an SQLite database that holds all of these tables, or did before it was damaged."""
    if not head.data.startswith(MAGIC):
        return False
    ways: list[AbstractContextManager[str]] = [nullcontext(in_place(head.path))]
    if leftovers(head.path):
        ways.append(safe_uri(head.path, MAX_YOUNG))
    damaged = False
    for way in ways:
        try:
            with _connected(way) as database:
                if all(columns(database, name) for name in names):
                    return True
                damaged = False
        except UnreadableError:
            damaged = True
    return damaged and all(re.search(rb'CREATE TABLE "?%s"? ?\(' % name.encode(), head.data) for name in names)


def has_columns(head: Head, table: str, wanted: frozenset[str]) -> bool:
    """Whether a table of a database that can be read has all of these columns, and perhaps more."""
    try:
        with _connected(safe_uri(head.path, MAX_YOUNG)) as database:
            return columns(database, table) >= wanted
    except UnreadableError:
        return False


def cost(head: Head) -> Cost:
    """What reading a database takes: a copy of it, where its program left something beside it."""
    left = leftovers(head.path)
    with_it = bytes_with(head.path, left)
    return Cost(with_it, f"it is copied with what lies beside it ({', '.join(left)})") if left else by_and_by(head)


def is_number(value: object) -> bool:
    """Whether a cell holds a number: SQLite keeps whatever was written, whatever the column was declared as."""
    return isinstance(value, int | float)


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        why = error.strerror or error
        return f"an SQLite database that cannot be copied to be read ({why}): copy it elsewhere first"
    text = " ".join(str(error).split())[:120]
    if "interrupt" in text:
        return f"an SQLite database that takes more than {MAX_SECONDS:.0f} s to read: export one run as CSV"
    if "locked" in text or "busy" in text:
        return BEING_WRITTEN
    return f"a damaged SQLite database, or not the tracker's own ({text}): copy it again, or export the run as CSV"
