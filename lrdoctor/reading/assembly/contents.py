"""What the files of a log held when they were read: size and SHA-256 of each."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrdoctor.records.run import Content, Run


def with_contents(runs: Sequence[Run]) -> list[Run]:
    """The runs, their sources with what each file held; runs of one log share the work."""
    known: dict[Path, Content | None] = {}
    return [replace(run, source=replace(run.source, contents=_of(run.source.files, known))) for run in runs]


def _of(files: Sequence[Path], known: dict[Path, Content | None]) -> tuple[Content, ...]:
    """The content of each file; empty where one can no longer be read, since they are told in the files' order."""
    for file in files:
        if file not in known:
            known[file] = _content(file)
    found = [content for file in files if (content := known[file]) is not None]
    return tuple(found) if len(found) == len(files) else ()


def _content(file: Path) -> Content | None:
    """Size and digest of a regular file; None for anything else: a pipe is read once."""
    if not file.is_file():
        return None
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            return Content(opened.tell(), digest)
    except OSError:
        return None
