"""W&B histories in Parquet: the artifact `run-<id>-history`, and what `Run.download_history_exports` saves."""

from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.wandb.columns import MAX_VALUES, Rows
from lrdoctor.reading.parsing.parquet_file import BATCH_ROWS, is_number, opened


def add_parquet(path: Path, rows: Rows) -> None:
    """Add every row of a Parquet file; a null is missing, a NaN a value, a struct is flattened with `.`.

    Raises:
        MissingExtraError: pyarrow is not installed.
        UnreadableError: the file is damaged, or too large.
    """
    with opened(path, "a W&B history in Parquet") as file:
        import pyarrow as pa

        schema = file.schema_arrow
        names = [field.name for field in schema if is_number(field.type) or pa.types.is_struct(field.type)]
        if file.metadata.num_rows * max(len(names), 1) > MAX_VALUES:
            raise UnreadableError(f"a Parquet table of over {MAX_VALUES:,} values: keep step, loss and LR")
        for batch in file.iter_batches(BATCH_ROWS, columns=names):
            table = pa.Table.from_batches([batch])
            while any(pa.types.is_struct(field.type) for field in table.schema):
                table = table.flatten()
            for field, column in zip(table.schema, table.columns, strict=True):
                if is_number(field.type):
                    present = column.is_valid().to_numpy()
                    value = column.cast(pa.float64(), safe=False).drop_null().to_numpy()
                    rows.add_column(field.name, np.flatnonzero(present), value)
            rows.end(len(batch))
