"""The framing of a `.wandb` file: a LevelDB log in which every fragment carries a checksum.

The file is cut into blocks of 32 KiB; the first begins with a seven-byte header (`:W&B`, 0xBEE1, a version).
A fragment is `crc32 u32 | length u16 | type u8 | payload`, little-endian, and never crosses a block; where fewer than
seven bytes are left, the block is padded.  The checksum is zlib's CRC-32 over the type byte and the payload (LevelDB's
own log has a masked CRC-32C).  Longer records are split: a first fragment, middle ones, a last one.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

HEADER = struct.pack("<4sHB", b":W&B", 0xBEE1, 0)
IDENT = HEADER[:4]
BLOCK_BYTES = 32_768
# Of one record put together.  W&B itself refuses protobuf messages beyond 2 GiB; history rows have kilobytes, and the
# largest record seen (a config with its requirements) 60 kB.
MAX_RECORD_BYTES = 32 * 2**20

_FRAGMENT = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


@dataclass(frozen=True)
class Fault:
    """Why the reading of a log stopped, or what was left out.

    Args:
        code: `torn-tail`, `corrupt-record` or `skipped`, as in `NOTE_CODES`.
        offset: of the fragment it was seen at, in bytes from the file's start.
        reason: a short clause.
    """

    code: str
    offset: int
    reason: str


def records(file: BinaryIO) -> Iterator[bytes | Fault]:
    """The payloads of a log whose header was read already, in order; a `Fault` where one is missing.

    After a `torn-tail` or a `corrupt-record` nothing follows: behind a length that cannot be trusted there is no
    telling where the next fragment begins.  Memory is bounded by one block and one record.
    """
    chain: list[bytes] | None = None  # the parts of a record begun and not ended
    chain_bytes, chain_start = 0, 0
    for offset, kind, payload in _fragments(file):
        if isinstance(payload, Fault):
            yield payload
            return
        if (kind in (_FULL, _FIRST)) != (chain is None):
            yield Fault("corrupt-record", offset, "a record begins or goes on where it cannot")
            return
        if chain is None:
            if kind == _FULL:
                yield payload
                continue
            chain, chain_bytes, chain_start = [], 0, offset
        chain_bytes += len(payload)
        if chain_bytes <= MAX_RECORD_BYTES:
            chain.append(payload)
        if kind == _LAST:
            if chain_bytes <= MAX_RECORD_BYTES:
                yield b"".join(chain)
            else:
                yield Fault("skipped", chain_start, f"a record of {chain_bytes / 2**20:.0f} MiB")
            chain = None
    if chain is not None:
        yield Fault("torn-tail", chain_start, "the last record was never finished")


def _fragments(file: BinaryIO) -> Iterator[tuple[int, int, bytes | Fault]]:
    """Offset, type and payload of each fragment; the last payload may be a `Fault`."""
    start, room = len(HEADER), BLOCK_BYTES - len(HEADER)
    while block := file.read(room):
        at = 0
        while room - at >= _FRAGMENT.size and at < len(block):
            crc, length, kind, payload = 0, 0, 0, b""
            if at + _FRAGMENT.size <= len(block):
                crc, length, kind = _FRAGMENT.unpack_from(block, at)
                payload = block[at + _FRAGMENT.size : at + _FRAGMENT.size + length]
            if fault := _fault(start + at, crc, length, kind, payload, room - at):
                yield start + at, kind, fault
                return
            yield start + at, kind, payload
            at += _FRAGMENT.size + length
        start, room = start + len(block), BLOCK_BYTES


def _fault(offset: int, crc: int, length: int, kind: int, payload: bytes, room: int) -> Fault | None:
    """What is wrong with a fragment, of which `payload` is as much as the file holds."""
    if not (crc or length or kind):  # no type is 0: a header cut off, or space that was reserved and never written
        return Fault("torn-tail", offset, "the file ends inside a record")
    if length + _FRAGMENT.size > room:
        return Fault("corrupt-record", offset, "a record is longer than its block")
    if len(payload) < length:
        return Fault("torn-tail", offset, "the file ends inside a record")
    if zlib.crc32(payload, zlib.crc32(bytes((kind,)))) != crc:
        return Fault("corrupt-record", offset, "a checksum does not match")
    if kind not in (_FULL, _FIRST, _MIDDLE, _LAST):
        return Fault("corrupt-record", offset, f"an unknown fragment type {kind}")
    return None
