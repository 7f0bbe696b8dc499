"""What the commands print and write: reports, warnings, progress."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from lrdoctor.cli.codes import EXIT_ERROR
from lrdoctor.cli.streams import print_error, print_out
from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from lrdoctor.records.diagnosis import Diagnosis
    from lrdoctor.records.report import Report
    from lrdoctor.records.unreadable import Unreadable
    from lrdoctor.report.renderer import Renderer

Item = TypeVar("Item")

BAR_FROM = 5  # items from which on a progress bar is drawn
COMPLAINTS_SHOWN = 5


def watched(items: "Sequence[Item]", label: str, *, quiet: bool) -> "Iterator[Item]":
    """The items, with a bar on standard error where somebody watches and there is something to wait for."""
    if quiet or len(items) < BAR_FROM or sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    with typer.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


STDOUT = "-"


def outputs(names: Sequence[str] | None, format_: str | None) -> "tuple[list[tuple[Path, Renderer]], Renderer | None]":
    """The files to write, and the format to print: text where nothing else was asked for.

    A name's suffix says its format; where it is of none, and for `-`, `format_` does.

    Raises:
        UsageError: an unknown format, a name whose suffix is of none, or one file named twice.
        UnwritableError: a file cannot be written.
    """
    from lrdoctor.reading.overwriting import check_different
    from lrdoctor.report import renderer

    wanted = None if format_ is None else renderer(format_)
    files = [name for name in names or () if name != STDOUT]
    targets = [target(name, wanted) for name in files]
    check_different([path for path, _ in targets])
    to_stdout = len(files) < len(names or ())
    # A format that was needed for a file's name is not asked for a second time on standard output.
    spent = any(suffixed(Path(name)) is None for name in files)
    if to_stdout or not targets or (wanted is not None and not spent):
        return targets, wanted or renderer("text")
    return targets, None


def suffixed(path: Path) -> "Renderer | None":
    """The format that a file's name asks for: the longest suffix wins."""
    from lrdoctor.report import RENDERERS

    name = path.name.lower()
    # A suffix follows a name; what stands for a whole name is one.
    named = [
        (len(suffix), known)
        for known in RENDERERS
        for suffix in known.suffixes
        if (name.endswith(suffix) and len(name) > len(suffix)) or (name == suffix and not suffix.startswith("."))
    ]
    return max(named, key=lambda pair: pair[0])[1] if named else None


def target(name: str, wanted: "Renderer | None" = None) -> "tuple[Path, Renderer]":
    """Where to write and in which format: its suffix's, else the one that was `wanted`.

    Raises:
        UsageError: the name's suffix is of no format, and none was asked for.
        UnwritableError: the file cannot be written, as far as that can be seen before any work.
    """
    from lrdoctor.cli.files import check_target
    from lrdoctor.report import RENDERERS

    path = Path(name)
    known = suffixed(path) or wanted
    if known is not None:
        check_target(path)
        return path, known
    suffixes = ", ".join(known.suffixes[0] for known in RENDERERS if known.suffixes)
    raise UsageError(f"the name of {name} does not say which format to write: end it in {suffixes}, or add --format")


def deliver(
    report: "Report",
    targets: "Sequence[tuple[Path, Renderer]]",
    printed: "Renderer | None",
    *,
    quiet: bool,
    curves: bool = True,
    verbose: bool = False,
) -> None:
    """Write the report everywhere it was asked for: every format is made before the first file is touched."""
    from lrdoctor.cli.files import write
    from lrdoctor.display import size
    from lrdoctor.report.renderer import Options

    def text(known: "Renderer", *, on_screen: bool = False) -> str:
        def watch(runs: "Sequence[Diagnosis]") -> "Iterator[Diagnosis]":
            return watched(runs, f"drawing {known.name}", quiet=quiet)

        width, colour = screen() if on_screen else (0, False)
        return known.render(report, Options(curves, verbose or not on_screen, width, colour, not on_screen, watch))

    rendered = [(path, text(known)) for path, known in targets]
    printed_text = None if printed is None else text(printed, on_screen=True)
    for path, content in rendered:
        written = size(write(path, content))
        if not quiet:
            print_error(f"lrdoctor: wrote {path} ({written}; {summary(report)})")
    # Last: a reader that has gone away (`| head`) must not cost the files.
    if printed_text is not None:
        print_out(printed_text)


def screen() -> tuple[int, bool]:
    """The width of the terminal that is printed to, and whether it shows colours; (0, False) for a file or a pipe."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0, False
    colour = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return shutil.get_terminal_size().columns, colour


def summary(report: "Report") -> str:
    """What a report is about, in a few words."""
    from lrdoctor.report.wording.numbers import count
    from lrdoctor.report.wording.run import tally

    runs = f"{count(len(report.diagnoses), 'run')}: {tally(report.diagnoses)}" if report.diagnoses else ""
    replays = count(len(report.replays), "replay") if report.replays else ""
    return "; ".join(filter(None, (replays, runs)))


def complain_nothing(unreadable: "Sequence[Unreadable]", paths: Sequence[str]) -> int:
    """Say why nothing could be analysed; the exit code for it.  One reason for all runs is said once."""
    from lrdoctor.reading.fetch.urls import redact_url

    reasons = list(dict.fromkeys(entry.reason for entry in unreadable))
    if len(reasons) == 1 and len(unreadable) > 1:
        print_error(f"lrdoctor: error: {reasons[0]} (the same for {len(unreadable)} logs)")
    elif unreadable:
        complain("error", unreadable)
    else:
        print_error(
            f"lrdoctor: error: {', '.join(map(redact_url, paths))}: "
            f"no log was found: name a log file or a folder of them"
        )
    return EXIT_ERROR


def complain_of(unreadable: "Sequence[Unreadable]", *, quiet: bool) -> None:
    """Say what could not be analysed: one line for each thing that the user named, and unless `quiet` for the rest."""
    named: dict[str, list[Unreadable]] = {}
    for entry in unreadable:
        named.setdefault(entry.named, []).append(entry)
    rest = named.pop("", [])
    complain("error", [_all_of(name, entries) for name, entries in named.items()])
    if not quiet:
        complain("warning", rest)


def _all_of(name: str, entries: "Sequence[Unreadable]") -> "Unreadable":
    first, more = entries[0], len(entries) - 1
    return replace(first, reason=f"{first.reason} (and {more:,} more in {name})") if more else first


def complain(level: str, unreadable: "Sequence[Unreadable]") -> None:
    """One line a path, the first few."""
    for entry in unreadable[:COMPLAINTS_SHOWN]:
        print_error(f"lrdoctor: {level}: {entry.line}")
    if len(unreadable) > COMPLAINTS_SHOWN:
        print_error(f"lrdoctor: {level}: and {len(unreadable) - COMPLAINTS_SHOWN:,} more that could not be analysed")
