"""The first bytes of a file: all that a reader may look at to say "this is mine"."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HEAD_BYTES = 65_536


@dataclass(frozen=True)
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
        """The bytes as text, without a byte-order mark; undecodable bytes become U+FFFD."""
        encoding = "utf-16" if self.data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return self.data.decode(encoding, errors="replace")


def look(path: Path) -> Head:
    """Read the head of `path`."""
    with path.open("rb") as file:
        return Head(path, file.read(HEAD_BYTES), os.fstat(file.fileno()).st_size)
