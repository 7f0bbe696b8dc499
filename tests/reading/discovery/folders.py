"""Folders of logs made here, and what is found in them, relative to the folder."""

from pathlib import Path

from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats import READERS

CSV = "step,loss\n0,3\n1,2\n2,1\n"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 30104\n"


def text(path: Path, content: str | bytes = CSV) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def found(path: Path) -> list[tuple[str, str, list[str], list[str]]]:
    """Format, path, files and companions of each source, relative to `path`."""

    def short(other: Path) -> str:
        return other.relative_to(path).as_posix()

    return [
        (one.format, short(one.path), [short(f) for f in one.files], [short(c) for c in one.companions])
        for one in discover(path).sources
    ]


def refused(path: Path) -> dict[str, str]:
    return {Path(one.path).relative_to(path).as_posix(): one.reason for one in discover(path).refused}


def names(path: Path) -> list[set[str]]:
    """The series of each run, read."""
    by_name = {reader.name: reader for reader in READERS}
    return [set(run.series) for one in discover(path).sources for run in by_name[one.format].read(one)]
