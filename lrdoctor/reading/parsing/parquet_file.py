"""Parquet files that trackers write: recognised without pyarrow, opened with it, read a batch of rows at a time.

The names of a Parquet file's columns stand at its end, so recognising one means looking there, not only at its head.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.parsing.head import Head

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MAGIC = b"PAR1"
MAX_FOOTER = 2**22  # bytes of schema and statistics; a history of a thousand columns in one row group has 200 kB
BATCH_ROWS = 2**16
MAX_UNPACKED = 2_000_000_000  # bytes of a row group; writers make them of 128 MB
_TAIL = 8  # footer's length as u32, then the magic again


def named_in_footer(head: Head, names: Sequence[str]) -> frozenset[str]:
    """Those of `names` that the footer of a Parquet file holds as strings; none where it has no whole footer."""
    if not head.data.startswith(MAGIC):
        return frozenset()
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


@contextmanager
def opened(path: Path, what: str, texts: Sequence[str] = ()) -> Iterator["pq.ParquetFile"]:
    """A Parquet file to read batches of; whatever pyarrow complains about becomes an `UnreadableError`.

    Args:
        path: the file.
        what: the format, as a message names it.
        texts: columns whose words are kept once each: a word of a megabyte may stand in every row of a small file.

    Raises:
        MissingExtraError: pyarrow is not installed.
        UnreadableError: the file is damaged.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError(f"{what} needs pyarrow: pip install lrdoctor[parquet]") from error
    try:
        metadata = pq.read_metadata(path)
        known = {metadata.schema.column(place).path for place in range(len(metadata.schema))}
        with pq.ParquetFile(path, metadata=metadata, read_dictionary=sorted(known.intersection(texts))) as file:
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UnreadableError(f"a damaged Parquet file ({reason}): download it again") from error


def columns(file: "pq.ParquetFile") -> dict[str, str]:
    """The columns that hold one value a row, by their paths, dots between a struct's name and its field's; their types.

    Lists are left out, since one row may hold millions, and how many it holds pyarrow tells only of a whole file: asked
    for the columns of a row group, it ends the process where their statistics are damaged.
    """
    schema = file.metadata.schema
    leaves = (schema.column(place) for place in range(len(schema)))
    return {one.path: one.physical_type for one in leaves if one.max_repetition_level == 0}


def batches(file: "pq.ParquetFile", paths: Collection[str], rows: int = BATCH_ROWS) -> Iterator["pa.RecordBatch"]:
    """The columns of these paths, so many rows at a time.

    Raises:
        UnreadableError: packed so well that a batch would take all memory.
    """
    for place in range(file.metadata.num_row_groups):
        if file.metadata.row_group(place).total_byte_size > MAX_UNPACKED:
            limit = f"{MAX_UNPACKED / 1e9:.0f} GB"
            raise UnreadableError(f"a Parquet file with a row group of more than {limit} unpacked: write smaller ones")
    for batch in file.iter_batches(rows, columns=list(paths)):
        batch.validate(full=True)  # a damaged file has words beyond its list of words
        yield batch


def is_number(kind: "pa.DataType") -> bool:
    """Whether a column of this type holds numbers; truth values are none."""
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))
