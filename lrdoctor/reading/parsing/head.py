"""The first bytes of a file, and the last: all that a reader may look at to say "this is mine"."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lrdoctor.reading.parsing.processes import Processes, processes_in

HEAD_BYTES = 65_536
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16


@dataclass(frozen=True, eq=False)  # compared and hashed as itself: its bytes would take longer than what is kept by it
class Head:
    """What a file begins with.

    Args:
        path: the file; its name is a hint, never a proof.
        data: at most `HEAD_BYTES` bytes.
        size: of the whole file, in bytes.
    """

    path: Path
    data: bytes
    size: int

    @cached_property
    def text(self) -> str:
        """The bytes as text, without a byte-order mark; undecodable bytes become U+FFFD.

        Of what several ranks of one training printed it is the first one's; see `processes`.
        """
        return self._of_first(self._printed)

    @cached_property
    def processes(self) -> Processes | None:
        """What tells the lines of several processes apart; None where one printed all."""
        return processes_in(self._printed)

    @cached_property
    def _printed(self) -> str:
        encoding = "utf-16" if self.data[:2] in BYTE_ORDER_MARKS else "utf-8-sig"
        return self.data.decode(encoding, errors="replace")

    def _of_first(self, text: str) -> str:
        if self.processes is None or self.processes.trainings:
            return text
        return "\n".join(self.processes.of_first(text.split("\n")))

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines without their ends; the last is empty where the text ends in a line's end."""
        text = self.text
        if text.isascii() and not any(map(text.__contains__, "\v\f\x1c\x1d\x1e")):
            lines = text.splitlines()  # the fastest, but it takes those and some others for ends of lines too
            return [*lines, ""] if text[-1:] in ("\r", "\n", "") else lines
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def tail(self) -> str:
        """The last `HEAD_BYTES` bytes as text, read when asked for: some logs begin with their own source code.

        Empty where the head holds the whole file, or where it cannot be read any more.
        """
        if self.size <= len(self.data):
            return ""
        try:
            with self.path.open("rb") as file:
                wide = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(self.data[:2])
                begin = max(len(self.data), self.size - HEAD_BYTES)
                file.seek(begin + begin % 2 if wide else begin)
                return self._of_first(file.read(HEAD_BYTES).decode(wide or "utf-8", errors="replace"))
        except OSError:
            return ""


def look(path: Path) -> Head:
    """Read the head of `path`."""
    with path.open("rb") as file:
        return Head(path, file.read(HEAD_BYTES), os.fstat(file.fileno()).st_size)
