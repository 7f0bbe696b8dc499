"""The protobuf wire format, as far as W&B records need it: no schema, no dependency.

https://protobuf.dev/programming-guides/encoding/: a message is a list of (field number, wire type, value).
"""

import struct
from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = int | bytes

_VARINT, _I64, _BYTES, _I32 = 0, 1, 2, 5


class WireError(ValueError):
    """Bytes that are no protobuf message."""


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Each field's number and value: a varint as an unsigned int, anything else as its bytes.

    >>> list(fields(bytes([8, 150, 1]) + bytes([18, 2]) + b"hi"))
    [(1, 150), (2, b'hi')]

    Raises:
        WireError: a field reaches beyond the message, or is of a type that no longer exists.
    """
    at, end = 0, len(message)
    while at < end:
        tag, at = (message[at], at + 1) if message[at] < 128 else _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise WireError("field 0")
        if kind == _BYTES:
            size, at = (message[at], at + 1) if at < end and message[at] < 128 else _varint(message, at)
        elif kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        elif kind in (_I64, _I32):
            size = 8 if kind == _I64 else 4
        else:
            raise WireError(f"wire type {kind}")
        if size > end - at:
            raise WireError("a field is longer than its message")
        yield number, message[at : at + size]
        at += size


def as_bytes(value: Value) -> bytes:
    """A field that must be text, bytes or a message."""
    if isinstance(value, bytes):
        return value
    raise WireError("a number where a message was expected")


def as_int64(value: Value) -> int:
    """An `int64`: two's complement in a varint."""
    if isinstance(value, bytes):
        raise WireError("bytes where a number was expected")
    return value - (1 << 64) if value >> 63 else value


def as_sint64(value: Value) -> int:
    """A `sint64`: zigzag-encoded, so that -1 is 1, 1 is 2, -2 is 3."""
    if isinstance(value, bytes):
        raise WireError("bytes where a number was expected")
    return (value >> 1) ^ -(value & 1)


def as_double(value: Value) -> float:
    """A `double`: eight bytes, little-endian."""
    if not isinstance(value, bytes) or len(value) != 8:
        raise WireError("no double where one was expected")
    return float(struct.unpack("<d", value)[0])


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The value, below 2**64, and where it ends."""
    result = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & (1 << 64) - 1, at
    raise WireError("a varint without an end")
