"""Paths -> the runs that could be read and the paths that could not; a bad log never hides the others."""

import glob
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrdoctor.diagnosis import Unreadable
from lrdoctor.discover import discover
from lrdoctor.errors import LrdoctorError, UnreadableError
from lrdoctor.readers import READERS
from lrdoctor.run import Run


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
    for path in _expand(paths):
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
    return Loaded(_named_apart(runs), tuple(unreadable))


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


def _expand(paths: Iterable[str | Path]) -> list[Path]:
    """Globs that the shell did not expand; a pattern without a match stays, to be reported as missing."""
    found: list[Path] = []
    for path in paths:
        text = str(path)
        # Absolute patterns and `**` in one call; `Path.glob` takes relative ones only.
        matches = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) and not Path(text).exists() else []  # noqa: PTH207
        found.extend(Path(match) for match in matches or [text])
    return list(dict.fromkeys(found))


def _named_apart(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Runs of one name get as much of their folder in front as tells them apart, then a number."""
    names = [run.name for run in runs]
    for depth in range(1, 4):
        twice = {name for name, count in Counter(names).items() if count > 1}
        if not twice:
            break
        for i, run in enumerate(runs):
            if names[i] in twice:
                folder = run.source.path.parent.parts[-depth:]
                names[i] = "/".join([*(part for part in folder if part not in ("/", ".")), run.name])
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[i] = f"{name} ({seen[name]})"
    return tuple(run if run.name == name else replace(run, name=name) for run, name in zip(runs, names, strict=True))
