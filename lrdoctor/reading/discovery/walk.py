"""The files of a directory tree, whatever state it is in: links in a circle, pipes, what may not be read, no end."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from lrdoctor.records.unreadable import Unreadable

MAX_FILES = 20_000  # files looked at in one directory tree: opening so many takes some seconds
MAX_FOLDERS = 50_000


def why_not(error: OSError) -> str:
    """Why a file or directory could not be opened, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "it vanished while it was looked at: try again"
    denied = error.errno in {None, errno.EACCES, errno.EPERM}
    return f"{error.strerror or 'cannot be read'}: check {'its permissions' if denied else 'the path and its disk'}"


def files_below(
    top: Path, is_telling: Callable[[Path], bool], hidden: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Path | Unreadable]:
    """Regular files below `top`, sorted; hidden and cache directories left out, links to directories not followed.

    Of a folder named in `hidden` the one file is given that stands there for all that is in it.  What is no regular
    file but is called like a log (`is_telling`) is refused, and so is a folder that may not be read.
    `os.walk` calls itself once a level: a tree a thousand levels deep would end it.
    """
    too_many = Unreadable(str(top), f"more than {MAX_FILES:,} files: stopped looking; name a directory further down")
    files = entered = 0
    unreadable: list[Unreadable] = []
    folders = [top]
    while folders:
        folder = folders.pop()
        inside: list[Path] = []
        whole = folder / hidden.get(folder.name, "")
        if whole != folder and whole.is_file():
            yield whole
            continue
        try:
            with os.scandir(folder) as listing:
                shown = (entry for entry in listing if not entry.name.startswith(".") or entry.name in hidden)
                entries = sorted(shown, key=lambda e: e.name)
        except OSError as error:
            unreadable.append(Unreadable(str(folder), why_not(error)))
            continue
        for entry in entries:
            path = folder / entry.name
            if _is_folder(entry):
                if not entry.is_symlink() and entry.name != "__pycache__":
                    inside.append(path)
                continue
            if files == MAX_FILES:
                yield too_many
                yield from unreadable
                return
            files += 1
            why = _no_regular_file(path)
            if not why:
                yield path
            elif is_telling(path):
                yield Unreadable(str(path), why)
        entered += 1
        if entered == MAX_FOLDERS:
            yield too_many
            yield from unreadable
            return
        folders += reversed(inside)
    yield from unreadable


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a circle of links
        return False


def _no_regular_file(path: Path) -> str:
    """Why this is nothing to read; empty for a file.  A pipe would block for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "a link to a file that is not there" if path.is_symlink() else "it vanished while it was looked at"
    except OSError as error:
        return why_not(error)
    return "" if stat.S_ISREG(mode) else "a pipe, socket or device, not a file: save the log to a file first"
