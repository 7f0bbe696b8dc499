"""Parquet files for tests: made from rows by pyarrow, as trackers do, and damaged."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# `neptune_exporter.model.SCHEMA`, column for column.
NEPTUNE = pa.schema(
    [
        ("project_id", pa.string()),
        ("run_id", pa.string()),
        ("attribute_path", pa.string()),
        ("attribute_type", pa.string()),
        ("step", pa.decimal128(18, 6)),
        ("timestamp", pa.timestamp("ms", tz="UTC")),
        ("int_value", pa.int64()),
        ("float_value", pa.float64()),
        ("string_value", pa.string()),
        ("bool_value", pa.bool_()),
        ("datetime_value", pa.timestamp("ms", tz="UTC")),
        ("string_set_value", pa.list_(pa.string())),
        ("file_value", pa.struct([("path", pa.string())])),
        (
            "histogram_value",
            pa.struct([("type", pa.string()), ("edges", pa.list_(pa.float64())), ("values", pa.list_(pa.float64()))]),
        ),
    ]
)
START = 1_700_000_000_000  # ms
NeptuneRow = dict[str, object]


def parameter(run: str, path: str, value: float | str) -> NeptuneRow:
    """A row of Neptune's export that holds a setting or another single value."""
    kind = {bool: "bool", int: "int", float: "float", str: "string"}[type(value)]
    own = {"project_id": "ada/digits", "run_id": run, "attribute_path": path, "attribute_type": kind}
    return {**own, f"{kind}_value": value}


def curve(run: str, path: str, values: Sequence[float | None], *, steps: Sequence[float] = ()) -> list[NeptuneRow]:
    """Rows of Neptune's export that hold a series; None is what pandas makes of NaN."""
    own = {"project_id": "ada/digits", "run_id": run, "attribute_path": path, "attribute_type": "float_series"}
    return [
        {**own, "step": Decimal(str(step)), "timestamp": START + 1000 * place, "float_value": value}
        for place, (step, value) in enumerate(zip(steps or range(len(values)), values, strict=True))
    ]


def neptune_file(path: Path, *batches: Sequence[NeptuneRow]) -> Path:
    """A file as neptune-exporter's writer makes it, a row group a batch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, NEPTUNE, compression="snappy") as file:
        for rows in batches:
            file.write_batch(pa.RecordBatch.from_pylist(list(rows), schema=NEPTUNE))
    return path


def trackio_file(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """A file as Trackio's `_write_parquet_rows` makes it: the columns of all rows, in the order met."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]), path)
    return path
