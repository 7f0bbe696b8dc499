"""Sweep files on disk: compressed parquet, curves to five significant digits, as loggers print them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

CURVE = pa.list_(pa.float32())
DROPPED_BITS = 7  # of float32's 23: what is left resolves 1.5e-5


def rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Floats with short mantissas, which compress twice as well; NaN and inf as they are.

    >>> rounded(np.array([1.2345678, np.nan], dtype=np.float32)).tolist()
    [1.2345733642578125, nan]
    """
    bits = values.view(np.uint32)
    short = ((bits + np.uint32(1 << (DROPPED_BITS - 1))) >> np.uint32(DROPPED_BITS)) << np.uint32(DROPPED_BITS)
    return np.where(np.isfinite(values), short, bits).astype(np.uint32).view(np.float32)


def write(table: pa.Table, path: Path) -> None:
    """Write a sweep's file whole or not at all."""
    curves = [name for name in table.column_names if table.schema.field(name).type == CURVE]
    for name in curves:
        column = table[name].combine_chunks()
        value = column.to_pylist()
        short = [None if v is None else rounded(np.array(v, np.float32)) for v in value]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(short, CURVE))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    pq.write_table(
        table,
        partial,
        compression="zstd",
        compression_level=19,
        use_dictionary=False,
        use_byte_stream_split=[f"{name}.list.element" for name in curves],
    )
    partial.rename(path)
