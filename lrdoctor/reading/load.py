"""Paths -> the runs that could be read and the paths that could not; a bad log never hides the others."""

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrdoctor.errors import TRACEBACK, LrdoctorError, UnreadableError, UsageError, internal_error
from lrdoctor.reading.assembly.captured_console import is_fuller, is_thin, noting_twin
from lrdoctor.reading.assembly.contents import with_contents
from lrdoctor.reading.assembly.duplicates import distinct_runs
from lrdoctor.reading.assembly.joined_files import join_partial_runs
from lrdoctor.reading.assembly.lr_schedule import with_schedule
from lrdoctor.reading.assembly.perplexity import with_log_perplexity
from lrdoctor.reading.assembly.ranks import without_other_ranks
from lrdoctor.reading.assembly.split_files import join_split_files
from lrdoctor.reading.assembly.total_loss import with_totals
from lrdoctor.reading.discovery.discover import expand, why_passed
from lrdoctor.reading.discovery.file_kinds import MAX_BYTES, is_unrelated
from lrdoctor.reading.discovery.named_once import Entry, named_once
from lrdoctor.reading.discovery.walk import why_not
from lrdoctor.reading.fetch import identity
from lrdoctor.reading.fetch.copying import Readable
from lrdoctor.reading.fetch.urls import is_url, redact_url
from lrdoctor.reading.fetch.workspace import Workspace
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.parsing.own_report import WHAT as OWN_REPORT
from lrdoctor.reading.parsing.run_names import unique_names
from lrdoctor.reading.parsing.settings_files import remembered
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Source
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.vocabulary.roles import assign_roles

MAX_PASSED = 20_000  # files that were taken for no log, of which some are told of


@dataclass(frozen=True)
class Loaded:
    """The runs that could be read, and the paths that could not, each in the order found.

    Args:
        runs, unreadable: those.
        roles: of each run, which series plays which part; None where the user named one that the run has not.
        inputs: the files that were opened, where they lie on this machine: logs, what was left out as told twice,
            settings, archives.
        asked: for each run's source, which of the paths given it came from, as messages show that.
        passed: files that were taken for no log, and why: as many as were asked for.
        passed_in_all: how many there are.
    """

    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]
    roles: tuple[Roles | None, ...] = ()
    inputs: tuple[Path, ...] = ()
    asked: Mapping[Path, str] = field(default_factory=dict)
    passed: tuple[Unreadable, ...] = ()
    passed_in_all: int = 0


@dataclass(frozen=True)
class _Found:
    """What one name led to; `asked` is the path that it came of (a glob has many), as messages show that."""

    asked: str
    entries: list[Entry]


def load(
    paths: Sequence[str | Path],
    max_bytes: int = MAX_BYTES,
    *,
    loss: str | None = None,
    lr: str | None = None,
    val: str | None = None,
    stdin: Readable | None = None,
    explained: int = 0,
) -> Loaded:
    """Read every run below `paths` (files, directories, globs, URLs, archives); never raises for a bad log.

    A log that is named twice, however it is spelled or linked to, is read once, as it was named first.

    Args:
        paths: what the user named.
        max_bytes: larger files are refused.
        loss, lr, val: the series that the user takes for the training loss, the LR and the validation loss.
        stdin: what the path `-` stands for; None where that is a file's name like any other.
        explained: of how many files that were taken for no log it is said why.
    """
    with Workspace(max_bytes, stdin) as space, remembered():
        found = _found_at(paths, space)
        entries = named_once([one.entries for one in found], space.identity)
        read_ = _read_all([entry for entry in entries if isinstance(entry, Source)])
        opened = _files(entries)
        entries = [entry for entry in entries if id(entry) in read_ or not isinstance(entry, Source)]
        runs, unreadable = _runs_and_unreadable(found, entries, read_, space)
        asked = _askers(found)
        origins = {
            space.named(run).source.path: asked[key]
            for key, those in read_.items()
            if not isinstance(those, Unreadable)
            for run in those
        }
        runs = without_other_ranks(join_split_files(join_partial_runs(runs)))
        roles = [_roles(run, loss, lr, val) for run in runs]
        # Names that differ and twins are told by paths: before they are put back as the user named them.
        kept = distinct_runs(runs, [its or assign_roles(run) for run, its in zip(runs, roles, strict=True)])
        return Loaded(
            tuple(map(space.named, with_contents(unique_names(list(kept.values()))))),
            tuple(unreadable),
            tuple(
                roles[place] if run.series is runs[place].series else _roles(run, loss, lr, val)
                for place, run in kept.items()
            ),
            tuple(dict.fromkeys([*space.opened, *opened])),
            origins,
            tuple(_passed(space, explained)),
            len(space.passed),
        )


def _passed(space: Workspace, most: int) -> list[Unreadable]:
    """Files that were taken for no log, those first that were looked into, and why."""
    told = sorted(space.passed[:MAX_PASSED] if most else [], key=is_unrelated)[:most]
    return [Unreadable(space.name(str(path)), space.name(why_passed(path))) for path in told]


def _expanded(path: str | Path) -> list[str | Path]:
    """What a path stands for: a glob for the files that match it, a URL for itself."""
    # An empty text is no path, though `Path` takes it for the working folder.
    as_it_is = isinstance(path, str) and (not path or is_url(path))
    return [path] if as_it_is else list[str | Path](expand([path]))


def _found_at(paths: Sequence[str | Path], space: Workspace) -> list[_Found]:
    """What every name led to; one that was spelled otherwise before is not searched, or fetched, again."""
    known: dict[Hashable, list[Entry]] = {}
    found = []
    for path in paths:
        for name in _expanded(path):
            who = identity.of_url(name) if isinstance(name, str) and name else identity.of_path(Path(name))
            if who not in known:
                known[who] = _found(name, space)
            found.append(_Found(redact_url(str(path)), known[who]))
    return found


def _askers(found: Sequence[_Found]) -> dict[int, str]:
    """For each entry, by its id, the path that first led to it."""
    return {id(entry): one.asked for one in reversed(found) for entry in one.entries}


def _found(name: str | Path, space: Workspace) -> list[Entry]:
    """What is at a name: what may not be read, then the logs."""
    try:
        found = space.found(name)
    except LrdoctorError as error:
        return [Unreadable(redact_url(str(name)), str(error))]
    except Exception as error:  # nor must a bug in the search
        if TRACEBACK in os.environ:
            raise
        return [Unreadable(redact_url(str(name)), internal_error(error))]
    return [*found.refused, *found.sources]


def _read_all(sources: Sequence[Source]) -> dict[int, list[Run] | Unreadable]:
    """What came of each source, by its id: of a log and what its tracker copied of the console, the fuller one."""
    trackers = {source.folder / file: source for source in sources for file in source.traits.captures}
    read_ = {id(source): _read(source) for source in sources if source.path not in trackers}
    for source in sources:
        if source.path not in trackers:
            continue
        tracker = trackers[source.path]
        log = read_.get(id(tracker))
        runs = log if isinstance(log, list) else []
        console = _read(source) if is_thin(runs) else []
        if not any(assign_roles(run).loss for run in runs):
            read_[id(source)] = console
        elif isinstance(console, list) and is_fuller(console, runs):
            read_[id(source)] = noting_twin(console, tracker)
            del read_[id(tracker)]
        else:
            read_[id(tracker)] = noting_twin(runs, source)
    return read_


def _read(source: Source) -> list[Run] | Unreadable:
    """The runs of a log, or why it could not be read."""
    reader = next(reader for reader in READERS if reader.name == source.format)
    try:
        return list(map(_completed, reader.read(source)))
    except LrdoctorError as error:
        why = str(error)
    except OSError as error:
        why = why_not(error)
    except Exception as error:  # a bug in one reader must not hide the other logs
        if TRACEBACK in os.environ:
            raise
        why = internal_error(error)
    return Unreadable(str(source.path), why)


def _runs_and_unreadable(
    found: Sequence[_Found],
    entries: Sequence[Entry],
    read_: Mapping[int, list[Run] | Unreadable],
    space: Workspace,
) -> tuple[list[Run], list[Unreadable]]:
    """The runs, and what could not be read as the user named it; `read_` holds what came of each source, by its id."""
    runs = [run for those in read_.values() if not isinstance(those, Unreadable) for run in those]
    files = {space.identity(file) for run in runs for file in run.source.files}
    answered = {
        one.asked
        for one in found
        for entry in one.entries
        if isinstance(entry, Source) and any(space.identity(file) in files for file in entry.files)
    }
    asked = _askers(found)
    unreadable = []
    for entry in entries:
        lost = entry if isinstance(entry, Unreadable) else read_[id(entry)]
        # A glob that matches the logs matches the report made of them too.
        if isinstance(lost, Unreadable) and not (runs and lost.reason.startswith(OWN_REPORT)):
            path, origin = space.name(lost.path), asked[id(entry)]
            # It is all that was asked for, or a file that was asked for and could not be read to its end.
            about = origin not in answered or (path == origin and not os.path.isdir(path))  # noqa: PTH112 - or a URL
            unreadable.append(Unreadable(path, space.name(lost.reason), origin if about else ""))
    return runs, unreadable


def _files(entries: Sequence[Entry]) -> list[Path]:
    """The files that were looked into."""
    those = ([*e.files, *e.companions] if isinstance(e, Source) else [Path(e.path)] for e in entries)
    return [path for part in those for path in part]


def _roles(run: Run, loss: str | None, lr: str | None, val: str | None) -> Roles | None:
    """Which series plays which part; None where the run has no series that the user named."""
    try:
        return assign_roles(run, loss=loss, lr=lr, val=val)
    except UsageError:
        return None


def _completed(run: Run) -> Run:
    """The run with what its log implies but does not spell out."""
    return with_schedule(with_log_perplexity(with_totals(run)))


def read(path: str | Path | Iterable[str | Path], max_bytes: int = MAX_BYTES) -> list[Run]:
    """The runs in a file, folder, glob, archive or URL, or in several of them; a run that two name is there once.

    Files of more than `max_bytes` are refused.

    Raises:
        UnreadableError: there is not one run; why.
        UsageError: something else than paths was given.
    """
    paths = _named(path)
    return only(load(paths, max_bytes))


def only(loaded: Loaded) -> list[Run]:
    """The runs that were read; raises `UnreadableError` where there is not one."""
    if not loaded.runs:
        raise UnreadableError("; ".join(one.line for one in loaded.unreadable))
    return list(loaded.runs)


def _named(given: object) -> list[str | Path]:
    """One path or several, as a list; raises `UsageError` for anything else."""
    several = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    paths = [one for one in several if isinstance(one, str | Path)]
    if len(paths) < len(several) or not paths:
        wrong = [f"a {type(one).__name__}" for one in several if not isinstance(one, str | Path)]
        raise UsageError(f"read takes the path or URL of a log, or several, not {(*wrong, 'nothing')[0]}")
    return paths
