"""PaddlePaddle's VisualDL: `vdlrecords.<seconds>.log`, a folder of them a run.

Each record is its length in eight bytes, little-endian, and a protobuf message without a checksum:

    Record.values = 1 (repeated): id (the step) = 1, tag = 2, timestamp (milliseconds) = 3, value (float) = 4,
                                  hparam = 13, tag_value = 14 (one curve of `add_scalars`: its tag = 1, value = 2)
    hparam.hparamInfos = 1 (repeated): int_value = 1, float_value (double) = 2, string_value = 3, name = 4

Images, texts, histograms and graphs are passed over.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.protobuf_wire import Value, WireError, as_bytes, as_double, as_int64, fields
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings, flatten
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "visualdl"
MAX_RECORD = 64 * 1024 * 1024  # bytes; larger ones hold images, and are passed over
MAX_TAG = 500  # characters
LENGTH = struct.Struct("<Q")

_FLOAT = struct.Struct("<f")
_NAME = re.compile(r".*vdlrecords.*", re.IGNORECASE)


class BrokenError(Exception):
    """The file goes on with what is no record; `torn` where it only ends inside of one."""

    def __init__(self, *, torn: bool) -> None:
        super().__init__(torn)
        self.torn = torn


def recognise(head: Head) -> str | None:
    """By a first record with a tag in it, which is VisualDL's own or stands in a file called as its files are."""
    if len(head.data) < LENGTH.size or head.data[3:8].strip(b"\0"):  # a record of over 16 MB is not the first
        return None
    length = LENGTH.unpack_from(head.data)[0]
    message = head.data[LENGTH.size : LENGTH.size + length]
    if length == 0 or len(message) < length:
        return None
    try:
        tags = [tag for tag, *_ in _values(message)]
    except WireError:
        return None
    if not tags or not ("meta_data_tag" in tags or _NAME.fullmatch(head.path.name)):
        return None
    return "records of VisualDL, each a protobuf message behind its length"


def read(source: Source) -> list[Run]:
    """One run from all files of a folder, the later ones its restarts; raises `UnreadableError` without a scalar."""
    attempts, notes, own = list[Attempt](), list[Note](), dict[str, object]()
    for path in sorted(source.files, key=_age):
        points = Points()
        try:
            for message in _records(path):
                _take(message, points, own)
        except (BrokenError, WireError) as error:
            torn = isinstance(error, BrokenError) and error.torn
            what = "ends inside a record" if torn else "holds what is no record"
            text = f"{path.name} {what}: what comes before was read"
            notes.append(Note("torn-tail" if torn else "corrupt-record", text))
        attempts.append(Attempt(points.series()))
    series, found = join_attempts([attempt for attempt in attempts if attempt.series])
    if not series:
        raise UnreadableError("VisualDL records without a single scalar: log the loss with add_scalar")
    settings, skipped = companion_settings(source.companions)
    hparams: dict[str, HParam] = flatten(own)
    return [Run(run_name(source.path), series, source, settings | hparams, "step", [*notes, *found, *skipped])]


def _records(path: Path) -> Iterator[bytes]:
    """The messages of a file; one that is too large is passed over.

    Raises:
        BrokenError: after the last whole record, where something follows that is none.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        while header := file.read(LENGTH.size):
            if len(header) < LENGTH.size:
                raise BrokenError(torn=True)
            length = LENGTH.unpack(header)[0]
            if length > size - file.tell():
                raise BrokenError(torn=length <= MAX_RECORD)
            if length > MAX_RECORD:
                file.seek(length, 1)
                continue
            message = file.read(length)
            if len(message) < length:
                raise BrokenError(torn=True)
            yield message


def _take(message: bytes, points: Points, settings: dict[str, object]) -> None:
    for tag, step, value, seconds, hparam in _values(message):
        if value is not None and len(tag) <= MAX_TAG:
            points.add(tag, float(step), value, seconds)
        elif hparam is not None:
            settings.update(_settings(hparam))


def _values(message: bytes) -> Iterator[tuple[str, int, float | None, float | None, bytes | None]]:
    """Each value's tag, step, number, time in seconds, and settings; None for what it has not.

    Raises:
        WireError: no message of VisualDL's.
    """
    for field, value in fields(message):
        if field != 1:
            raise WireError("no field of a record")
        known = dict(fields(as_bytes(value)))
        tag = _text(known.get(2, b""))
        number = None
        if 4 in known:
            number = _float(known[4])
        elif 14 in known:
            one = dict(fields(as_bytes(known[14])))
            tag, number = f"{tag}/{_text(one.get(1, b''))}", _float(one.get(2, bytes(4)))
        seconds = as_int64(known[3]) / 1000 if 3 in known else None
        yield tag, as_int64(known.get(1, 0)), number, seconds, as_bytes(known[13]) if 13 in known else None


def _settings(hparam: bytes) -> Iterator[tuple[str, object]]:
    """The settings of a value."""
    for field, info in fields(hparam):
        if field != 1:  # the metrics that are to be compared
            continue
        known = dict(fields(as_bytes(info)))
        name = _text(known.get(4, b""))
        if 3 in known:
            yield name, _text(known[3])
        elif 2 in known:
            yield name, as_double(known[2])
        else:
            yield name, as_int64(known.get(1, 0))


def _text(value: Value) -> str:
    return as_bytes(value).decode("utf-8", errors="replace")


def _float(value: Value) -> float:
    data = as_bytes(value)
    if len(data) != _FLOAT.size:
        raise WireError("no float where one was expected")
    return float(_FLOAT.unpack(data)[0])


def _age(path: Path) -> list[int]:
    """The seconds in a file's name."""
    return [int(part) for part in re.findall(r"\d{1,18}", path.name)]


READER = Reader(
    NAME,
    "PaddlePaddle's VisualDL records",
    recognise,
    read,
    group=by_home(lambda path: path.parent),
    telling=_NAME.pattern,
)
