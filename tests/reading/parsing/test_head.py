"""The head of a file: its first bytes, its size, its text."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.reading.parsing.head import HEAD_BYTES, look


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"step,loss\n1,2\n", "step,loss\n1,2\n"),
        (b"\xef\xbb\xbfstep,loss\n", "step,loss\n"),
        ("step,loss\n".encode("utf-16"), "step,loss\n"),
        (b"\xff\xfe" + "Verlust\n".encode("utf-16-le"), "Verlust\n"),
        (b"caf\xe9", "caf\ufffd"),
        (b"\x00\x01", "\x00\x01"),
    ],
)
def test_text_has_no_byte_order_mark_and_never_fails(data: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    head = look(path)
    assert (head.path, head.data, head.size, head.text) == (path, data, len(data), text)


def test_a_large_file_is_only_begun(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(b"ab" * HEAD_BYTES)
    head = look(path)
    assert (len(head.data), head.size) == (HEAD_BYTES, 2 * HEAD_BYTES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_tail_is_text_too(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(("a" * HEAD_BYTES + "b" * HEAD_BYTES).encode(encoding))
    assert set(look(path).tail[1:]) == {"b"}


def test_a_missing_file_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        look(tmp_path / "absent")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("ab\n\r\v\f\x1c\x1d\x1e\x85\u2028é")))
def test_lines_end_as_a_text_file_s_do(text: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(text.encode())
    with path.open(encoding="utf-8") as file:
        assert look(path).lines == file.read().split("\n")
