"""What a reader is: two functions, one that recognises a file and one that reads a log."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.reading.parsing.cost import Cost, by_and_by
from lrdoctor.reading.parsing.head import Head
from lrdoctor.records.run import Run, Source


@dataclass(frozen=True)
class Reader:
    """One log format.

    Args:
        name: the format's word in reports, such as `tensorboard`.
        title: the format in a sentence, such as `TensorBoard event files`.
        recognise: why this head is of the format (a short clause), or None; never raises.
        read: the runs of one source; raises `UnreadableError` with the reason and what to do next.
        refuses: True for a recognised kind of file that can carry no curve: `read` always raises.
        home: from a recognised file to what stands for its log where one log is several files: all files with the
            same home are one source, sorted by name.  None where each file is a log.
        beside_logs: True for a refused kind that a trainer writes beside its log: where that log is found too, the
            file is passed over, since there is nothing left to do about it.
        cost: what it takes to read a recognised file, which `--max-bytes` bounds.
    """

    name: str
    title: str
    recognise: Callable[[Head], str | None]
    read: Callable[[Source], list[Run]]
    refuses: bool = False
    home: Callable[[Path], Path] | None = None
    beside_logs: bool = False
    cost: Callable[[Head], Cost] = by_and_by
