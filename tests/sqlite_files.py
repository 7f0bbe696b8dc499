"""SQLite files for tests: made from statements and rows, and damaged at random."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

Row = tuple[object, ...]


def saved(path: Path, statements: Sequence[str], tables: Mapping[str, Sequence[Row]] | None = None) -> Path:
    """A new database after these statements, with these rows in its tables."""
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        for table, rows in (tables or {}).items():
            for row in rows:
                marks = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - the tests' own words
        database.commit()
    return path


def damaged(path: Path, times: int) -> Iterator[bytes]:
    """The file with some bytes changed, in the first 100 or anywhere, or cut off, `times` times."""
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for trial in range(times):
        end = int(rng.integers(20, len(whole) + 1)) if trial % 3 == 0 else len(whole)
        data = bytearray(whole[:end])
        for _ in range(int(rng.integers(1, 40))):
            place = int(rng.integers(min(100, end) if trial % 5 == 0 else end))
            data[place] = int(rng.integers(256))
        yield bytes(data)
