"""MLCommons AlgoPerf: `measurements.csv` beside `hparams.json` and `flags_0.json`.

    global_step,grad_norm,loss,train/loss,validation/loss,...,score,total_duration,accumulated_submission_time,...
    0,35.093567,0.1903565,,,,,,
    1,,,0.1507352721531811,0.1504084207728406,...,20.77578473091125,873.753071308136,20.77578473091125,...

Rows of the training (`loss`, `grad_norm`) and of evaluations in turn; `eval_measurements.csv` repeats the latter.  The
same values go into an event file, as float32 and with NaN; here pandas writes the table anew with every row, and its
NaN are empty cells.  So that both files tell one story, what a row must hold but does not is NaN, and float32 it is.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import Column, read_table
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import Floats, Note, Run, Series, Source

NAME = "algoperf"
STEP = "global_step"
TELLING = ("accumulated_submission_time", "preemption_count")
TRAINING = ("loss", "grad_norm")  # what a row of the training holds
EVALUATED = ("train/", "validation/", "test/")  # what a row of an evaluation holds; `total_duration` says it is one
FILES = ("measurements.csv", "eval_measurements.csv")


def recognise(head: Head) -> str | None:
    """By the names of its clocks."""
    layout = sniff(head)
    if layout is None or STEP not in layout.names or not all(name in layout.names for name in TELLING):
        return None
    return f"the columns {STEP}, {TELLING[0]}, {TELLING[1]}"


def home(path: Path) -> Path:
    """The trial's folder for the two files of one trial."""
    return path.parent if path.name in FILES else path


def read(source: Source) -> list[Run]:
    """The run of one trial, from the fuller of its files; raises `UnreadableError`."""
    path = min(source.files, key=lambda file: file.name == FILES[1])
    table = read_table(path)
    columns = {column.name: column for column in table.columns}
    if STEP not in columns:
        raise UnreadableError(f"a table without the column {STEP}: give AlgoPerf's own measurements.csv")
    step = np.where(columns[STEP].present, columns[STEP].value, np.nan)
    metrics = _restored({name: c for name, c in columns.items() if name != STEP and (c.is_numeric or not c.words)})
    begins = _attempts(step)
    attempts = [
        Attempt({name: points for name, c in metrics.items() if len(points := _points(c, step, begin, end))})
        for begin, end in zip(begins, [*begins[1:], len(step)], strict=True)
    ]
    series, notes = join_attempts(attempts)
    if not series:
        raise UnreadableError("AlgoPerf measurements without a row: the trial ended before its first evaluation")
    settings, found = companion_settings(source.companions)
    if table.torn:
        notes.append(Note("torn-tail", "the last line ends inside a row: it was left out"))
    return [Run(run_name(source.path), series, source, settings, STEP, [*found, *notes])]


def _restored(columns: Mapping[str, Column]) -> dict[str, Column]:
    """The columns with NaN where a row of their kind has none, which is how pandas writes NaN."""
    rows = len(next(iter(columns.values())).present) if columns else 0
    empty = np.ones(rows, np.bool_)
    for name, column in columns.items():
        if name not in TRAINING:
            empty &= ~column.present
    evaluation = columns["total_duration"].present if "total_duration" in columns else np.zeros(rows, np.bool_)

    def must(name: str) -> NDArray[np.bool_]:
        if name in TRAINING:
            return empty
        return evaluation if name.startswith(EVALUATED) else np.zeros(rows, np.bool_)

    return {name: replace(column, present=column.present | must(name)) for name, column in columns.items()}


def _attempts(step: Floats) -> list[int]:
    """The rows where training begins, or goes on from an older checkpoint."""
    known = np.flatnonzero(np.isfinite(step))
    return [0, *(known[1:][np.diff(step[known]) < 0]).tolist()]


def _points(column: Column, step: Floats, begin: int, end: int) -> Series:
    rows = np.arange(begin, end)
    rows = rows[column.present[rows] & np.isfinite(step[rows])]
    with np.errstate(over="ignore"):
        return Series(step[rows], column.value[rows].astype(np.float32).astype(np.float64))


READER = Reader(
    NAME, "AlgoPerf measurements.csv", recognise, read, group=by_home(home), settings_names=("flags_0.json",)
)
