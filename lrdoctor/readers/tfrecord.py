"""TFRecord framing: u64 length, masked CRC32C of it, the data, masked CRC32C of that; all little-endian."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import google_crc32c

HEADER = struct.Struct("<QI")
MAX_RECORD = 64 * 1024 * 1024  # larger ones hold images or graphs; they are checked and skipped
_CHUNK = 1024 * 1024


class BrokenRecordError(Exception):
    """The file cannot be read past the byte `position`; `torn` when it just ends there, inside a record."""

    def __init__(self, position: int, *, torn: bool) -> None:
        super().__init__(position, torn)
        self.position = position
        self.torn = torn


def masked(crc: int) -> int:
    """The CRC as TFRecord stores it: rotated and offset, since a CRC over data with CRCs in it is weak."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record_length(header: bytes) -> int | None:
    """The length that 12 header bytes state, or None where their checksum says they are no header."""
    if len(header) < HEADER.size:
        return None
    length, crc = HEADER.unpack_from(header)
    return int(length) if masked(google_crc32c.value(header[:8])) == crc else None


def records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Position and data of every whole record of `path`, checksums verified, at most one record in memory.

    Raises:
        BrokenRecordError: after the last good record, when the file is torn or a checksum does not match.
        OSError: the file cannot be opened or read.
    """
    with path.open("rb", buffering=_CHUNK) as file:
        size = os.fstat(file.fileno()).st_size
        position = 0
        while header := file.read(HEADER.size):
            length = record_length(header)
            if length is None:
                raise BrokenRecordError(position, torn=len(header) < HEADER.size)
            end = position + HEADER.size + length + 4
            if end > size:
                raise BrokenRecordError(position, torn=True)
            data, crc = b"", 0
            if length <= MAX_RECORD:
                data = file.read(length)
                crc = google_crc32c.value(data)
            else:
                for begin in range(0, length, _CHUNK):
                    crc = google_crc32c.extend(crc, file.read(min(_CHUNK, length - begin)))
            if file.read(4) != struct.pack("<I", masked(crc)):
                raise BrokenRecordError(position, torn=False)
            if length <= MAX_RECORD:
                yield position, data
            position = end
