"""TFRecord framing: u64 length, masked CRC32C of it, the data, masked CRC32C of that; all little-endian."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

HEADER = struct.Struct("<QI")
MAX_RECORD = 64 * 1024 * 1024  # larger ones hold images or graphs; they are checked and skipped
_BLOCK = 1024 * 1024  # read at a time.  Not mmap: a file that shrinks under a map kills the process
_KNOWN_HEADERS = 4096  # of records of so many different lengths; most files have a dozen
_U32 = struct.Struct("<I")


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
    """Position and data of every whole record of `path`, checksums verified; memory holds one record and one block.

    Raises:
        BrokenRecordError: after the last good record, when the file is torn or a checksum does not match.
        OSError: the file cannot be opened or read.
    """
    checksum, u32 = google_crc32c.value, _U32.unpack_from
    lengths: dict[bytes, int] = {}  # of headers that were verified: few records differ in length
    with path.open("rb", buffering=0) as file:
        start, block, missing = 0, b"", 0  # `block` stands at `start`, and `missing` bytes of its last record follow
        while more := file.read(max(_BLOCK, missing)):
            block += more
            at, size, missing = 0, len(block), 0
            while at < size:
                header = block[at : at + 12]
                length = lengths.get(header)
                if length is None:
                    if len(header) < 12:
                        break
                    length = record_length(header)
                    if length is None:
                        raise BrokenRecordError(start + at, torn=False)
                    if len(lengths) < _KNOWN_HEADERS:
                        lengths[header] = length
                end = at + 12 + length
                if end + 4 > size:
                    missing = end + 4 - size
                    break
                data = block[at + 12 : end]
                crc = checksum(data)
                # `masked(crc)` written out: the call would cost as much as the checksum.
                if (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF != u32(block, end)[0]:
                    raise BrokenRecordError(start + at, torn=False)
                yield start + at, data
                at = end + 4
            start, block = start + at, block[at:]
            if missing > os.fstat(file.fileno()).st_size - start - len(block):
                raise BrokenRecordError(start, torn=True)  # before room is made for a length that cannot be
            if missing + len(block) > MAX_RECORD:
                _pass_over(file, block, missing, start)
                start, block, missing = start + len(block) + missing, b"", 0
        if block:
            raise BrokenRecordError(start, torn=True)


def _pass_over(file: BinaryIO, begun: bytes, missing: int, position: int) -> None:
    """Check a record at `position` that is too large to be kept: `missing` bytes follow what was read of it."""
    crc, rest = 0, begun[HEADER.size :]
    while missing:
        more = file.read(min(_BLOCK, missing))
        if not more:
            raise BrokenRecordError(position, torn=True)
        missing -= len(more)
        rest += more
        crc, rest = google_crc32c.extend(crc, rest[:-4]), rest[-4:]
    if rest != _U32.pack(masked(crc)):
        raise BrokenRecordError(position, torn=False)
