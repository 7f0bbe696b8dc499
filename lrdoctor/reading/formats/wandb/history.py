"""What `run.history()` and `run.scan_history()` give, saved as CSV, JSON or Parquet: a row for each call of `run.log`.

W&B's own columns give it away: `_step`, and `_runtime` or `_timestamp`.  A row holds what one call logged, so tables
are sparse.  `history()` gives 500 rows unless told otherwise, chosen at random; `scan_history()` gives all.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.wandb import fetched
from lrdoctor.reading.formats.wandb.columns import Column, Rows
from lrdoctor.reading.formats.wandb.curves import RUNTIME, STEP, TIMESTAMP, curves
from lrdoctor.reading.formats.wandb.history_json import add_json, first_keys, is_array, is_json
from lrdoctor.reading.formats.wandb.history_parquet import add_parquet
from lrdoctor.reading.formats.wandb.privacy import impersonal
from lrdoctor.reading.parsing.cost import Cost, at_once, by_and_by
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.parquet_file import MAGIC, named_in_footer
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import read_table
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import Note, Run, Source, Traits

NAME = "wandb-history"
SAMPLES = 500  # rows that `run.history()` gives unless told otherwise
# A column shows that NaN means "not logged" by so many stretches of NaN that ended, and so large a share of NaN.
MIN_CLOSED, MIN_HOLLOW = 3, 0.5
MAX_OPEN = 2  # times the longest stretch that ended: a longer one at the end is a loss that stayed NaN

OWN = (STEP, RUNTIME, TIMESTAMP)
_INDEX = re.compile(r"Unnamed: \d+")
# Written beside the log: last values only.
_SUMMARY = "wandb-summary.json"


def recognise(head: Head) -> str | None:
    """By the columns that W&B adds to every row."""
    if head.data.startswith(MAGIC):
        names = named_in_footer(head, OWN)
    elif is_json(head):
        names = first_keys(head, OWN) if head.path.name != _SUMMARY else frozenset()
    else:
        layout = sniff(head)
        names = frozenset(layout.header if layout is not None and layout.width > 1 else ())
    own = [name for name in OWN if name in names]
    return f"the W&B columns {', '.join(own)}" if STEP in own or len(own) == 2 else None


def cost(head: Head) -> Cost:
    """An array of rows is parsed in one piece, all else by and by."""
    return at_once(head) if is_array(head) else by_and_by(head)


def read(source: Source) -> list[Run]:
    """The run whose history the files hold, one part after the other; raises `UnreadableError`."""
    rows = Rows()
    notes = [note for path in source.files for note in _add(path, rows)]
    if rows.overflowed:
        notes.append(Note("skipped", "values beyond the limits on their number were left out"))
    columns, fillers = _without_fillers(rows.columns())
    found = curves(columns)
    if fillers:
        message = f"NaN in {', '.join(fillers[:3])} marks rows without a value: left out"
        notes.append(Note("skipped", message, fillers[0] if len(fillers) == 1 else None))
    told = fetched.told(source.path)
    if rows.count == SAMPLES and not told and not _is_every_call(columns.get(STEP)):
        notes.append(
            Note("sampled", f"{SAMPLES} rows: run.history() gives a random sample of so many; scan_history() all")
        )
    hparams, skipped = companion_settings(source.companions)
    return [
        Run(
            name=run_name(source.path, told.get("name", "")),
            series=found.series,
            source=source,
            hparams=impersonal(hparams),
            step_axis=found.step_axis,
            notes=[*notes, *skipped, *found.notes],
        )
    ]


def _add(path: Path, rows: Rows) -> list[Note]:
    head = look(path)
    if head.data.startswith(MAGIC):
        add_parquet(path, rows)
        return []
    return add_json(path, rows) if is_json(head) else _add_table(path, rows)


def _add_table(path: Path, rows: Rows) -> list[Note]:
    table = read_table(path)
    for column in table.columns:
        if column.is_numeric and column.name and not _INDEX.fullmatch(column.name):
            rows.add_column(column.name, np.flatnonzero(column.present), column.value[column.present])
    rows.end(len(table))
    return [Note("torn-tail", "the last line ends inside a row: it was left out")] if table.torn else []


def _without_fillers(columns: Mapping[str, Column]) -> tuple[dict[str, Column], list[str]]:
    """The columns without NaN that means "not logged in this row", and the keys of those that had some.

    pandas fills the holes of a sparse table with NaN, and `json.dump` writes them out.  That a file was made so shows
    in a column of mostly holes, again and again closed by a value.  Then every hole that was closed again is taken
    out, and one at the end that is not much longer; what is longer is a loss that broke.
    """
    kept, fillers = dict(columns), []
    if any(_is_hollow(np.isnan(column.value)) for column in columns.values()):
        for key, column in columns.items():
            hole = np.isnan(column.value)
            values = np.flatnonzero(~hole)
            if len(values) in (0, len(hole)):
                continue
            longest = int(np.diff(values, prepend=-1).max()) - 1
            if len(hole) - 1 - values[-1] > MAX_OPEN * longest:
                hole[values[-1] :] = False
            if hole.any():
                kept[key] = Column(column.row[~hole], column.value[~hole])
                fillers.append(key)
    return kept, fillers


def _is_hollow(hole: NDArray[np.bool_]) -> bool:
    closed = np.count_nonzero(hole[:-1] & ~hole[1:])
    return bool(closed >= MIN_CLOSED and hole.mean() >= MIN_HOLLOW)


def _is_every_call(step: Column | None) -> bool:
    return step is not None and bool((np.diff(step.value) == 1).all())


READER = Reader(
    NAME, "W&B run history (CSV, JSON, Parquet)", recognise, read, cost=cost, traits=Traits(names_runs=True)
)
