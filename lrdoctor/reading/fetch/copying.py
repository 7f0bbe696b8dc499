"""Copying into the temporary folder: only what may be a log or its settings, only inside it, only so much."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from lrdoctor.reading.discovery.file_kinds import is_compressed, is_settings, may_be_a_log
from lrdoctor.reading.discovery.recognition import is_log
from lrdoctor.reading.fetch.quota import Budget, Meter
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.parsing.head import HEAD_BYTES, Head

CHUNK = 1 << 20
MAX_DEPTH = 64  # folders in one another; real trees have ten

# What readers look for beside their logs: `mlruns/0/meta.yaml`, an OpenMMLab configuration.
_SETTINGS = re.compile("|".join([r".*\.ya?ml", *(one.beside for one in READERS if one.beside)]), re.IGNORECASE)

_BESIDE = re.compile(r".*-(wal|journal)$")  # what SQLite has not yet put into its database


class Readable(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def safe_place(name: str) -> PurePosixPath | None:
    r"""Where a member of an archive, or a file of a remote folder, may be written below a folder; None for nowhere.

    >>> safe_place("run/metrics.csv"), safe_place("../x"), safe_place("/etc/passwd"), safe_place("a\\..\\b")
    (PurePosixPath('run/metrics.csv'), None, None, None)
    """
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/") or re.match("[A-Za-z]:", name) or "\0" in name or ".." in parts:
        return None
    return PurePosixPath(*parts) if 0 < len(parts) <= MAX_DEPTH else None


def worth_copying(place: PurePosixPath) -> bool:
    """Whether a file of that name may be a log, hold its settings, or hold logs itself; hidden ones do not."""
    path = Path(place)
    shown = [part for part in place.parts if part != ".hydra"]
    if any(part.startswith(".") or part in {"__pycache__", "__MACOSX"} for part in shown):
        return False
    return may_be_a_log(path) or is_compressed(path) or may_be_read_beside(path)


def may_be_read_beside(path: Path) -> bool:
    """Whether a reader may look at a file of that name for what belongs to a log in the same folder."""
    return is_settings(path) or bool(_SETTINGS.fullmatch(path.name) or _BESIDE.fullmatch(path.name))


def copy_if_log(
    source: Readable, target: Path, budget: Budget, meters: Sequence[Meter] = (), bytes_: int | None = None
) -> bool:
    """Copy to `target`; False, with nothing written, where it begins like no log: a checkpoint without a suffix.

    Args:
        source: what is read, once from begin to end.
        target: the file to be; its folders are made.
        budget: the limits.
        meters: of the compressed files that `source` comes out of.
        bytes_: how many are to come, where that is known.

    Raises:
        UnreadableError: a limit is passed.
        OSError: it cannot be written.
    """
    first = _exactly(source, HEAD_BYTES)
    head = Head(target, first, max(len(first), bytes_ or 0))
    if b"\0" in first[:4096] and not _may_be_binary(head) and not is_log(head):
        return False
    budget.file()
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    try:
        with target.open("wb") as file:
            chunk = first
            while chunk:
                written += len(chunk)
                budget.take(len(chunk), written)
                for meter in meters:
                    meter.take(len(chunk))
                file.write(chunk)
                chunk = source.read(CHUNK)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return True


def _may_be_binary(head: Head) -> bool:
    """Whether more than the head is needed to tell: databases and Parquet tables are known by what stands behind."""
    whole = head.data.startswith((b"SQLite format 3\0", b"PAR1"))
    return whole or is_compressed(head.path) or bool(_BESIDE.fullmatch(head.path.name))


def _exactly(source: Readable, size: int) -> bytes:
    """The first bytes, all of them: one read may give fewer than there are."""
    data = b""
    while len(data) < size and (chunk := source.read(size - len(data))):
        data += chunk
    return data
