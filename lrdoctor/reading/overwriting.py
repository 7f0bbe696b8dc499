"""A report takes the place of no file that it was made from: neither by its name, nor by a link to it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lrdoctor.errors import UsageError
from lrdoctor.reading.fetch.copying import may_be_read_beside
from lrdoctor.reading.parsing.head import look
from lrdoctor.reading.parsing.own_report import is_own_report


def check_outputs(outputs: Sequence[Path], inputs: Iterable[Path]) -> None:
    """Raise `UsageError` where one of `outputs` is one of the files that were read.

    A report of an earlier call may be replaced, wherever it lies and though the same call named it.

    Args:
        outputs: files to be written, which need not be there.
        inputs: files that were read, or could not be; folders among them do not count.
    """
    there = {place: output for output in outputs if (place := _place(output)) is not None}
    if not there:
        return
    for one in dict.fromkeys(_with_what_lies_beside(inputs)):
        place = _place(one)
        output = None if place is None else there.get(place)
        if output is not None and not one.is_dir() and not _is_own_report(output):
            same = output.absolute() == one.absolute()
            what = "a file that is read here" if same else f"{one}, which is read here and is the same file"
            raise UsageError(f"-o {output} would overwrite {what}: give the report another name")


def check_different(outputs: Sequence[Path]) -> None:
    """Raise `UsageError` where two of `outputs` are one file."""
    seen: dict[object, Path] = {}
    for output in outputs:
        place = _place(output) or output.resolve()
        if place in seen:
            again = "" if seen[place] == output else f", which is {seen[place]}"
            raise UsageError(f"-o {output}{again} is given twice: name each file once")
        seen[place] = output


def _with_what_lies_beside(inputs: Iterable[Path]) -> Iterator[Path]:
    """The files, and those beside them that readers look at without naming them: SQLite's, a tracker's settings."""
    folders: dict[Path, None] = {}
    for one in inputs:
        yield one
        folders[one.parent] = None
    for folder in folders:
        try:
            yield from (path for path in folder.iterdir() if may_be_read_beside(path))
        except OSError:  # of an archive, which is no folder, or gone
            continue


def _place(path: Path) -> tuple[int, int] | None:
    """What tells a file from every other one, whatever it is called; None where there is none."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return None
    return about.st_dev, about.st_ino


def _is_own_report(path: Path) -> bool:
    try:
        return path.is_file() and is_own_report(look(path))
    except OSError:
        return False
