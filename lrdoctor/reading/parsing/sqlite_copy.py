"""Which file SQLite is given for a database that somebody else owns: one at which it can change and delete nothing.

A database alone is opened in place as `immutable`: SQLite then takes no lock, and looks at nothing beside it.  What a
program left beside it (`-wal`, `-journal`), because it stopped or because it still runs, holds values too, but to read
them is to write: SQLite rolls the journal back, puts the `-wal` file's pages into the database, makes or truncates the
`-shm` file, and deletes what is done with, among it any file of the user that a journal's last record names.  Only a
copy in a folder of our own is opened so, and never with a journal that names a file.

https://www.sqlite.org/fileformat2.html describes both files.
"""

import errno
import os
import sqlite3
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from lrdoctor.display import size
from lrdoctor.errors import UnreadableError

WAL, JOURNAL = "-wal", "-journal"
JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")  # first in a journal, and last in one that names a super-journal
WAL_HEADER_BYTES = 32
MAX_PAGE = 65_536  # bytes; SQLite's own limit
TRIES = 3  # at a copy beside a program that writes; one takes a second a gigabyte
CHUNK = 1 << 20
SLACK = 1 << 26  # bytes of free pages, which no journal keeps: a database cut shorter gets back as many
INSTEAD = "delete that file if you trust the rest, or export the run as CSV"
BEING_WRITTEN = "an SQLite database that another program is writing: try again, or copy the file first"


@dataclass(frozen=True)
class _Mark:
    """Which file it is, and the part of its header that changes whenever it is begun anew."""

    device: int
    inode: int
    header: bytes


@contextmanager
def safe_uri(path: Path, most: int | None = None) -> Iterator[str]:
    """The URI by which to open the database at `path`: in place, or a copy that is removed afterwards.

    Args:
        path: the database; where it is a link, what lies beside the file it leads to is looked at too.
        most: bytes that may be copied; None for as many as there are.

    Raises:
        UnreadableError: what lies beside it cannot be read without harm, or is too large.
        OSError: the copy cannot be made.
    """
    for _ in range(TRIES):
        left = leftovers(path)
        if not left:
            before = path.stat()
            try:
                yield in_place(path)
            except sqlite3.DatabaseError as error:
                now = path.stat()
                if leftovers(path) or (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size):
                    raise UnreadableError(BEING_WRITTEN) from error
                raise
            return
        if most is not None and bytes_with(path, left) > most:
            raise UnreadableError(f"an SQLite database of over {size(most)} with unfinished writes beside it")
        with TemporaryDirectory(prefix="lrdoctor-") as folder:
            copy = Path(folder, "copy.db")
            if _copied(path, left, copy):
                _check_journal(copy.with_name(copy.name + JOURNAL), copy)
                yield f"{copy.as_uri()}?mode=rw"
                return
    raise UnreadableError(BEING_WRITTEN)


def in_place(path: Path) -> str:
    """The URI by which SQLite reads `path` alone: without locks, and without a look at what lies beside it."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def leftovers(path: Path) -> dict[str, Path]:
    """What lies beside a database and holds some of its values, by the suffix of its name.

    A journal that does not begin as one is what a finished transaction leaves where SQLite keeps the file.
    """
    found: dict[str, Path] = {}
    for suffix in (WAL, JOURNAL):
        for base in dict.fromkeys([path, path.resolve()]):
            beside = base.with_name(base.name + suffix)
            if _bytes_of(beside) and (suffix == WAL or _begins_as_journal(beside)):
                found[suffix] = beside
                break
    return found


def bytes_with(path: Path, left: Mapping[str, Path]) -> int:
    """Bytes of a database together with what lies beside it."""
    return sum(map(_bytes_of, (path, *left.values())))


def _copied(path: Path, left: Mapping[str, Path], copy: Path) -> bool:
    """Copy a database with what lies beside it; False where a program began the latter anew meanwhile.

    The database first: what a program puts into it is in the `-wal` file already, and what it overwrites is in the
    journal already, so that a later copy of those makes good whatever was read half-written, as after a loss of power.
    """
    before = {suffix: _mark(suffix, beside) for suffix, beside in left.items()}
    _copy(path, copy)
    for suffix, beside in left.items():
        _copy(beside, copy.with_name(copy.name + suffix))
    return before == {suffix: _mark(suffix, beside) for suffix, beside in left.items()}


def _mark(suffix: str, beside: Path) -> _Mark | None:
    """What tells one `-wal` file or journal from the next of the same name; None where it is gone."""
    try:
        with _regular_file(beside) as file:
            header, about = file.read(WAL_HEADER_BYTES), os.fstat(file.fileno())
    except FileNotFoundError:
        return None
    if suffix == JOURNAL:
        header = header[:8] + header[12:]  # without the count of its records, which grows
    return _Mark(about.st_dev, about.st_ino, header)


def _copy(path: Path, target: Path) -> None:
    """Copy the bytes that a file has now; one that grows is not followed."""
    with _regular_file(path) as file, target.open("xb") as out:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            out.write(chunk)
            left -= len(chunk)


def _check_journal(journal: Path, database: Path) -> None:
    """Raise `UnreadableError` where SQLite, rolling back these copies, would do more than put some pages back.

    Neither MLflow nor Optuna writes to several databases at once, so that nothing of theirs names a super-journal: what
    does is damaged or hostile, and without that other file nobody knows whether its transaction was finished.
    """
    if not journal.exists():
        return
    with journal.open("rb") as file:
        pages, size_of_page = struct.unpack(">I4xI", file.read(28)[16:].ljust(12, b"\0"))
        file.seek(max(0, journal.stat().st_size - len(JOURNAL_MAGIC)))
        last = file.read()
    if last == JOURNAL_MAGIC:
        raise UnreadableError(
            "an SQLite database beside which lies a -journal file that names another file (a super-journal), which "
            f"SQLite would delete: {INSTEAD}"
        )
    there = database.stat().st_size + journal.stat().st_size
    if pages * (size_of_page or MAX_PAGE) > there + SLACK:
        raise UnreadableError(
            f"an SQLite database of {size(database.stat().st_size)} beside which lies a -journal file that would make "
            f"it one of {size(pages * (size_of_page or MAX_PAGE))}: {INSTEAD}"
        )


def _begins_as_journal(path: Path) -> bool:
    """Whether SQLite would roll it back; a file that cannot be read counts too, so that copying it says why."""
    try:
        with _regular_file(path) as file:
            return file.read(len(JOURNAL_MAGIC)) == JOURNAL_MAGIC
    except OSError:
        return True


def _bytes_of(path: Path) -> int:
    """Size of a regular file, in bytes; 0 for what is none, or is not there."""
    try:
        about = path.stat()
    except OSError:
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0


@contextmanager
def _regular_file(path: Path) -> Iterator[BinaryIO]:
    """The file, open to be read; a pipe that has taken its place is not waited for.

    Raises:
        OSError: it cannot be opened, or is no file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a file")
        yield file
