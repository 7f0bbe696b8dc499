"""Paths -> Report: every run read, examined and judged, alone and in its sweep; one that fails hides no other."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import TypeVar

from lrdoctor import pipeline
from lrdoctor.errors import TRACEBACK, LrdoctorError, internal_error
from lrdoctor.inference import sweep, transfer
from lrdoctor.inference.tables import load_tables
from lrdoctor.measurement import case as case_module
from lrdoctor.measurement.case import Case
from lrdoctor.reading.discovery.file_kinds import MAX_BYTES
from lrdoctor.reading.fetch.copying import Readable
from lrdoctor.reading.load import Loaded, load
from lrdoctor.reading.overwriting import check_outputs
from lrdoctor.records.carried_over import NextRun
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.globs import Glob
from lrdoctor.records.report import Report
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, path_as_named
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.vocabulary.roles import assign_roles

Judged = TypeVar("Judged")
Watch = Callable[[Sequence[Run]], Iterable[Run]]
"""Passes the runs on, such as through a progress bar."""


@dataclass(frozen=True)
class Choice:
    """What the user chose for every run: other fitted tables, series by name, the largest file to read.

    `outputs` are the files to be written, which may be none of those that are read; for `next_run` suggestions are
    carried over; `stdin` is what the path `-` stands for; `overrides` are (glob over paths and names, series by part)
    for single runs, the first that fits.
    """

    posterior: str | None = None
    loss: str | None = None
    lr: str | None = None
    val: str | None = None
    max_bytes: int = MAX_BYTES
    outputs: tuple[Path, ...] = ()
    next_run: NextRun = field(default=NextRun())
    stdin: Readable | None = None
    overrides: tuple[tuple[Glob, Mapping[str, str]], ...] = ()

    @property
    def series(self) -> dict[str, str]:
        """The series that were named, by part."""
        named = {"loss": self.loss, "lr": self.lr, "val": self.val}
        return {part: name for part, name in named.items() if name is not None}

    def series_of(self, run: Run) -> dict[str, str] | None:
        """The series that were named for one run; None where that is no other than for all."""
        for glob, named in self.overrides:
            if named and glob.fits(path_as_named(run.source.path), run.name):
                return {**self.series, **named}
        return None


def judge(
    paths: Sequence[str],
    chosen: Choice,
    watch: Watch = iter,
    *,
    assume_sweep: bool = False,
    ignore_other_settings: bool = False,
) -> Report:
    """The report over everything that `paths` hold.

    Args:
        paths: files, folders, globs and URLs.
        chosen: options that hold for every run.
        watch: lets the runs through.
        assume_sweep: the user says that the runs are sweeps: two LRs are enough then, whatever the runs are called.
        ignore_other_settings: judge all runs as one sweep, whatever else differs among them.

    Raises:
        UsageError: the fitted tables cannot be read, or an output is one of the files that were read.
    """
    check_outputs(chosen.outputs, [Path(chosen.posterior)] if chosen.posterior else ())
    tables = load_tables(chosen.posterior)

    def work(run: Run, roles: Roles) -> tuple[Case, Diagnosis]:
        case = case_module.examine(run, roles=roles)
        return case, transfer.carry_over(pipeline.infer_diagnosis(case, tables), case, chosen.next_run)

    done, unreadable = each_run(paths, work, chosen, watch)
    cases, diagnoses = [case for case, _ in done], [diagnosis for _, diagnosis in done]
    min_lrs = 2 if assume_sweep else 3
    sweeps = sweep.find_sweeps(
        cases,
        diagnoses,
        tables,
        min_lrs=min_lrs,
        assume_sweep=assume_sweep,
        ignore_other_settings=ignore_other_settings,
    )
    case_of = {id(diagnosis): case for case, diagnosis in done}
    carried = (
        transfer.carry_over_sweep(one, [case_of[id(one.diagnoses[m.run])] for m in one.placed], chosen.next_run)
        for one in sweeps
    )
    return Report(tuple(diagnoses), unreadable, tuple(carried))


def each_run(
    paths: Sequence[str], work: Callable[[Run, Roles], Judged], chosen: Choice, watch: Watch = iter
) -> tuple[tuple[Judged, ...], tuple[Unreadable, ...]]:
    """What `work` makes of every run and its roles, in the order read; a run that it fails on is unreadable instead.

    Args:
        paths: files, folders, globs and URLs.
        work: called once for each run.
        chosen: options that hold for every run.
        watch: lets the runs through.

    Raises:
        UsageError: an output is a file that was read.
        Exception: whatever `work` raises, where `LRDOCTOR_TRACEBACK` is set and it is no `LrdoctorError`.
    """
    return each_of(loaded_for(paths, chosen), work, chosen, watch)


def loaded_for(paths: Sequence[str], chosen: Choice, explained: int = 0) -> Loaded:
    """Everything below `paths`, and of so many files why they were taken for no log.

    Raises:
        UsageError: an output is a file that was read.
    """
    loaded = load(paths, chosen.max_bytes, stdin=chosen.stdin, explained=explained, **chosen.series)
    check_outputs(chosen.outputs, loaded.inputs)
    return loaded


def each_of(
    loaded: Loaded, work: Callable[[Run, Roles], Judged], chosen: Choice, watch: Watch = iter
) -> tuple[tuple[Judged, ...], tuple[Unreadable, ...]]:
    """As `each_run`, of what was loaded."""
    done: list[Judged] = []
    failed: list[Unreadable] = []
    answered: set[str] = set()
    for run, roles in zip(watch(loaded.runs), loaded.roles or repeat(None), strict=False):
        asked = loaded.asked.get(run.source.path, "")
        try:
            # Where the user named a series that the run has not, to assign roles says which it has.
            own = chosen.series_of(run)
            its = assign_roles(run, **own) if own is not None else roles or assign_roles(run, **chosen.series)
            done.append(work(run, its))
            answered.add(asked)
        except LrdoctorError as error:
            failed.append(Unreadable(run.name, str(error), asked))
        except Exception as error:
            # A bug met in one run must not take the others' answers away.
            if os.environ.get(TRACEBACK):
                raise
            failed.append(Unreadable(run.name, internal_error(error), asked))
    beside_others = (replace(one, named="") if one.named in answered else one for one in failed)
    return tuple(done), (*loaded.unreadable, *beside_others)
