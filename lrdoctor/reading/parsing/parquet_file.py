"""Parquet files that trackers write: recognised without pyarrow, opened with it, read a batch of rows at a time.

The names of a Parquet file's columns stand at its end, so recognising one means looking there, not only at its head.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
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
        leaves = {metadata.schema.column(place).path for place in range(len(metadata.schema))}
        with pq.ParquetFile(path, metadata=metadata, read_dictionary=sorted(leaves.intersection(texts))) as file:
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UnreadableError(f"a damaged Parquet file ({reason}): download it again") from error


def plain(file: "pq.ParquetFile", names: Iterable[str]) -> list[str]:
    """Those of `names` that are columns of one value a row: no lists, whose rows may hold millions, and no objects."""
    import pyarrow as pa

    kinds = {field.name: field.type for field in file.schema_arrow}
    return [name for name in names if name in kinds and not pa.types.is_nested(kinds[name])]


def batches(file: "pq.ParquetFile", names: Collection[str], rows: int = BATCH_ROWS) -> Iterator["pa.RecordBatch"]:
    """The columns of these names, so many rows at a time.

    Raises:
        UnreadableError: packed so well that a batch would take all memory.
    """
    for place in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(place)
        chunks = (group.column(column) for column in range(group.num_columns))
        if sum(one.total_uncompressed_size for one in chunks if _top(one.path_in_schema, names)) > MAX_UNPACKED:
            limit = f"{MAX_UNPACKED / 1e9:.0f} GB"
            raise UnreadableError(
                f"a Parquet file of which one row group unpacks to more than {limit}: write smaller ones"
            )
    yield from file.iter_batches(rows, columns=list(names))


def cells(metadata: "pq.FileMetaData", names: Collection[str]) -> int:
    """How many values the columns of these names hold, nulls included: a list may hold millions in one row."""
    groups = (metadata.row_group(place) for place in range(metadata.num_row_groups))
    chunks = (group.column(place) for group in groups for place in range(group.num_columns))
    return sum(chunk.num_values for chunk in chunks if _top(chunk.path_in_schema, names))


def _top(path: str, names: Collection[str]) -> bool:
    """Whether a leaf's dotted path begins with one of the names, which may hold dots themselves."""
    parts = path.split(".")
    return any(".".join(parts[:end]) in names for end in range(1, len(parts) + 1))


def is_number(kind: "pa.DataType") -> bool:
    """Whether a column of this type holds numbers; truth values are none."""
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))
