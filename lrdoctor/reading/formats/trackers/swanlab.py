"""SwanLab's `run-ID.swanlab`, the log of a local run, read without the `swanlab` package.

The framing is W&B's (see `leveldb_log`) behind `:SWL`.  Each record is a protobuf message, of which these fields are
read, by number:

    10 run      1 project, 4 name, 10 id
    13 scalar   1 key, 2 step (left out at 0), 4 timestamp: 1 seconds, 2 nanoseconds; 5 value: 1 double

`files/config.yaml` beside it holds the settings, in W&B's form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.leveldb_log import HEADER, Fault, records
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.protobuf_wire import Value, WireError, as_bytes, as_double, as_int64, fields
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.records.run import Note, Run, Source

NAME = "swanlab"
IDENT = b":SWL"
SYSTEM = "__swanlab__"  # before the names of the machine's own curves
VALUE = "/value"  # below each setting; `desc` and `sort` beside it are the page's
MAX_KEY = 200


@dataclass
class _Log:
    """What the records have told so far."""

    points: Points = field(default_factory=Points)
    name: str = ""
    run_id: str = ""
    unparsed: int = 0


def recognise(head: Head) -> str | None:
    """By the first four bytes."""
    return "the SwanLab header `:SWL`" if head.data.startswith(IDENT) else None


def read(source: Source) -> list[Run]:
    """The run in one file, up to where the file is intact; raises `UnreadableError`."""
    path, log, notes = source.files[-1], _Log(), list[Note]()
    with path.open("rb") as file:
        if not file.read(len(HEADER)).startswith(IDENT):
            raise UnreadableError("no SwanLab file any more: copy it again")
        for record in records(file):
            if isinstance(record, Fault):
                notes.append(Note(record.code, f"{record.reason}, at byte {record.offset:,}"))
                continue
            try:
                _take(record, log)
            except (WireError, ValueError, OverflowError):
                log.unparsed += 1
    if log.unparsed:
        notes.append(Note("skipped", f"{log.unparsed:,} records could not be parsed"))
    series, found = log.points.joined()
    if not series:
        raise UnreadableError("a SwanLab file without a metric: the run ended before its first swanlab.log")
    settings, skipped = companion_settings(source.companions)
    name = run_name(path, log.name, log.run_id)
    plain = {key.removesuffix(VALUE): value for key, value in settings.items() if key.endswith(VALUE)}
    return [Run(name, series, source, plain, "step", [*notes, *skipped, *found])]


def configuration(files: Sequence[Path]) -> Sequence[Path]:
    """Where the settings of a log lie."""
    return [path for file in files if (path := file.parent / "files" / "config.yaml").is_file()]


def _take(record: bytes, log: _Log) -> None:
    for number, value in fields(record):
        if number == 13:
            _scalar(as_bytes(value), log)
        elif number == 10:
            told = {at: text for at, text in fields(as_bytes(value)) if at in {4, 10}}
            log.name, log.run_id = _text(told.get(4, b"")), _text(told.get(10, b""))


def _scalar(message: bytes, log: _Log) -> None:
    told = dict(fields(message))
    key = _text(told.get(1, b""))
    number = dict(fields(as_bytes(told.get(5, b"")))).get(1)
    value = 0.0 if number is None else as_double(number)  # protobuf leaves a zero out
    if 5 in told and key and len(key) <= MAX_KEY and not key.startswith(SYSTEM):
        log.points.add(key, float(as_int64(told.get(2, 0))), value, _seconds(told.get(4, b"")))


def _seconds(message: Value) -> float:
    told = dict(fields(as_bytes(message)))
    return as_int64(told.get(1, 0)) + as_int64(told.get(2, 0)) * 1e-9


def _text(value: Value) -> str:
    return as_bytes(value).decode("utf-8", errors="replace")


READER = Reader(
    NAME, "SwanLab's local `.swanlab` file", recognise, read, settings=configuration, telling=r".*\.swanlab"
)
