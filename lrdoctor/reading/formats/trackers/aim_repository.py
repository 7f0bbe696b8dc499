"""Aim's repository, the folder `.aim`: many runs, read through Aim's own library, which is optional.

    run_metadata.sqlite                    run (hash, name, ...)
    meta/chunks/HASH/, seqs/chunks/HASH/   a RocksDB each: settings and which curves there are; their points
    VERSION                                1.3

A curve is told by its name and its context: `loss` in `{"subset": "val"}` is `val/loss` here.  Aim works on copies, in
a process of its own (`aim_copy`, `aim_process`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.trackers.aim_copy import MAX_RUNS, copy_run, run_hashes, size_of
from lrdoctor.reading.formats.trackers.aim_process import Curve, Told, check_installed, told_by_aim
from lrdoctor.reading.parsing import sqlite_file
from lrdoctor.reading.parsing.cost import Cost
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import displayable_name
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import Note, Run, Source

NAME = "aim"
FOLDER, DATABASE = ".aim", "run_metadata.sqlite"
SUBSET = "subset"  # the key of a context under which all of Aim's integrations say "train" or "val"
TABLES = ("run", "experiment", "run_tag")
COLUMNS = frozenset({"hash", "name"})
MAX_SHOWN = 3  # runs that could not be read, told one by one
MAX_CONTEXT = 100  # characters of one in a tag


def recognise(head: Head) -> str | None:
    """By the tables of the database in which Aim keeps its runs' names."""
    return f"Aim's tables {', '.join(TABLES)}" if sqlite_file.declares(head, *TABLES) else None


def cost(head: Head) -> Cost:
    """Every run is copied, since Aim writes into what it opens."""
    return Cost(size_of(head.path.parent) + head.size, "the runs beside it are copied to be read")


def read(source: Source) -> list[Run]:
    """Every run with a curve, in the order begun; raises `UnreadableError` where there is none."""
    repository = source.files[0].parent
    hashes = run_hashes(repository)
    if not hashes:
        raise UnreadableError("Aim's database of names, without a run beside it: name a whole `.aim` with its `seqs/`")
    check_installed()
    names = _names(source.files[0])
    order = {run_hash: place for place, run_hash in enumerate(names)}
    hashes.sort(key=lambda one: order.get(one, len(order)))
    told = _told(repository, hashes)
    runs = []
    shown = {one: displayable_name(names.get(one, ""), one) or "run" for one in hashes}
    count = Counter(shown.values())
    for run_hash in hashes:
        series, notes = _points(told[run_hash].curves).joined()
        if any(len(one) > 1 for one in series.values()):
            twice = f" ({run_hash[:8]})" if count[shown[run_hash]] > 1 else ""
            settings = flatten(dict(told[run_hash].settings))
            runs.append(Run(shown[run_hash] + twice, series, source, settings, "step", notes))
    lost = [Note("skipped", f"run {one}: {told[one].error}") for one in hashes if told[one].error]
    if not runs:
        if lost:
            raise UnreadableError(
                f"an Aim repository without a run that can be read ({lost[0].message}): copy it again"
            )
        raise UnreadableError(
            "an Aim repository without a curve: log the loss with run.track, or copy it again if it had one"
        )
    more = [Note("skipped", f"{len(lost) - MAX_SHOWN:,} more runs could not be read")] if len(lost) > MAX_SHOWN else []
    first = runs[0]
    notes = [*first.notes, *lost[:MAX_SHOWN], *more]
    return [Run(first.name, first.series, source, first.hparams, "step", notes), *runs[1:]]


def tag(name: str, context: Mapping[str, object]) -> str:
    """A curve's name behind what tells it from others of that name.

    >>> tag("loss", {"subset": "val"}), tag("loss", {}), tag("lr", {"subset": "train", "group": 1, "fold": 0})
    ('val/loss', 'loss', 'train/fold=0/group=1/lr')
    """
    others = [f"{key}={value}" for key, value in sorted(context.items()) if key != SUBSET]
    first = [str(context[SUBSET])] if SUBSET in context else []
    return "/".join([*(part[:MAX_CONTEXT] for part in [*first, *others]), name])


def _points(curves: Sequence[Curve]) -> Points:
    """All points of a run; of two curves that come out under one name the second is numbered."""
    points = Points()
    for curve in curves:
        name = tag(curve.name, curve.context)
        while name in points:
            name += " (2)"
        wall_time = curve.wall_time if np.isfinite(curve.wall_time).all() else None
        points.extend(name, curve.step, curve.value, wall_time)
    return points


def _names(database: Path) -> dict[str, str]:
    """Runs by their hash, in the order begun, and what each is called; empty where the database is damaged."""
    try:
        with sqlite_file.opened(database) as opened:
            if not sqlite_file.columns(opened, "run") >= COLUMNS:
                return {}
            rows = opened.execute("SELECT hash, name FROM run ORDER BY rowid LIMIT ?", (10 * MAX_RUNS,)).fetchall()
    except UnreadableError:
        return {}
    return {run_hash: str(name or "") for run_hash, name in rows if isinstance(run_hash, str)}


def _told(repository: Path, hashes: Sequence[str]) -> dict[str, Told]:
    """What every run holds, by its hash."""
    with TemporaryDirectory(prefix="lrdoctor-", ignore_cleanup_errors=True) as folder:
        told, copied = dict[str, Told](), []
        for run_hash in hashes:
            try:
                copy_run(repository, run_hash, Path(folder, run_hash))
                copied.append(run_hash)
            except UnreadableError as error:
                told[run_hash] = Told(error=str(error))
            except OSError as error:
                told[run_hash] = Told(error=f"it cannot be copied ({error.strerror or error})")
        return told | (told_by_aim(Path(folder), copied) if copied else {})


READER = Reader(
    NAME,
    "Aim repositories (.aim/; with lrdoctor[aim])",
    recognise,
    read,
    group=by_home(lambda path: path.parent),
    cost=cost,
    hidden=f"{FOLDER}/{DATABASE}",
)
