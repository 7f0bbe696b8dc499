"""What a format sample is: a training that another sample tells, and the function that writes it again.

Or a training of its own, where a format's meaning is in what trained: reinforcement learning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generation.formats.training import Training


@dataclass(frozen=True)
class Form:
    """One sample under `sample_logs/formats/`.

    Args:
        name: its folder, such as `hf-trainer-state`.
        of: the sample whose training it tells again.
        reader: the format's name in reports, which the log must be recognised as.
        writer: what wrote it, with its version where it is the real one.
        real: whether the real writer wrote it; otherwise it has that writer's exact shape.
        write: makes the log in a folder that is empty.
    """

    name: str
    of: str
    reader: str
    writer: str
    real: bool
    write: Callable[[Path, Training], None]


@dataclass(frozen=True)
class Own:
    """A sample under `sample_logs/formats/` with a training of its own.

    Args:
        name, reader, writer: as of a `Form`.
        verdict: what it must give.
        write: trains, and makes the log in a folder that is empty.
    """

    name: str
    reader: str
    writer: str
    verdict: str
    write: Callable[[Path], None]
