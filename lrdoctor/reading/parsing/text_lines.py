"""The lines of a text log as a person saw them: progress bars, colours and ranks' prefixes taken apart."""

import re
from collections.abc import Iterator
from pathlib import Path

from lrdoctor.reading.parsing.head import BYTE_ORDER_MARKS

MAX_LINE = 1 << 20  # bytes; what is longer is no line of a log, and is cut there

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def text_lines(path: Path) -> Iterator[str]:
    """Every line without its end, its colours, and what a carriage return overwrote; undecodable bytes as U+FFFD.

    A progress bar rewrites its line many times: each state is a line of its own.

    Raises:
        OSError: the file cannot be opened or read.
    """
    if is_utf16(path):
        yield from _utf16_lines(path)
        return
    rest, encoding = b"", "utf-8-sig"
    with path.open("rb") as file:
        while more := file.read(MAX_LINE - len(rest)):
            block = rest + more
            end = block.rfind(b"\n") + 1 or (len(block) if len(block) == MAX_LINE else 0)
            rest = block[end:]
            if end:
                yield from _seen(block[:end].decode(encoding, errors="replace"))
                encoding = "utf-8"
    yield from _seen(rest.decode(encoding, errors="replace"))


def is_utf16(path: Path) -> bool:
    """Whether a text is in UTF-16, by its byte-order mark: what `>` writes in Windows PowerShell."""
    with path.open("rb") as file:
        return file.read(2) in BYTE_ORDER_MARKS


def _utf16_lines(path: Path) -> Iterator[str]:
    rest = ""
    with path.open(encoding="utf-16", errors="replace", newline="") as file:
        while more := file.read(MAX_LINE - len(rest)):
            block = rest + more
            end = block.rfind("\n") + 1 or (len(block) if len(block) == MAX_LINE else 0)
            rest = block[end:]
            if end:
                yield from _seen(block[:end])
    yield from _seen(rest)


def _seen(block: str) -> Iterator[str]:
    """The lines of a block, which ends where a line does."""
    lines = block.removesuffix("\n").split("\n") if block else []
    if "\r" not in block and "\x1b" not in block:
        yield from lines
        return
    for line in lines:
        text = without_colours(line.rstrip("\r"))
        if "\r" in text:
            yield from text.split("\r")
        else:
            yield text


def without_colours(text: str) -> str:
    """The text as a terminal shows it, without the sequences that colour it and move in it."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def ends_in_a_line(path: Path) -> bool:
    """Whether the file's last byte ends a line: a writer was not stopped inside one."""
    with path.open("rb") as file:
        file.seek(0, 2)
        if file.tell() == 0:
            return True
        file.seek(-1, 2)
        if is_utf16(path):
            file.seek(-2, 2)
            return file.read(2).strip(b"\0") in (b"\r", b"\n")
        return file.read(1) in b"\r\n"
