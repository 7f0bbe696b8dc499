"""Columns of a batch of a Parquet file as arrays of NumPy."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lrdoctor.records.run import Floats

if TYPE_CHECKING:
    import pyarrow as pa

MAX_DIGITS = 18  # of a decimal that fits 64 bits
MAX_WORD = 1_000  # characters of one that is kept whole; what is longer is no name


def words(column: "pa.Array") -> tuple[NDArray[np.int64], list[str]]:
    """The place of each row's word in a list of all, -1 where there is none, shape (n,); and the list."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    code = column.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    kept, places = list[str](), []
    for item in column.dictionary:
        word = item.as_py() if item.is_valid else None
        known = isinstance(word, str) and len(word) <= MAX_WORD
        places.append(len(kept) if known else -1)
        if known:
            kept.append(str(word))
    return np.array([*places, -1], np.int64)[code], kept


def floats(column: "pa.Array") -> tuple[Floats, NDArray[np.bool_]]:
    """Each row's number, and whether there is one, shape (n,); decimals to the nearest float, which Arrow's are not."""
    import pyarrow as pa

    present = column.is_valid().to_numpy(zero_copy_only=False)
    kind = column.type
    if pa.types.is_decimal128(kind) and kind.precision <= MAX_DIGITS and len(column):
        # The lower half of 128 bits; division is exact to the last digit where a product with 10^-6 is not.
        whole = np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset :: 2][: len(column)]
        return np.where(present, whole / 10.0**kind.scale, np.nan), present
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        return np.full(len(column), np.nan), np.zeros(len(column), np.bool_)
    number = column.cast(pa.float64(), safe=False).fill_null(np.nan)
    return number.to_numpy(zero_copy_only=False), present


def milliseconds(column: "pa.Array") -> Floats | None:
    """Each row's time since 1970, NaN where there is none, shape (n,); None for a column of no times."""
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        return None
    return floats(column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64()))[0] / 1000
