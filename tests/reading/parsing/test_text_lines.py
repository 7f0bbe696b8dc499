"""The lines of a text log: their ends, colours, carriage returns, and the borders of the blocks they are read in."""

from pathlib import Path

import pytest

from lrdoctor.reading.parsing import text_lines
from tests.reading.formats.line_logs import written

BAR = "\u2588"


@pytest.mark.parametrize("block", [4, 7, 64, text_lines.MAX_LINE])
@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"1\r2\r3\n4", ["1", "2", "3", "4"]),
        (b"\xef\xbb\xbfa\n\xffb\n", ["a", "\ufffdb"]),
        (b"\x1b[1ma\n\x1bMb\n", ["a", "b"]),
        (f"{BAR}\n{BAR}\n".encode(), [BAR, BAR]),
        (f"{BAR}\r\n\x1b[1ma\rb\r\n".encode("utf-16"), [BAR, "a", "b"]),
        (b"\xfe\xff" + "a\nb".encode("utf-16-be"), ["a", "b"]),
    ],
)
def test_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, data: bytes, lines: list[str]) -> None:
    longest = max(map(len, data.split(b"\n")))
    monkeypatch.setattr(text_lines, "MAX_LINE", max(block, longest + 1))
    assert list(text_lines.text_lines(written(tmp_path, data, "a.log"))) == lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("text", "ends"), [("", True), ("a\n", True), ("a\r", True), ("a\nb", False)])
def test_whether_the_last_line_ends(tmp_path: Path, encoding: str, text: str, ends: bool) -> None:
    path = written(tmp_path, text.encode(encoding), "a.log")
    assert text_lines.ends_in_a_line(path) is (ends and (bool(text) or encoding == "utf-8"))


def test_a_line_that_is_none_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "MAX_LINE", 4)
    path = written(tmp_path, "ab\n123456789\ncd\n", "a.log")
    assert list(text_lines.text_lines(path)) == ["ab", "1234", "5678", "9", "cd"]
