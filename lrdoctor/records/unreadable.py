"""What was not read, and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
from pathlib import Path


@dataclass(frozen=True)
class Unreadable:
    """A path that could not be analysed, and the one-line reason.

    `named` is what the user named where nothing, or not all, of that could be read because of it; "" where the path
    was only found inside of it, beside what could be read.
    """

    path: str
    reason: str
    named: str = ""


@dataclass(frozen=True)
class Refusal:
    """A file or directory that was not read.

    Args:
        path: what was refused.
        reason: what it is, then what to do next; one line.
    """

    path: Path
    reason: str
