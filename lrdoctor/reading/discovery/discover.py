"""From a path to the logs in it: which files together are one log, and why others are refused."""

import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrdoctor.display import MAX_BYTES_OPTION, size
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.file_kinds import (
    HIDDEN,
    MAX_BYTES,
    companions_of,
    is_compressed,
    is_telling,
    is_unrelated,
    too_large,
)
from lrdoctor.reading.discovery.recognition import Recognised, rank, recognise
from lrdoctor.reading.discovery.walk import files_below, why_not
from lrdoctor.reading.formats.unknown import what_it_seems
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.own_report import is_own_report
from lrdoctor.records.run import Source
from lrdoctor.records.unreadable import Unreadable

_LISTED = "`lrdoctor formats` lists what can be read"
_DELIMITED = frozenset({".csv", ".tsv"})
_TABLE_LIKE = frozenset({".csv", ".tsv", ".jsonl", ".parquet"})
NOTHING = "no training log"


@dataclass(frozen=True)
class Found:
    """What a path holds: logs to read, and what looked like one but cannot be read; each in order of path.

    `compressed` are files of a directory that may hold logs once they are unpacked (see `fetch`); `passed` are those
    that were taken for no log, by their names or by what is in them.
    """

    sources: tuple[Source, ...]
    refused: tuple[Unreadable, ...] = ()
    compressed: tuple[Path, ...] = ()
    passed: tuple[Path, ...] = ()


def discover(path: Path, max_bytes: int = MAX_BYTES) -> Found:
    """The logs at `path`, a file or a directory; nothing is read beyond each file's head.

    A log with a file of more than `max_bytes` is refused.

    Raises:
        UnreadableError: there is nothing at `path`, or it may not be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            with os.scandir(path):
                pass
            return _in_directory(path, max_bytes)
        if stat.S_ISREG(mode):
            return _of_file(path, max_bytes)
    except FileNotFoundError as error:
        raise UnreadableError(f"no such file or directory: {path}: check the spelling") from error
    except OSError as error:
        raise UnreadableError(f"{path}: {why_not(error)}") from error
    except ValueError as error:  # a NUL character
        raise UnreadableError(f"{str(path)!r} is no path: check the spelling") from error
    raise UnreadableError(f"{path}: neither a file nor a directory: save the log to a file first")


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """The paths with globs (`runs/*/version_?`, `**`) replaced by what they match, sorted, each path once.

    A glob that matches nothing stays as it is, so that `discover` can say that there is no such file.
    """
    expanded: dict[Path, None] = {}
    for path in paths:
        here = Path(path)
        try:
            here = here.expanduser()
            matches = [] if here.exists() else glob.glob(str(here), recursive=True)  # noqa: PTH207 - takes absolute globs
        except (OSError, RuntimeError, ValueError):  # a name too long, nobody's home, a NUL: `discover` says so
            matches = []
        for match in sorted(matches, key=_natural) or [str(here)]:
            expanded[Path(match)] = None
    return list(expanded)


def _too_costly(recognised: Recognised, head: Head, max_bytes: int) -> str:
    """Why reading the file takes more than is allowed; empty where it does not."""
    cost = recognised.reader.cost(head)
    if cost.bytes_ <= max_bytes:
        return ""
    if not cost.why:
        return too_large(head.size, max_bytes)
    return (
        f"{size(head.size)}: {cost.why} ({size(cost.bytes_)}), more than the {size(max_bytes)} that "
        f"{MAX_BYTES_OPTION} allows: raise it, or name a shorter log"
    )


def _of_file(path: Path, max_bytes: int) -> Found:
    head = look(path)
    recognised = recognise(head)
    if recognised is None:
        what = what_it_seems(head)
        # Where the file itself can be mended, a list of other formats would only hide how.
        known = f"; {_LISTED}" if "known" in what else ""
        return Found((), (Unreadable(str(path), what + known),))
    if isinstance(recognised, Unreadable):
        return Found((), (recognised,))
    why = _too_costly(recognised, head, max_bytes)
    if why:
        return Found((), (Unreadable(str(path), why),))
    return _sorted([_source(recognised, path, (path,))])


def _in_directory(top: Path, max_bytes: int) -> Found:
    found: list[Recognised] = []
    entries: list[Source | Unreadable] = []
    passed_over: list[Path] = []
    for entry in files_below(top, is_telling, HIDDEN):
        if isinstance(entry, Unreadable):
            entries.append(entry)
            continue
        try:
            head = None if is_unrelated(entry) or is_compressed(entry) else look(entry)
        except OSError as error:
            entries.append(Unreadable(str(entry), why_not(error)))
            continue
        recognised = None if head is None else recognise(head)
        if isinstance(recognised, Unreadable):
            entries.append(recognised)
        elif recognised is not None and head is not None:
            why = _too_costly(recognised, head, max_bytes)
            if why:
                entries.append(Unreadable(str(entry), why))
            else:
                found.append(recognised)
        elif head is not None and _looks_like_a_log(head):
            entries.append(Unreadable(str(entry), what_it_seems(head)))
        else:
            passed_over.append(entry)
    entries += _grouped(_without_scores(found), top)
    if not entries:
        entries.append(Unreadable(str(top), _nothing_among(passed_over)))
    found_here = _sorted(entries, tuple(path for path in passed_over if is_compressed(path)))
    used = {companion for source in found_here.sources for companion in source.companions}
    return replace(
        found_here, passed=tuple(path for path in passed_over if not is_compressed(path) and path not in used)
    )


def why_passed(path: Path) -> str:
    """Why a file was taken for no log."""
    if is_unrelated(path):
        return "no log by its name"
    try:
        return what_it_seems(look(path))
    except OSError as error:
        return why_not(error)


def _without_scores(found: Sequence[Recognised]) -> list[Recognised]:
    """The recognised files without the final scores that a trainer wrote beside its log, or above it."""
    with_log = {folder for one in found if not one.reader.refuses for folder in one.path.parents}
    return [one for one in found if not (one.reader.beside_logs and one.path.parent in with_log)]


def _grouped(found: Sequence[Recognised], top: Path) -> Iterator[Source | Unreadable]:
    """Recognised files put together to logs, as the reader of each says."""
    by_path = {one.path: one for one in found}
    for reader in sorted({one.reader.name: one.reader for one in found}.values(), key=rank):
        files = [one.path for one in found if one.reader.name == reader.name]
        for path, those in reader.group(files, top).items():
            yield _source(by_path[those[0]], path, those)


def _source(recognised: Recognised, path: Path, files: tuple[Path, ...]) -> Source | Unreadable:
    """The source, with its settings files; a refusal where the format can carry no curve."""
    reader = recognised.reader
    beside = companions_of(path, files, reader.settings)
    source = Source(path, files, reader.name, recognised.why, beside, reader.traits)
    if not reader.refuses:
        return source
    try:
        reader.read(source)
    except UnreadableError as error:
        return Unreadable(str(path), str(error))
    return source


def _looks_like_a_log(head: Head) -> bool:
    pointer = head.data.startswith(b"version https://git-lfs")
    return (is_telling(head.path) and not is_own_report(head)) or (pointer and head.path.suffix.lower() in _TABLE_LIKE)


def _nothing_among(files: Sequence[Path]) -> str:
    if not files:
        return f"{NOTHING}: the directory holds no file; {_LISTED}"
    kinds = Counter(path.suffix.lower() or "without extension" for path in files).most_common(4)
    shown = ", ".join(f"{count} {kind}" for kind, count in kinds)
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return f"{NOTHING} among {count} ({shown}){_first_table(files)}: {_LISTED}"


def _first_table(files: Sequence[Path]) -> str:
    """What the first table among these seems to be, as a clause; empty where there is none."""
    path = next((path for path in files if path.suffix.lower() in _DELIMITED), None)
    try:
        return "" if path is None else f"; {path.name} is {what_it_seems(look(path))}"
    except OSError:
        return ""


def _sorted(entries: Sequence[Source | Unreadable], compressed: tuple[Path, ...] = ()) -> Found:
    ordered = sorted(entries, key=lambda entry: [_natural(part) for part in Path(entry.path).parts])
    return Found(
        tuple(entry for entry in ordered if isinstance(entry, Source)),
        tuple(entry for entry in ordered if isinstance(entry, Unreadable)),
        compressed,
    )


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key under which `version_2` comes before `version_10`."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d{1,18})", text) if part]
