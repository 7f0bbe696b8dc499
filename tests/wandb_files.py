"""A small writer of `.wandb` files, for tests of the readers."""

import json
import struct
import zlib
from collections.abc import Iterable, Sequence

from lrdoctor.reading.parsing.leveldb_log import BLOCK_BYTES, HEADER


def framed(payloads: Iterable[bytes]) -> bytes:
    """A whole `.wandb` file."""
    out = bytearray(HEADER)
    for payload in payloads:
        rest, begun = payload, False
        while True:
            room = BLOCK_BYTES - len(out) % BLOCK_BYTES
            if room < 7:
                out += bytes(room)
                continue
            part, rest = rest[: room - 7], rest[room - 7 :]
            kind = (3 if rest else 4) if begun else (2 if rest else 1)
            out += struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind) + part
            begun = True
            if not rest:
                break
    return bytes(out)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def message(number: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def item(keys: Sequence[str] | str, value: object) -> bytes:
    """A history or config item as today's writers make it: the key, even a single one, in `nested_key`."""
    names = [keys] if isinstance(keys, str) else keys
    return b"".join(message(2, name) for name in names) + message(16, json.dumps(value))


def history(row: dict[str, object], step: int = 0) -> bytes:
    items = b"".join(message(1, item(key.split("|"), value)) for key, value in row.items())
    return message(2, items + message(2, b"\x08" + varint(step)))


def run_record(run_id: str = "abc123", **config: object) -> bytes:
    changes = b"".join(message(1, item(key, value)) for key, value in config.items())
    return message(17, message(1, run_id) + message(4, changes) + message(13, "ada-laptop"))


def losses(count: int) -> list[bytes]:
    return [history({"train/loss": 1 / (i + 1), "_step": i, "_timestamp": 1.7e9 + i}, i) for i in range(count)]
