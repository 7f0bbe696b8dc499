"""The protobuf wire format, read without a schema."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reading.parsing.protobuf_wire import WireError, as_double, as_int64, as_sint64, fields
from tests.wandb_files import varint


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",
        b"\x12\x05ab",
        b"\x00\x01",
        b"\x0b\x01",
        b"\x09\x01",
        b"\x08" + b"\xff" * 11,
        b"\x12" + b"\xff" * 9 + b"\x01",
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        list(fields(data))


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_an_error(data: bytes) -> None:
    try:
        for _, value in fields(data):
            assert isinstance(value, bytes) or 0 <= value < 2**64
    except WireError:
        pass


@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
def test_numbers_come_back(integer: int, number: float) -> None:
    ((_, plain),) = fields(b"\x08" + varint(integer % 2**64))
    ((_, zigzag),) = fields(b"\x08" + varint(integer * 2 if integer >= 0 else -integer * 2 - 1))
    ((_, double),) = fields(b"\x09" + struct.pack("<d", number))
    assert (as_int64(plain), as_sint64(zigzag), as_double(double)) == (integer, integer, number)
