"""W&B histories in Parquet: the artifact `run-<id>-history`, and what `Run.download_history_exports` saves.

The names of a Parquet file's columns stand at its end, so recognising one means looking there, not only at its head.
"""

import os
from pathlib import Path

import numpy as np

from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.formats.wandb.columns import MAX_VALUES, Rows
from lrdoctor.reading.parsing.head import Head

MAGIC = b"PAR1"
MAX_FOOTER = 2**22  # bytes of schema and statistics; a history of a thousand columns in one row group has 200 kB
BATCH_ROWS = 2**16
_TAIL = 8  # footer's length as u32, then the magic again


def named_in_footer(head: Head, names: tuple[str, ...]) -> frozenset[str]:
    """Those of `names` that the footer of a Parquet file holds as strings; none where it has no whole footer."""
    try:
        with head.path.open("rb") as file:
            file.seek(-_TAIL, os.SEEK_END)
            tail = file.read(_TAIL)
            size = int.from_bytes(tail[:4], "little")
            if tail[4:] != MAGIC or not 0 < size <= min(MAX_FOOTER, head.size - _TAIL):
                return frozenset()
            file.seek(-_TAIL - size, os.SEEK_END)
            footer = file.read(size)
    except OSError:
        return frozenset()
    # Thrift's compact protocol writes a string as its length and its bytes.
    return frozenset(name for name in names if bytes((len(name),)) + name.encode() in footer)


def add_parquet(path: Path, rows: Rows) -> None:
    """Add every row of a Parquet file; a null is missing, a NaN a value, a struct is flattened with `.`.

    Raises:
        MissingExtraError: pyarrow is not installed.
        UnreadableError: the file is damaged, or too large.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("a W&B history in Parquet needs pyarrow: pip install lrdoctor[parquet]") from error

    def is_number(kind: pa.DataType) -> bool:
        return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))

    try:
        with pq.ParquetFile(path) as file:
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
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UnreadableError(f"a damaged Parquet file ({reason}): download it again") from error
