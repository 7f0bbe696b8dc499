"""Which recognised files together are one log."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Group: TypeAlias = Callable[[Sequence[Path], Path], Mapping[Path, tuple[Path, ...]]]
"""From the recognised files of a format, sorted, and the folder that was searched, to the logs.

A log's key is what the user would name to get it, a file or a folder that is not above the one searched; its value, the
files in the order to read them.
"""


def each_alone(files: Sequence[Path], _top: Path) -> dict[Path, tuple[Path, ...]]:
    """Each file as a log of its own."""
    return {path: (path,) for path in files}


def by_home(home: Callable[[Path], Path]) -> Group:
    """A grouping by what stands for a file's log, such as its folder: files with the same home are one log."""

    def group(files: Sequence[Path], top: Path) -> dict[Path, tuple[Path, ...]]:
        logs: dict[Path, list[Path]] = {}
        for path in files:
            own = home(path)
            logs.setdefault(own if own.is_relative_to(top) else top, []).append(path)
        return {own: tuple(those) for own, those in logs.items()}

    return group
