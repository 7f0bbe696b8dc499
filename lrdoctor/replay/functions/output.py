"""What an arm writes: its last words, and how much it may be."""

import os
from pathlib import Path

MAX_OUTPUT = 200_000_000  # bytes
TAIL = 4096  # bytes of a file in which its last line is looked for
LONGEST = 200


def last_line(path: Path) -> str:
    """The last line of a text file that is not blank, not too long; "" where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - TAIL, 0))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    said = next((" ".join(line.split()) for line in reversed(lines) if line.strip()), "")
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def written(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - many files
            except OSError:
                continue
    return total
