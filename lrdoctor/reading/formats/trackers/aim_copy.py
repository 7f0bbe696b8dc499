"""Copies of the runs in an Aim repository, each as a repository of its own.

Whoever opens a repository writes into it: Aim makes folders, locks and indexes and deletes a damaged index, RocksDB
writes its own log.  So Aim sees copies alone.  One run each, since Aim opens the files of all runs of a repository at
once, and a damaged run must not hide the others.
"""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from lrdoctor.errors import UnreadableError

KINDS = ("meta", "seqs")
MAX_RUNS = 5_000  # the library takes 20 ms a run
MAX_FILES = 1_000  # of one RocksDB; a run has ten
TRIES = 3  # at a copy beside a program that writes
CHUNK = 1 << 20
# What RocksDB reads; its lock and its own log are not.
_READ = re.compile(r"CURRENT|IDENTITY|MANIFEST-\d{6,20}|OPTIONS-\d{6,20}|\d{6,20}\.(sst|log)")
_HASH = re.compile(r"\w[\w-]{0,99}", re.ASCII)


def run_hashes(repository: Path) -> list[str]:
    """The runs that have curves, by name.

    Raises:
        UnreadableError: there are more than are read at once.
    """
    found = sorted(name for name in _names(repository / "seqs" / "chunks") if _HASH.fullmatch(name))
    if len(found) > MAX_RUNS:
        raise UnreadableError(f"an Aim repository of more than {MAX_RUNS:,} runs: copy some with `aim runs cp`")
    return found


def size_of(repository: Path) -> int:
    """Bytes that copies of all runs take."""
    total = 0
    for kind in KINDS:
        for run_hash in _names(repository / kind / "chunks"):
            for path in _files(repository / kind / "chunks" / run_hash):
                total += path.lstat().st_size
    return total


def copy_run(repository: Path, run_hash: str, place: Path) -> None:
    """Copy one run to `place`, a folder that is made.

    Raises:
        UnreadableError: it changes all the time.
        OSError: a file cannot be read or written.
    """
    for kind in KINDS:
        home, target = repository / kind / "chunks" / run_hash, place / ".aim" / kind / "chunks" / run_hash
        for _ in range(TRIES):
            before = _state(home)
            target.mkdir(parents=True, exist_ok=True)
            for left in target.iterdir():
                left.unlink()
            try:
                # What is being written comes last, so that it is never older than the list of files.
                for path in sorted(_files(home), key=lambda path: (path.suffix == ".log", path.name)):
                    _copy(path, target / path.name)
            except FileNotFoundError:
                continue  # compacted away meanwhile
            if _state(home) == before:
                break
        else:
            raise UnreadableError("it is written all the time: try again")


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as listing:
            return [entry.name for entry in listing if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _files(folder: Path) -> Iterator[Path]:
    """The regular files of a RocksDB; links, which lead elsewhere, are left out."""
    try:
        names = sorted(name for name in os.listdir(folder) if _READ.fullmatch(name))  # noqa: PTH208 - names are enough
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names[:MAX_FILES]:
        path = folder / name
        if stat.S_ISREG(path.lstat().st_mode):
            yield path


def _state(folder: Path) -> Sequence[tuple[str, int]]:
    """Which files a RocksDB has, and how far the list of them was written: a flush changes it, a new point does not."""
    return [(path.name, path.lstat().st_size * path.name.startswith("MANIFEST")) for path in _files(folder)]


def _copy(path: Path, target: Path) -> None:
    """Copy the bytes that a file has now; one that grows is not followed."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file, target.open("xb") as out:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            out.write(chunk)
            left -= len(chunk)
