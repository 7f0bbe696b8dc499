"""What `neptune-exporter` saved of Neptune: a run's attributes as Parquet, a row a value, in one file or in parts.

    project_id  run_id  attribute_path   attribute_type  step      timestamp  int_value  float_value  string_value ...
    ws/digits   SAN-1   parameters/lr    float                                           0.1
    ws/digits   SAN-1   sys/name         string                                                       calm-owl
    ws/digits   SAN-1   train/loss       float_series    0.000000  (ms, UTC)             2.31

`<project>/<run>_part_<n>.parquet`, a part some 50 MB.  Steps are decimal(18, 6).  The exporter goes through pandas,
which makes nulls of NaN: a point of a series without a value was a NaN.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.parquet_columns import floats, milliseconds, words
from lrdoctor.reading.parsing.parquet_file import batches, columns, is_number, named_in_footer, opened
from lrdoctor.reading.parsing.points import MAX_POINTS, Points
from lrdoctor.reading.parsing.run_names import displayable_name, run_name
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam, Note, Run, Source

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "neptune"
WHAT = "a Neptune export in Parquet"
OWN = ("project_id", "run_id", "attribute_path", "attribute_type", "step", "float_value")
TEXTS = ("run_id", "attribute_path", "attribute_type", "string_value")
OF_PARAMETERS = ("int_value", "float_value", "string_value", "bool_value")
SERIES = "float_series"
MACHINE = "monitoring/"  # CPU, memory and the console: counted in samples and not in steps
NEPTUNES = ("sys/", "source_code/", MACHINE)  # what Neptune adds to the settings: who ran it, when, from which files
TITLE = "sys/name"
MAX_RUNS = 20_000
MAX_ROWS = 200_000_000  # a second for ten million; a part has some millions
MAX_PARAMETERS = 20_000  # of one run
_PART = re.compile(r"(.+)_part_(\d{1,9})\.parquet")


@dataclass
class _Exported:
    """What the rows of one run hold."""

    parameters: dict[str, HParam] = field(default_factory=dict)
    points: Points = field(default_factory=Points)


def recognise(head: Head) -> str | None:
    """By the names of the columns, which no other export has together."""
    return f"the columns {', '.join(OWN[1:4])}" if len(named_in_footer(head, OWN)) == len(OWN) else None


def group(files: Sequence[Path], _top: Path) -> Mapping[Path, tuple[Path, ...]]:
    """The parts of one run together, in order; the first stands for them."""
    logs: dict[tuple[Path, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in files:
        part = _PART.fullmatch(path.name)
        logs[path.parent, part[1] if part else path.name].append((int(part[2]) if part else 0, path))
    ordered = [tuple(path for _, path in sorted(parts)) for parts in logs.values()]
    return {parts[0]: parts for parts in ordered}


def read(source: Source) -> list[Run]:
    """Every run with a curve, in the order of its first row; raises `UnreadableError` where there is none."""
    exported: dict[str, _Exported] = {}
    for path in source.files:
        with opened(path, WHAT, TEXTS) as file:
            found = columns(file)
            if not found.keys() >= {*OWN[1:]}:
                raise UnreadableError(f"{WHAT} of an unknown version: export the run's metrics as CSV")
            if file.metadata.num_rows > MAX_ROWS:
                raise UnreadableError(f"{WHAT} of more than {MAX_ROWS:,} rows: export the metrics alone (`-c metrics`)")
            for batch in batches(file, [name for name in (*OWN[1:5], "timestamp", *OF_PARAMETERS) if name in found]):
                _add(batch, exported)
                if sum(len(one.points) for one in exported.values()) > MAX_POINTS:
                    raise UnreadableError(f"{WHAT} of more than {MAX_POINTS:,} values: name the files of some runs")
    notes = _missing_parts(source.files)
    runs = []
    for run_id, one in exported.items():
        series, joined = one.points.joined()
        if any(len(points) > 1 for points in series.values()):
            title = one.parameters.get(TITLE)
            name = displayable_name(run_id, title if isinstance(title, str) else "") or run_name(source.path)
            own = {key: value for key, value in one.parameters.items() if not key.startswith(NEPTUNES)}
            runs.append(Run(name, series, source, flatten(own), "step", [*notes, *joined]))
    if not runs:
        raise UnreadableError(f"{WHAT} without a curve: export the run's metrics too (`-c metrics`)")
    return runs


def _add(batch: "pa.RecordBatch", exported: dict[str, _Exported]) -> None:
    """Add a batch's rows to what is known of their runs."""
    column = dict(zip(batch.schema.names, batch.columns, strict=True))
    run, run_ids = words(column["run_id"])
    path, paths = words(column["attribute_path"])
    kind, kinds = words(column["attribute_type"])
    known = (run >= 0) & (path >= 0) & (kind >= 0)
    of_series = known & np.isin(kind, [code for code, word in enumerate(kinds) if word == SERIES])
    step, stepped = floats(column["step"])
    value, given = floats(column["float_value"])
    time = milliseconds(column["timestamp"]) if "timestamp" in column else None
    for at in _stretches(run, path, np.flatnonzero(of_series & stepped)):
        tag, run_id = paths[path[at[0]]], run_ids[run[at[0]]]
        if not tag.startswith(MACHINE):
            wall = None if time is None or np.isnan(time[at]).any() else time[at] / 1000
            values = np.where(given[at], value[at], np.nan)
            _of(run_id, exported).points.extend(tag, step[at], values, wall)
    rest = np.flatnonzero(known & ~of_series)
    for name in OF_PARAMETERS if len(rest) else ():
        if name in column:
            for row, item in _present(column[name], rest):
                parameters = _of(run_ids[run[row]], exported).parameters
                # Of a run with so many attributes the first ones are its settings, if any are.
                if len(parameters) < MAX_PARAMETERS:
                    parameters.setdefault(paths[path[row]], item)


def _of(run_id: str, exported: dict[str, _Exported]) -> _Exported:
    if run_id not in exported:
        if len(exported) == MAX_RUNS:
            raise UnreadableError(f"{WHAT} of more than {MAX_RUNS:,} runs: name the files of some runs")
        exported[run_id] = _Exported()
    return exported[run_id]


def _stretches(run: NDArray[np.int64], path: NDArray[np.int64], rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Those rows in parts, each of one run and one path, in the order written."""
    ordered = rows[np.lexsort((path[rows], run[rows]))]
    changes = (np.diff(run[ordered]) != 0) | (np.diff(path[ordered]) != 0)
    yield from (part for part in np.split(ordered, np.flatnonzero(changes) + 1) if len(part))


def _present(column: "pa.Array", rows: NDArray[np.intp]) -> Iterator[tuple[int, HParam]]:
    """Rows where there is a value that may be a setting's, and that."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        code, texts = words(column)
        yield from ((row, texts[code[row]]) for row in rows.tolist() if code[row] >= 0)
    elif pa.types.is_boolean(column.type) or is_number(column.type):
        for row, item in zip(rows.tolist(), column.take(pa.array(rows)).to_pylist(), strict=True):
            if isinstance(item, bool | int | float):
                yield row, item


def _missing_parts(files: Sequence[Path]) -> list[Note]:
    """A word where the last part named has another one behind it, or the first one before it."""
    parts = [part for path in files if (part := _PART.fullmatch(path.name))]
    if not parts:
        return []
    name, last = parts[-1][1], int(parts[-1][2])
    numbers = {int(part[2]) for part in parts}
    beside = files[-1].with_name(f"{name}_part_{last + 1}.parquet").is_file()
    missing = sorted({*range(last), *([last + 1] if beside else [])} - numbers)
    return (
        [Note("skipped", f"part {missing[0]} of the run was not read: name the folder of all parts")] if missing else []
    )


READER = Reader(NAME, "Neptune runs saved by neptune-exporter (Parquet)", recognise, read, group=group)
