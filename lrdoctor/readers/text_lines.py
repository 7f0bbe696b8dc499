"""The lines of a text log as a person saw them: progress bars, colours and ranks' prefixes taken apart."""

import re
from collections.abc import Iterator
from pathlib import Path

MAX_LINE = 1 << 20  # bytes; what is longer is no line of a log, and is cut there

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def text_lines(path: Path) -> Iterator[str]:
    """Every line without its end, its colours, and what a carriage return overwrote; undecodable bytes as U+FFFD.

    A progress bar rewrites its line many times: each state is a line of its own.

    Raises:
        OSError: the file cannot be opened or read.
    """
    with path.open("rb") as file:
        first = True
        while raw := file.readline(MAX_LINE):
            text = raw.decode("utf-8-sig" if first else "utf-8", errors="replace").rstrip("\r\n")
            first = False
            if "\x1b" in text:
                text = _ANSI.sub("", text)
            if "\r" in text:
                yield from text.split("\r")
            else:
                yield text


def ends_in_a_line(path: Path) -> bool:
    """Whether the file's last byte ends a line: a writer was not stopped inside one."""
    with path.open("rb") as file:
        file.seek(0, 2)
        if file.tell() == 0:
            return True
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
