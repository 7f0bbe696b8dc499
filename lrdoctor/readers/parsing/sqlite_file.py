"""SQLite databases that trackers keep (MLflow's `mlflow.db`, Optuna's `optuna.db`), opened so that nothing can happen.

A database is a program as much as a file: a view may compute for ever, a virtual table may call code, one cell may
hold gigabytes.  So only tables are read, no function is allowed, cells and time are bounded, and nothing is written.
"""

import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.readers.head import Head

MAGIC = b"SQLite format 3\x00"
MAX_SECONDS = 120.0  # for one database; a million rows take about two
MAX_CELL = 1 << 20  # bytes in one row: parameters and tags have some kB at most
MAX_COPY = 1 << 30  # bytes, of a database with unfinished writes beside it
_CHECK_EVERY = 10_000  # of the virtual machine's steps
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_TRANSACTION})


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read tables; whatever SQLite complains about becomes an `UnreadableError`.

    What a stopped program left in the `-wal` or `-journal` file beside the database is read too.

    Raises:
        UnreadableError: damaged, locked, too slow, or not what its schema says.
    """
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with _uri(path) as uri, closing(sqlite3.connect(uri, uri=True, timeout=2.0)) as database:
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


@contextmanager
def _uri(path: Path) -> Iterator[str]:
    """What to open so that nothing is written beside the log: the file as it is, or a copy with what was left over."""
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")]
    left = [file for file in beside if _size(file)]
    if not left:
        yield f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    elif path.with_name(path.name + "-shm").exists():  # a program has it open: SQLite's locks keep the two apart
        yield f"{path.absolute().as_uri()}?mode=ro"
    else:
        if sum(map(_size, [path, *left])) > MAX_COPY:
            raise UnreadableError(
                f"an SQLite database of over {MAX_COPY >> 20:,} MiB with unfinished writes beside it: open it once "
                "with its own program, which finishes them"
            )
        with tempfile.TemporaryDirectory(prefix="lrdoctor-") as folder:
            for file in [path, *left]:
                shutil.copyfile(file, Path(folder, file.name))
            yield f"{Path(folder, path.name).as_uri()}?mode=rw"


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
    try:
        with opened(head.path) as database:
            return all(columns(database, name) for name in names)
    except UnreadableError:
        return all(re.search(rb'CREATE TABLE "?%s"? ?\(' % name.encode(), head.data) for name in names)


def is_number(value: object) -> bool:
    """Whether a cell holds a number: SQLite keeps whatever was written, whatever the column was declared as."""
    return isinstance(value, int | float)


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:120]
    if "interrupt" in text:
        return f"an SQLite database that takes more than {MAX_SECONDS:.0f} s to read: export one run as CSV"
    if "locked" in text or "busy" in text:
        return "an SQLite database that another program is writing: try again, or copy the file first"
    return f"a damaged SQLite database, or not the tracker's own ({text}): copy it again, or export the run as CSV"
