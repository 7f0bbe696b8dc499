"""What Trackio exports of a project's database as Parquet: the metrics of all runs, a row a call of `trackio.log`.

    id  run_id  timestamp  run_name  step  log_id  space_id  train/loss  lr  deep: {a: {b}}

`PROJECT.parquet` lies beside `PROJECT.db`, in the dataset that a Space keeps or, as `metrics.parquet`, in a static one.
The settings, a row a run, are in `PROJECT_configs.parquet` or `aux/configs.parquet`:

    id  run_id  run_name  created_at  lr  optim: {name, betas}  _Username  _Created  _Group

A null was not logged; NaN was.  Lists are left out.  The first versions had no `run_id`: a run's name told it then.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.trackers.trackio import MAX_RUNS, OWN, seconds
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.parquet_columns import floats, words
from lrdoctor.reading.parsing.parquet_file import batches, columns, is_number, named_in_footer, opened
from lrdoctor.reading.parsing.points import MAX_POINTS, Points
from lrdoctor.reading.parsing.run_names import displayable_name
from lrdoctor.reading.parsing.settings_files import MAX_DEPTH, flatten
from lrdoctor.records.run import Floats, HParam, Note, Run, Source

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

NAME = "trackio-parquet"
WHAT = "Trackio's Parquet export"
COLUMNS = ("id", "timestamp", "run_name", "step")
STRUCTURE = frozenset({*COLUMNS, "run_id", "log_id", "space_id"})
OF_SETTINGS = "created_at"  # a column of the settings' table alone
TEXTS = ("run_id", "run_name", "timestamp")
MAX_SETTINGS = 1_000_000  # cells of the settings' table
MAX_CELLS = 2**28  # of the metrics, most of them nulls: some seconds
NUMBERS = frozenset({"DOUBLE", "FLOAT", "INT64", "INT32"})
ROWS_OF_SETTINGS = 100  # at a time: a run of a thousand settings has some 10 kB


def recognise(head: Head) -> str | None:
    """By the columns that Trackio puts before the metrics; the machine's own curves have no step."""
    found = named_in_footer(head, (*COLUMNS, OF_SETTINGS))
    return f"Trackio's columns {', '.join(COLUMNS)}" if found == {*COLUMNS} else None


def configuration(files: Sequence[Path]) -> Sequence[Path]:
    """Where the settings of a project's runs lie."""
    return [
        path
        for file in files
        for path in (file.with_name(f"{file.stem}_configs.parquet"), file.parent / "aux" / "configs.parquet")
        if path.is_file()
    ][:1]


def read(source: Source) -> list[Run]:
    """Every run with a curve, in the order begun; raises `UnreadableError` where there is none."""
    with opened(source.files[0], WHAT, TEXTS) as file:
        names, points = _points(file)
    notes: list[Note] = []
    settings: dict[str, dict[str, HParam]] = {}
    for path in source.companions[:1]:
        try:
            with opened(path, WHAT, TEXTS[:2]) as file:
                settings = _settings(file)
        except UnreadableError as error:
            notes.append(Note("skipped", f"{path.name}: {error}"))
    told = Counter(names.values())
    runs = []
    for key, own in points.items():
        series, joined = own.joined()
        if any(len(one) > 1 for one in series.values()):
            name = displayable_name(names[key], key) or "run"
            twice = f" ({key[:8]})" if told[names[key]] > 1 else ""
            runs.append(Run(name + twice, series, source, settings.get(key, {}), "step", [*notes, *joined]))
    if not runs:
        raise UnreadableError(f"{WHAT} without a curve: log the loss during training with trackio.log")
    return runs


def _points(file: "pq.ParquetFile") -> tuple[dict[str, str], dict[str, Points]]:
    """For each run, by its id, its name and its points in the order written."""
    found = columns(file)
    if not found.keys() >= {*COLUMNS[1:]}:
        raise UnreadableError(f"{WHAT} of an unknown version: export the project as CSV")
    own = [name for name in ("run_id", *COLUMNS[1:]) if name in found]
    metrics = [path for path, kind in found.items() if kind in NUMBERS and path not in STRUCTURE]
    if file.metadata.num_rows * max(len(metrics), 1) > MAX_CELLS:
        raise UnreadableError(f"{WHAT} of more than {MAX_CELLS:,} cells: export one run as CSV")
    names: dict[str, str] = {}
    points: dict[str, Points] = {}
    for batch in batches(file, [*own, *metrics]):
        column = dict(zip(batch.schema.names, batch.columns, strict=True))
        _add(column, own[0] if own[0] == "run_id" else "run_name", names, points)
        if sum(map(len, points.values())) > MAX_POINTS:
            raise UnreadableError(f"{WHAT} of more than {MAX_POINTS:,} values: export one run as CSV")
    return names, points


def _add(
    column: "Mapping[str, pa.Array]",
    run_id: str,
    names: dict[str, str],
    points: dict[str, Points],
) -> None:
    """Add a batch's rows to what is known of their runs; `run_id` is the column that tells these."""
    run, keys = words(column[run_id])
    titled, titles = words(column["run_name"])
    step, stepped = floats(column["step"])
    time = _times(column["timestamp"])
    rows = np.flatnonzero((run >= 0) & stepped)
    rows = rows[np.argsort(run[rows], kind="stable")]
    parts = [part for part in np.split(rows, np.flatnonzero(np.diff(run[rows])) + 1) if len(part)]
    for part in sorted(parts, key=lambda those: int(those[0])):
        key, title = keys[run[part[0]]], int(titled[part[0]])
        if key not in points and len(points) == MAX_RUNS:
            raise UnreadableError(f"{WHAT} of more than {MAX_RUNS:,} runs: export one run as CSV")
        names.setdefault(key, titles[title] if title >= 0 else "")
        points.setdefault(key, Points())
    leaves = (leaf for name in column if name not in STRUCTURE for leaf in _leaves(name, column[name], 0))
    for tag, values in leaves:
        value, present = floats(values)
        for part in parts:
            at = part[present[part]]
            wall_time = None if np.isnan(time[at]).any() else time[at]
            points[keys[run[part[0]]]].extend(tag, step[at], value[at], wall_time)


def _leaves(name: str, column: "pa.Array", depth: int) -> Iterator[tuple[str, "pa.Array"]]:
    """The columns of numbers in one that may be of objects, their keys joined with `/`."""
    import pyarrow as pa

    if is_number(column.type):
        yield name, column
    elif pa.types.is_struct(column.type) and depth < MAX_DEPTH:
        for one, part in zip(column.type, column.flatten(), strict=True):
            yield from _leaves(f"{name}/{one.name}", part, depth + 1)


def _times(column: "pa.Array") -> Floats:
    """Each row's time in Unix seconds, NaN where it is none, shape (n,)."""
    code, texts = words(column)
    known = [at if (at := seconds(text)) is not None else np.nan for text in texts]
    return np.array([*known, np.nan])[code]


def _settings(file: "pq.ParquetFile") -> dict[str, dict[str, HParam]]:
    """For each run, by its id, its settings."""
    paths = columns(file)
    run_id = "run_id" if "run_id" in paths else "run_name"
    if run_id not in paths or file.metadata.num_rows * len(paths) > MAX_SETTINGS:
        raise UnreadableError(f"no settings of at most {MAX_SETTINGS:,} cells: they are left out")
    found: dict[str, dict[str, HParam]] = {}
    for batch in batches(file, paths, ROWS_OF_SETTINGS):
        for row in batch.to_pylist():
            config = {k: v for k, v in row.items() if k not in {*STRUCTURE, OF_SETTINGS} and not k.startswith(OWN)}
            if isinstance(row[run_id], str):
                # Runs of other settings leave nulls.
                found[row[run_id]] = {key: value for key, value in flatten(config).items() if value is not None}
    return found


READER = Reader(
    NAME,
    "Trackio projects as Parquet",
    recognise,
    read,
    settings=configuration,
    beside=r"(.*_)?configs\.parquet",
)
