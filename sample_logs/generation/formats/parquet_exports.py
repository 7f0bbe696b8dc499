"""What trackers leave as Parquet: Trackio's export of a project, Neptune's runs as neptune-exporter saves them."""

import os
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from generation.formats.form import Form
from generation.formats.local_trackers import rows_by_step, settings
from generation.formats.training import Training

START = 1_700_000_000_000  # ms
# `neptune_exporter.model.SCHEMA`.
NEPTUNE = pa.schema(
    [
        *((name, pa.string()) for name in ("project_id", "run_id", "attribute_path", "attribute_type")),
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


def trackio_parquet(folder: Path, training: Training) -> None:
    """By Trackio's own client and exporter, without the database it was exported from."""
    with TemporaryDirectory() as work:
        os.environ["TRACKIO_DIR"] = work
        import trackio
        from trackio.sqlite_storage import SQLiteStorage

        trackio.init(project="digits", name="calm-owl-7", config=settings(training), auto_log_cpu=False)
        for step, row in rows_by_step(training):
            trackio.log(row, step=step)
        trackio.finish()
        SQLiteStorage._dataset_import_attempted = True  # as once a Space's dataset was looked for
        SQLiteStorage.export_to_parquet()
        for path in Path(work).glob("*.parquet"):
            table = pq.read_table(path)
            if "log_id" in table.column_names:  # of one upload each: a third of the file
                at = table.column_names.index("log_id")
                table = table.set_column(at, "log_id", pa.nulls(len(table), pa.string()))
            pq.write_table(table, folder / path.name)


def neptune(folder: Path, training: Training) -> None:
    """Parameters and series of one run, one batch each, as both exporters order them."""
    common = {"project_id": "ada/digits", "run_id": "DIG-7"}
    kinds = {str: "string", float: "float", int: "int"}
    told = {f"parameters/{key}": value for key, value in settings(training).items()} | {"sys/name": "calm-owl-7"}
    parameters = [
        {**common, "attribute_path": path, "attribute_type": kinds[type(value)], f"{kinds[type(value)]}_value": value}
        for path, value in told.items()
    ]
    series = [
        {
            **common,
            "attribute_path": f"metrics/{tag}",
            "attribute_type": "float_series",
            "step": Decimal(step).quantize(Decimal("1.000000")),
            "timestamp": START + 1000 * step,
            "float_value": value,
        }
        for step, row in rows_by_step(training)
        for tag, value in row.items()
    ]
    with pq.ParquetWriter(folder / "DIG-7-2c1d7f0a5e9b4c33_part_0.parquet", NEPTUNE, compression="snappy") as file:
        for rows in (parameters, series):
            file.write_batch(pa.RecordBatch.from_pylist(rows, schema=NEPTUNE))


FORMS = (
    Form("trackio-parquet", "well-tuned-wandb", "trackio-parquet", "trackio 0.43, its export", True, trackio_parquet),
    Form("neptune", "well-tuned-wandb", "neptune", "neptune-exporter's shape", False, neptune),
)
