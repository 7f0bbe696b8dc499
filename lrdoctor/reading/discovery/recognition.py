"""Which reader takes a file for its own."""

import os
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.errors import TRACEBACK, internal_error
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.own_report import is_own_report
from lrdoctor.records.unreadable import Unreadable


@dataclass(frozen=True)
class Recognised:
    """A file, the reader that takes it for its own, and why."""

    path: Path
    reader: Reader
    why: str


def known_formats() -> list[str]:
    """The titles of all formats that can be read, from the most specific to the least."""
    return [reader.title for reader in READERS if not reader.refuses]


def rank(reader: Reader) -> int:
    """Where a reader comes among all: the most specific is the first."""
    return next((place for place, other in enumerate(READERS) if other.name == reader.name), len(READERS))


def is_log(head: Head) -> bool:
    """Whether some reader takes a file that begins so for its own."""
    return isinstance(recognise(head), Recognised)


def recognise(head: Head) -> Recognised | Unreadable | None:
    """The first reader that takes a file that begins so; a refusal where one breaks, None where none does."""
    if is_own_report(head):  # with the curves of a log in it
        return None
    at_once = head.processes is not None and head.processes.trainings
    for reader in READERS:
        if at_once and not reader.by_process:
            continue
        try:
            why = reader.recognise(head)
        except Exception as error:  # a bug in one reader must not hide the other logs
            if TRACEBACK in os.environ:
                raise
            return Unreadable(str(head.path), internal_error(error))
        if why is not None:
            return Recognised(head.path, reader, why)
    return None
