"""Paths -> the runs that could be read and the paths that could not; a bad log never hides the others."""

import os
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.diagnosis import Unreadable
from lrdoctor.discover import MAX_BYTES, expand
from lrdoctor.errors import LrdoctorError, UnreadableError, UsageError
from lrdoctor.fetch import Workspace, identity, is_url, shown
from lrdoctor.named_once import named_once
from lrdoctor.parts import whole
from lrdoctor.readers import READERS
from lrdoctor.readers.parsing.run_name import unique_names
from lrdoctor.readers.parsing.settings import remembered
from lrdoctor.run import Run, Source
from lrdoctor.safe import TRACEBACK, internal_error
from lrdoctor.schedules import with_schedule
from lrdoctor.totals import with_totals
from lrdoctor.twins import without_twins
from lrdoctor.vocabulary import Roles, assign_roles
from lrdoctor.walk import why_not


@dataclass(frozen=True)
class Loaded:
    """The runs that could be read, and the paths that could not, each in the order found.

    Args:
        runs, unreadable: those.
        roles: of each run, which series plays which part; None where the user named one that the run has not.
    """

    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]
    roles: tuple[Roles | None, ...] = ()


def load(
    paths: Sequence[str | Path],
    max_bytes: int = MAX_BYTES,
    *,
    loss: str | None = None,
    lr: str | None = None,
    val: str | None = None,
) -> Loaded:
    """Read every run below `paths` (files, directories, globs, URLs, archives); never raises for a bad log.

    A log that is named twice, however it is spelled or linked to, is read once, as it was named first.

    Args:
        paths: what the user named.
        max_bytes: larger files are refused.
        loss, lr, val: the series that the user takes for the training loss, the LR and the validation loss.
    """
    with Workspace(max_bytes) as space, remembered():
        read_, unreadable = _read_all(_each(paths), space)
        runs = whole(read_)
        roles = [_roles(run, loss, lr, val) for run in runs]
        # Names that differ and twins are told by paths: before they are put back as the user named them.
        kept = without_twins(runs, [its or assign_roles(run) for run, its in zip(runs, roles, strict=True)])
        return Loaded(
            tuple(map(space.named, unique_names(list(kept.values())))),
            tuple(Unreadable(space.name(one.path), space.name(one.reason)) for one in unreadable),
            tuple(roles[place] for place in kept),
        )


def _roles(run: Run, loss: str | None, lr: str | None, val: str | None) -> Roles | None:
    """Which series plays which part; None where the run has no series that the user named."""
    try:
        return assign_roles(run, loss=loss, lr=lr, val=val)
    except UsageError:
        return None


def _each(paths: Sequence[str | Path]) -> list[str | Path]:
    """The paths with globs expanded, each file or folder once; URLs are left to `fetch`."""
    names: dict[Hashable, str | Path] = {}
    for path in paths:
        for name in [path] if isinstance(path, str) and is_url(path) else expand([path]):
            names.setdefault(identity.of_url(name) if isinstance(name, str) else identity.of_path(name), name)
    return list(names.values())


def _read_all(names: Sequence[str | Path], space: Workspace) -> tuple[list[Run], list[Unreadable]]:
    readers = {reader.name: reader for reader in READERS}
    runs: list[Run] = []
    unreadable: list[Unreadable] = []
    for found in named_once(_found(names, space), space.identity):
        if isinstance(found, Unreadable):
            unreadable.append(found)
            continue
        try:
            runs.extend(map(_completed, readers[found.format].read(found)))
        except LrdoctorError as error:
            unreadable.append(Unreadable(str(found.path), str(error)))
        except OSError as error:
            unreadable.append(Unreadable(str(found.path), why_not(error)))
        except Exception as error:  # a bug in one reader must not hide the other logs
            if TRACEBACK in os.environ:
                raise
            unreadable.append(Unreadable(str(found.path), internal_error(error)))
    return runs, unreadable


def _found(names: Sequence[str | Path], space: Workspace) -> Iterator[list[Source | Unreadable]]:
    """What is at each name: what may not be read, then the logs."""
    for name in names:
        try:
            found = space.found(name)
        except LrdoctorError as error:
            yield [Unreadable(shown(str(name)), str(error))]
        except Exception as error:  # nor must a bug in the search
            if TRACEBACK in os.environ:
                raise
            yield [Unreadable(shown(str(name)), internal_error(error))]
        else:
            yield [*(Unreadable(str(one.path), one.reason) for one in found.refused), *found.sources]


def _completed(run: Run) -> Run:
    """The run with what its log implies but does not spell out."""
    return with_schedule(with_totals(run))


def read(path: str | Path, max_bytes: int = MAX_BYTES) -> list[Run]:
    """The runs in a file, folder, glob, archive or URL; raises `UnreadableError` where there is not one.

    Files of more than `max_bytes` are refused.
    """
    loaded = load([path], max_bytes)
    if not loaded.runs:
        raise UnreadableError("; ".join(_line(u, shown(str(path))) for u in loaded.unreadable))
    return list(loaded.runs)


def _line(unreadable: Unreadable, asked: str) -> str:
    return (
        unreadable.reason
        if unreadable.path in unreadable.reason
        else f"{unreadable.path or asked}: {unreadable.reason}"
    )
