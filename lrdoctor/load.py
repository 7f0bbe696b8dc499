"""Paths -> the runs that could be read and the paths that could not; a bad log never hides the others."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.diagnosis import Unreadable
from lrdoctor.discover import discover, expand
from lrdoctor.errors import LrdoctorError, UnreadableError
from lrdoctor.readers import READERS
from lrdoctor.readers.run_name import unique_names
from lrdoctor.run import Run
from lrdoctor.safe import TRACEBACK, internal_error


@dataclass(frozen=True)
class Loaded:
    """The runs that could be read, and the paths that could not, each in the order found."""

    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]


def load(paths: Sequence[str | Path]) -> Loaded:
    """Read every run below `paths` (files, directories, globs); never raises for a bad log."""
    readers = {reader.name: reader for reader in READERS}
    runs: list[Run] = []
    unreadable: list[Unreadable] = []
    for path in expand(paths):
        try:
            found = discover(path)
        except LrdoctorError as error:
            unreadable.append(Unreadable(str(path), str(error)))
            continue
        unreadable.extend(Unreadable(str(refusal.path), refusal.reason) for refusal in found.refused)
        for source in found.sources:
            try:
                runs.extend(readers[source.format].read(source))
            except LrdoctorError as error:
                unreadable.append(Unreadable(str(source.path), str(error)))
            except Exception as error:  # a bug in one reader must not hide the other logs
                if TRACEBACK in os.environ:
                    raise
                unreadable.append(Unreadable(str(source.path), internal_error(error)))
    return Loaded(unique_names(runs), tuple(unreadable))


def read(path: str | Path) -> list[Run]:
    """The runs in a file, folder or glob; raises `UnreadableError` where there is not one."""
    loaded = load([path])
    if not loaded.runs:
        raise UnreadableError("; ".join(_line(u, str(path)) for u in loaded.unreadable))
    return list(loaded.runs)


def _line(unreadable: Unreadable, asked: str) -> str:
    return (
        unreadable.reason
        if unreadable.path in unreadable.reason
        else f"{unreadable.path or asked}: {unreadable.reason}"
    )
