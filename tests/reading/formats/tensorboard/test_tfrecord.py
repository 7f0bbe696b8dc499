"""The framing of event files, whatever the sizes of blocks and records, and whatever is left of a file."""

import struct
from pathlib import Path

import google_crc32c
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.summary.writer.record_writer import RecordWriter

from lrdoctor.reading.formats.tensorboard import tfrecord
from lrdoctor.reading.formats.tensorboard.tfrecord import BrokenRecordError, records


def written(path: Path, contents: list[bytes]) -> Path:
    with path.open("wb") as file:
        for content in contents:
            RecordWriter(file).write(content)
    return path


def read(path: Path) -> tuple[list[tuple[int, bytes]], tuple[int, bool] | None]:
    found = []
    try:
        for record in records(path):
            found.append(record)  # noqa: PERF402 - those before an error are kept
    except BrokenRecordError as error:
        return found, (error.position, error.torn)
    return found, None


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=60)), block=st.integers(1, 100), data=st.data())
def test_blocks_do_not_show(contents: list[bytes], block: int, data: st.DataObject, tmp_path: Path) -> None:
    path = written(tmp_path / "records", contents)
    starts = [0]
    for content in contents:
        starts.append(starts[-1] + len(content) + 16)
    whole = list(zip(starts, contents, strict=False))
    cut = data.draw(st.integers(0, starts[-1]))
    torn = tmp_path / "torn"
    torn.write_bytes(path.read_bytes()[:cut])
    kept = sum(start <= cut for start in starts) - 1
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tfrecord, "_BLOCK", block)
        assert read(path) == (whole, None)
        assert read(torn) == (whole[:kept], None if cut == starts[kept] else (starts[kept], True))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=60), min_size=1), block=st.integers(1, 100), data=st.data())
def test_a_flipped_bit_ends_the_file_before_its_record(
    contents: list[bytes], block: int, data: st.DataObject, tmp_path: Path
) -> None:
    path = written(tmp_path / "records", contents)
    content = bytearray(path.read_bytes())
    whole, _ = read(path)
    byte = data.draw(st.integers(0, len(content) - 1))
    content[byte] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tfrecord, "_BLOCK", block)
        patched.setattr(tfrecord, "MAX_RECORD", data.draw(st.sampled_from([tfrecord.MAX_RECORD, 30])))
        found, broken = read(path)
    before = [start for start, _ in whole if start <= byte]
    assert broken == (before[-1], False)
    assert set(found) <= set(whole[: len(before) - 1])


@pytest.mark.parametrize(
    ("cut", "broken"),
    [(0, None), (1, (22, True)), (4, (22, True)), (5, (22, True)), (300, (22, True)), (316, (22, True))],
)
@pytest.mark.parametrize("block", [1, 7, 64])
def test_a_record_too_large_is_checked_and_passed_over(
    cut: int, broken: tuple[int, bool] | None, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfrecord, "_BLOCK", block)
    monkeypatch.setattr(tfrecord, "MAX_RECORD", 100)
    path = written(tmp_path / "records", [b"before", b"x" * 301, *([b"after"] if not cut else [])])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - cut])
    after = [] if cut else [(22 + 317, b"after")]
    assert read(path) == ([(0, b"before"), *after], broken)


def test_a_length_beyond_the_file_takes_no_memory(tmp_path: Path) -> None:
    length = struct.pack("<Q", 2**40)
    path = tmp_path / "records"
    path.write_bytes(length + struct.pack("<I", tfrecord.masked(google_crc32c.value(length))) + b"few")
    assert read(path) == ([], (0, True))


def test_a_file_that_grows_while_it_is_read_is_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tfrecord, "_BLOCK", 8)
    path = written(tmp_path / "records", [b"one", b"two"])
    reading = records(path)
    assert next(reading)[1] == b"one"
    with path.open("ab") as file:
        RecordWriter(file).write(b"three")
    assert [content for _, content in reading] == [b"two", b"three"]


def test_a_file_that_is_cut_while_it_is_read_is_torn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tfrecord, "_BLOCK", 8)
    path = written(tmp_path / "records", [b"one", b"two" * 50])
    reading = records(path)
    assert next(reading)[1] == b"one"
    with path.open("r+b") as file:
        file.truncate(40)
    with pytest.raises(BrokenRecordError):
        next(reading)
