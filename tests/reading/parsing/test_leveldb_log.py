"""The framing of `.wandb` files: records across blocks, torn and impossible logs."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.reading.parsing import leveldb_log
from lrdoctor.reading.parsing.leveldb_log import BLOCK_BYTES, Fault, records
from tests.wandb_files import framed


@settings(max_examples=40)
@given(st.lists(st.one_of(st.integers(0, 40), st.integers(32_700, 32_780), st.integers(60_000, 100_000)), max_size=6))
def test_records_of_any_size_come_back(sizes: list[int]) -> None:
    payloads = [bytes(np.random.default_rng(i).integers(0, 256, size, np.uint8)) for i, size in enumerate(sizes)]
    assert list(records(BytesIO(framed(payloads)[7:]))) == payloads


def test_every_remainder_of_a_block_is_met() -> None:
    for left in range(12):
        payloads = [b"x" * (BLOCK_BYTES - 7 - 7 - left), b"second", b"third"]
        assert list(records(BytesIO(framed(payloads)[7:]))) == payloads


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_torn_log_gives_a_prefix_and_says_so(seed: int, count: int) -> None:
    payloads = [b"%d" % i * 300 for i in range(count)]
    whole = framed(payloads)[7:]
    ends = {0, *(len(framed(payloads[: i + 1])) - 7 for i in range(count))}
    cut = seed % len(whole)
    found = list(records(BytesIO(whole[:cut])))
    faults = [record for record in found if isinstance(record, Fault)]
    assert [record for record in found if isinstance(record, bytes)] == payloads[: len(found) - len(faults)]
    if cut not in ends:
        assert [fault.code for fault in faults] == ["torn-tail"]


def test_space_reserved_and_never_written_is_a_torn_tail() -> None:
    found = list(records(BytesIO(framed([b"a", b"b"])[7:] + bytes(500))))
    assert found[:2] == [b"a", b"b"]
    assert isinstance(found[2], Fault)
    assert found[2].code == "torn-tail"


def test_a_chain_without_bounds_is_left_out_and_the_rest_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leveldb_log, "MAX_RECORD_BYTES", 100_000)
    found = list(records(BytesIO(framed([b"a", bytes(200_000), b"b"])[7:])))
    assert [found[0], found[2]] == [b"a", b"b"]
    assert isinstance(found[1], Fault)
    assert found[1].code == "skipped"


@pytest.mark.parametrize("kinds", [(2, 1), (3,), (4,), (2, 2), (5,), (0,)])
def test_fragments_in_an_impossible_order_stop_the_reading(kinds: tuple[int, ...]) -> None:
    body = b"".join(struct.pack("<IHB", zlib.crc32(bytes([kind]) + b"x"), 1, kind) + b"x" for kind in kinds)
    found = list(records(BytesIO(body)))
    assert len(found) == 1
    assert isinstance(found[0], Fault)
    assert found[0].code == "corrupt-record"
