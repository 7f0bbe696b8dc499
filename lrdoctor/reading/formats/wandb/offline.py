"""The `.wandb` file of a run directory, read without the `wandb` package, which has no stable way to do so.

Each record of the log (see `leveldb_log`) is a protobuf message `Record`.  Of its fields, these are read, by number:

    2 history   1 item*: 1 key | 2 nested_key*, then 16 value_json | 4 boolean | 5 integer | 6 number | 7 text | 8 json
    5 config    1 update*, 2 remove*: 1 key | 2 nested_key*, 16 value_json
    12 metric   4 step_metric, of `run.define_metric`
    17 run      1 run_id, 4 config

Output, system statistics, the summary and everything about the user, the machine and the code are not looked at.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.wandb.columns import MAX_KEYS, Rows
from lrdoctor.reading.formats.wandb.curves import curves
from lrdoctor.reading.formats.wandb.privacy import impersonal
from lrdoctor.reading.formats.wandb.row_forms import RowForms
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.leveldb_log import HEADER, IDENT, Fault, records
from lrdoctor.reading.parsing.protobuf_wire import Value, WireError, as_bytes, as_double, as_sint64, fields
from lrdoctor.reading.parsing.settings_files import companion_settings, flatten
from lrdoctor.records.run import Note, Run, Source, Traits

NAME = "wandb-offline"

_VALUE_JSON = bytes((0x82, 0x01))  # field 16, of bytes
_NUMBER = frozenset(b"%c" % c for c in b"-0123456789")
_RUN_ID = re.compile(r"[\w\-.]{1,64}")


def recognise(head: Head) -> str | None:
    """By the first four bytes, or by the name where a run never wrote any."""
    if head.data.startswith(IDENT):
        return "the W&B header `:W&B`"
    if head.path.suffix == ".wandb" and not head.data.strip(b"\0"):
        return "the name ends in .wandb"
    return None


@dataclass
class _Log:
    """What the records have told so far."""

    rows: Rows = field(default_factory=Rows)
    config: dict[str, object] = field(default_factory=dict)
    step_metrics: list[str] = field(default_factory=list)
    keys: dict[bytes, str] = field(default_factory=dict)  # see `_scalar`
    forms: RowForms = field(default_factory=RowForms)
    run_id: str | None = None
    unparsed: int = 0


def read(source: Source) -> list[Run]:
    """The run in one `.wandb` file, up to where the file is intact; raises `UnreadableError`."""
    path = source.files[-1]
    log = _Log()
    notes = _scan(path, log)
    if not log.rows.count:
        if notes:
            raise UnreadableError(
                f"a .wandb file without a metric before its damage ({notes[0].message}): copy it again"
            )
        raise UnreadableError("a .wandb file without a metric: the run ended before its first `run.log`; name another")
    found = curves(log.rows.columns(), log.step_metrics)
    hparams, skipped = companion_settings(source.companions or _beside(path))
    return [
        Run(
            name=log.run_id or path.stem.removeprefix("run-"),
            series=found.series,
            source=source,
            hparams=impersonal(hparams | flatten(log.config)),
            step_axis=found.step_axis,
            notes=[*notes, *skipped, *found.notes],
        )
    ]


def _scan(path: Path, log: _Log) -> list[Note]:
    """Read every record of `path` into `log`; notes on what could not be read."""
    notes = []
    with path.open("rb") as file:
        header = file.read(len(HEADER))
        if header != HEADER:
            raise UnreadableError(_header_fault(header))
        for record in records(file):
            if isinstance(record, Fault):
                notes.append(Note(record.code, f"{record.reason}, at byte {record.offset:,}"))
                continue
            try:
                _take(record, log)
            except (WireError, ValueError, RecursionError):
                log.unparsed += 1
    if log.unparsed:
        notes.append(Note("skipped", f"{log.unparsed:,} records could not be parsed"))
    if log.rows.overflowed:
        notes.append(Note("skipped", "values beyond the limits on their number were left out"))
    return notes


def _header_fault(header: bytes) -> str:
    if not header.strip(b"\0"):
        return "an empty .wandb file: W&B never wrote this run out; export its history from the server"
    if not header.startswith(IDENT[: len(header)]):
        return "a .wandb file that does not begin with `:W&B`: copy it again, or export the run's history"
    if len(header) < len(HEADER):
        return "a .wandb file cut off in its header: W&B never wrote this run out; export its history from the server"
    return f"a .wandb file of an unknown version ({header[4:].hex()}): damaged or newer; export the run's history"


def _take(record: bytes, log: _Log) -> None:
    """Add one record to the log, or nothing of it where it is malformed."""
    for number, value in fields(record):
        if number == 2:
            _take_row(as_bytes(value), log)
        elif number == 5:
            _configure(as_bytes(value), log.config)
        elif number == 12:
            log.step_metrics += [_text(text) for field_number, text in fields(as_bytes(value)) if field_number == 4]
        elif number == 17:
            _take_run(as_bytes(value), log)


def _take_row(row: bytes, log: _Log) -> None:
    """Add one history row, at once where rows of its form were read before."""
    if log.forms.take(row, log.rows):
        return
    items = [as_bytes(item) for at, item in fields(row) if at == 1]
    scalars = [_scalar(item, log.keys) for item in items]
    for key, scalar in scalars:
        if key:
            log.rows.add(key, scalar)
    log.rows.end()
    log.forms.learn([_head(item, log.keys) for item in items], [key for key, _ in scalars], log.rows)


def _head(item: bytes, keys: dict[bytes, str]) -> bytes | None:
    """The bytes of a history item before its value, where they are known to be its key alone."""
    head, _, tail = item.partition(_VALUE_JSON)
    return head if head in keys and tail and tail[0] == len(tail) - 1 < 0x80 else None


def _take_run(run: bytes, log: _Log) -> None:
    for number, value in fields(run):
        if number == 1 and _RUN_ID.fullmatch(run_id := _text(value)):
            log.run_id = run_id
        elif number == 4:
            _configure(as_bytes(value), log.config)


def _configure(message: bytes, config: dict[str, object]) -> None:
    """Apply a config record: settings set or replaced, settings removed."""
    changes = [(number, *_item(as_bytes(item))) for number, item in fields(message) if number in (1, 2)]
    for number, keys, value in changes:
        if not keys:
            continue
        inner = config
        for key in keys[:-1]:
            below = inner.get(key)
            if not isinstance(below, dict):
                below = inner[key] = {}
            inner = below
        if number == 1:
            inner[keys[-1]] = value
        else:
            inner.pop(keys[-1], None)


def _scalar(message: bytes, keys: dict[bytes, str]) -> tuple[str, object]:
    """The key and the value of a history item.

    Rows repeat the same keys, so `keys` remembers what the bytes before `value_json` mean: all that is left to check
    then is that `value_json` is all the rest.  That reads a row three times as fast.
    """
    head, _, tail = message.partition(_VALUE_JSON)
    key = keys.get(head)
    if key is not None and tail and tail[0] == len(tail) - 1 < 0x80:
        return key, _parsed(tail[1:])
    path, value = _item(message)
    key = ".".join(path)
    if tail and len(keys) < MAX_KEYS and _item_keys(head) == path:
        keys[head] = key
    return key, value


def _item_keys(head: bytes) -> list[str] | None:
    try:
        return [_text(value) for number, value in fields(head) if number in (1, 2)]
    except WireError:
        return None


def _parsed(text: bytes) -> object:
    return float(text) if text[:1] in _NUMBER else json.loads(text)


def _item(message: bytes) -> tuple[list[str], object]:
    """The key, from the outermost to the innermost, and the value of a history or config item."""
    keys: list[str] = []
    content: object = None
    for number, value in fields(message):
        if number in (1, 2):
            keys.append(_text(value))
        elif number in (8, 16):
            content = json.loads(as_bytes(value))
        elif number == 4:
            content = bool(value)
        elif number == 5:
            content = as_sint64(value)
        elif number == 6:
            content = as_double(value)
        elif number == 7:
            content = _text(value)
    return keys, content


def _text(value: Value) -> str:
    return as_bytes(value).decode("utf-8", errors="replace")


def _beside(path: Path) -> Iterator[Path]:
    config = path.parent / "files" / "config.yaml"
    if config.is_file():
        yield config


def configuration(files: Sequence[Path]) -> list[Path]:
    """W&B's own file of the run's settings."""
    return [files[0].parent / "files" / "config.yaml"]


READER = Reader(
    NAME,
    "W&B's local `.wandb` file",
    recognise,
    read,
    settings=configuration,
    telling=r".*\.wandb",
    traits=Traits(captures=("files/output.log",)),
)
