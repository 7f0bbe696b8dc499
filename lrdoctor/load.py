"""Paths -> the runs that could be read and the paths that could not; a bad log never hides the others."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.diagnosis import Unreadable
from lrdoctor.discover import MAX_BYTES, expand
from lrdoctor.errors import LrdoctorError, UnreadableError, UsageError
from lrdoctor.fetch import Workspace, is_url, shown
from lrdoctor.parts import whole
from lrdoctor.readers import READERS
from lrdoctor.readers.parsing.own_report import WHAT as OWN_REPORT
from lrdoctor.readers.parsing.run_name import unique_names
from lrdoctor.run import Run
from lrdoctor.safe import TRACEBACK, internal_error
from lrdoctor.schedules import with_schedule
from lrdoctor.totals import with_totals
from lrdoctor.twins import told_once
from lrdoctor.walk import why_not


@dataclass(frozen=True)
class Loaded:
    """The runs that could be read, and the paths that could not, each in the order found.

    `inputs` are the files that were opened for both, where they lie on this machine: logs, what was left out as told
    twice, settings, archives.
    """

    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]
    inputs: tuple[Path, ...] = ()


def load(paths: Sequence[str | Path], max_bytes: int = MAX_BYTES) -> Loaded:
    """Read every run below `paths` (files, directories, globs, URLs, archives); never raises for a bad log.

    Files of more than `max_bytes` are refused.
    """
    with Workspace(max_bytes) as space:
        runs, unreadable, inputs = _read_all(_each(paths), space)
        # Names that differ and twins are told by paths: before they are put back as the user named them.
        runs = list(unique_names(told_once(whole(runs))))
        return Loaded(
            tuple(map(space.named, runs)),
            tuple(Unreadable(space.name(one.path), space.name(one.reason)) for one in unreadable),
            tuple(dict.fromkeys([*space.opened, *inputs])),
        )


def _each(paths: Sequence[str | Path]) -> list[str | Path]:
    """The paths with globs expanded, each once; URLs are left to `fetch`."""
    names: dict[str | Path, None] = {}
    for path in paths:
        names |= dict.fromkeys([path] if isinstance(path, str) and is_url(path) else expand([path]))
    return list(names)


def _read_all(names: Sequence[str | Path], space: Workspace) -> tuple[list[Run], list[Unreadable], list[Path]]:
    readers = {reader.name: reader for reader in READERS}
    runs: list[Run] = []
    unreadable: list[Unreadable] = []
    inputs: list[Path] = []
    for name in names:
        try:
            found = space.found(name)
        except LrdoctorError as error:
            unreadable.append(Unreadable(shown(str(name)), str(error)))
            continue
        except Exception as error:  # nor must a bug in the search
            if TRACEBACK in os.environ:
                raise
            unreadable.append(Unreadable(shown(str(name)), internal_error(error)))
            continue
        unreadable.extend(Unreadable(str(refusal.path), refusal.reason) for refusal in found.refused)
        inputs += [refusal.path for refusal in found.refused]
        for source in found.sources:
            inputs += [*source.files, *source.companions]
            try:
                runs.extend(map(_completed, readers[source.format].read(source)))
            except LrdoctorError as error:
                unreadable.append(Unreadable(str(source.path), str(error)))
            except OSError as error:
                unreadable.append(Unreadable(str(source.path), why_not(error)))
            except Exception as error:  # a bug in one reader must not hide the other logs
                if TRACEBACK in os.environ:
                    raise
                unreadable.append(Unreadable(str(source.path), internal_error(error)))
    if runs:  # a glob that matches the logs matches the report made of them too
        unreadable = [one for one in unreadable if not one.reason.startswith(OWN_REPORT)]
    return runs, unreadable, inputs


def _completed(run: Run) -> Run:
    """The run with what its log implies but does not spell out."""
    return with_schedule(with_totals(run))


def read(path: str | Path | Iterable[str | Path], max_bytes: int = MAX_BYTES) -> list[Run]:
    """The runs in a file, folder, glob, archive or URL, or in several of them; a run that two name is there once.

    Files of more than `max_bytes` are refused.

    Raises:
        UnreadableError: there is not one run; why.
        UsageError: something else than paths was given.
    """
    paths = _named(path)
    return only(load(paths, max_bytes), *paths)


def only(loaded: Loaded, *paths: str | Path) -> list[Run]:
    """The runs that were read from `paths`; raises `UnreadableError` where there is not one."""
    if not loaded.runs:
        asked = ", ".join(shown(str(one)) for one in paths)
        raise UnreadableError("; ".join(_line(u, asked) for u in loaded.unreadable))
    return list(loaded.runs)


def _named(given: object) -> list[str | Path]:
    """One path or several, as a list; raises `UsageError` for anything else."""
    several = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    paths = [one for one in several if isinstance(one, str | Path)]
    if len(paths) < len(several) or not paths:
        wrong = [f"a {type(one).__name__}" for one in several if not isinstance(one, str | Path)]
        raise UsageError(f"read takes the path or URL of a log, or several, not {(*wrong, 'nothing')[0]}")
    return paths


def _line(unreadable: Unreadable, asked: str) -> str:
    return (
        unreadable.reason
        if unreadable.path in unreadable.reason
        else f"{unreadable.path or asked}: {unreadable.reason}"
    )
