"""What a reader is: two functions, one that recognises a file and one that reads a log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrdoctor.reading.formats.grouping import Group, each_alone
from lrdoctor.reading.parsing.cost import Cost, by_and_by
from lrdoctor.reading.parsing.head import Head
from lrdoctor.records.run import Run, Source, Traits


@dataclass(frozen=True)
class Reader:
    """One log format: everything that is known of it.

    Args:
        name: the format's word in reports, such as `tensorboard`.
        title: the format in a sentence, such as `TensorBoard event files`.
        recognise: why this head is of the format (a short clause), or None; never raises.
        read: the runs of one source; raises `UnreadableError` with the reason and what to do next.
        refuses: True for a recognised kind of file that can carry no curve: `read` always raises.
        group: which of a folder's recognised files together are one log; each is one unless told otherwise.
        traits: what the format says of every log in it: the analysis sees it as `run.source.traits`.
        settings: from a log's files to those that may hold its settings, where these do not lie beside it under one
            of the names that all trainers use.
        settings_names: names, used by no other format, of files beside a log that hold its settings.
        beside: pattern of the names of further files that `read` looks at; logs from elsewhere are copied with them.
        telling: pattern of names that no other file has: where one cannot be read, it is worth a word among many.
        beside_logs: True for a refused kind that a trainer writes beside its log: where that log is found too, the
            file is passed over, since there is nothing left to do about it.
        hidden: a file in a hidden folder, such as `.name/log.db`, that stands for the log in that folder: no other
            hidden folder is searched, and nothing else in this one.
        by_process: whether it reads trainings whose lines alternate in one file; see `parsing.processes`.
        cost: what it takes to read a recognised file, which `--max-bytes` bounds.
    """

    name: str
    title: str
    recognise: Callable[[Head], str | None]
    read: Callable[[Source], list[Run]]
    refuses: bool = False
    group: Group = each_alone
    traits: Traits = field(default_factory=Traits)
    settings: Callable[[Sequence[Path]], Sequence[Path]] | None = None
    settings_names: tuple[str, ...] = ()
    beside: str = ""
    telling: str = ""
    beside_logs: bool = False
    hidden: str = ""
    by_process: bool = False
    cost: Callable[[Head], Cost] = by_and_by
