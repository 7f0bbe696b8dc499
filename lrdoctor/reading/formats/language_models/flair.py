"""Flair's `training.log` and `loss.tsv`, which tell one training: together in a folder they are one run.

    2020-06-23 12:11:11,684  - learning_rate: "0.1"
    2020-06-23 12:11:12,535 epoch 1 - iter 3/4 - loss 0.85789797 - samples/sec: 520.09 - lr: 0.100000
    2020-06-23 12:11:12,547 EPOCH 1 done: loss 0.8579 - lr 0.1000
    2020-06-23 12:11:31,969 DEV : loss 0.6743201017379761 - score 0.7667

    EPOCH	TIMESTAMP	BAD_EPOCHS	LEARNING_RATE	TRAIN_LOSS	DEV_LOSS	DEV_PRECISION
    1	12:11:32	0	0.1000	0.8578979671001434	0.6743201017379761	0.7667

The loss of an `iter` line is the mean since its epoch began; `iter` counts within the epoch.  The table's last row has
no end.  Its LR has four decimals, so that a zero there is one that was rounded away.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import (
    MAX_SETTINGS,
    NUMBER,
    number,
    public_settings,
    setting,
)
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.restarts import series_where
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.reading.parsing.text_lines import text_lines
from lrdoctor.records.run import HParam, Note, Run, Series, Source
from lrdoctor.vocabulary.tags import is_lr_name

NAME = "flair"
TABLE, LOG = "loss.tsv", "training.log"
MAX_LINE = 2_000  # characters
MAX_COLUMNS = 200
MAX_EPOCHS = 10**6

_ITER = re.compile(rf"\bepoch (\d{{1,6}}) - iter (\d{{1,9}})/(\d{{1,9}}) - loss ({NUMBER})(?=\s|$)")
_DONE = re.compile(rf"\bEPOCH (\d{{1,6}}) done: loss {NUMBER} - lr:? ({NUMBER})(?=\s|$)")
_TESTED = re.compile(rf"\b(DEV|TEST)\s{{0,3}}: loss ({NUMBER})(?=\s|$)")
_MORE = re.compile(rf" - ([a-z][\w() -]{{0,40}}?):?\s{{1,4}}({NUMBER})(?=\s|$)")
_SETTING = re.compile(r'\s- (\w{1,60}): "([^"]{1,200})"\s*$')


def recognise(head: Head) -> str | None:
    """By the table's header, or by a line of an iteration within an epoch."""
    columns = _columns(head.text.partition("\n")[0])
    if "TRAIN_LOSS" in columns:
        return "the columns EPOCH, TIMESTAMP and TRAIN_LOSS"
    found = any(" - iter " in text and _ITER.search(text) for text in (head.text, head.tail))
    return "lines `epoch N - iter N/N - loss ...`" if found else None


def together(files: Sequence[Path], _top: Path) -> dict[Path, tuple[Path, ...]]:
    """A folder's table and log as one; files that are called otherwise are logs of their own."""
    found: dict[Path, tuple[Path, ...]] = {}
    for path in files:
        pair = (path.with_name(TABLE), path.with_name(LOG))
        if path in pair and all(part in files for part in pair):
            found[path.parent] = pair
        else:
            found[path] = (path,)
    return found


def read(source: Source) -> list[Run]:
    """The one run of a log, a table, or both; raises `UnreadableError` where neither holds a loss."""
    log, table, printed = Stretches(), Stretches(), _Printed()
    tables = [path for path in source.files if _columns(next(text_lines(path), ""))]
    notes = list[Note]()
    for path in source.files:
        if path not in tables:
            lines = LogLines(path, r"\biter \d|\bEPOCH ")
            _read_log(lines, log, printed, with_table=bool(tables))
            notes += lines.notes
    length = printed.epoch_length()
    for path in tables:
        _read_table(path, table, length)
    (series, found), (rows, more) = log.joined(), table.joined()
    series = _without_rounded({**series, **rows}, notes)
    if not series:
        raise UnreadableError("a flair log without one loss: training ended before its first line; name another")
    settings, skipped = companion_settings(source.companions)
    notes += [*skipped, *found, *more, Note("aggregated", "losses are means since their epoch began")]
    name = run_name(source.path.with_name("log.txt") if source.path in source.files else source.path)
    axis = "iter" if length else "epoch"
    own = public_settings(printed.settings)
    if "mini_batch_size" in own:
        own["batch_size"] = own["mini_batch_size"]  # examples a step: the name of it that others have
    return [Run(name, series, source, settings | own, axis, notes)]


class _Printed:
    """What a log says beside its points: how long epochs are, and the settings."""

    def __init__(self) -> None:
        self.lengths: Counter[int] = Counter()
        self.settings: list[tuple[str, HParam]] = []

    def epoch_length(self) -> int:
        """Iterations an epoch; 0 where no log says it."""
        return next((length for length, _ in self.lengths.most_common(1)), 0)


def _read_log(lines: Iterable[str], points: Stretches, printed: _Printed, *, with_table: bool) -> None:
    """The lines of a log; `with_table`, whether what is told once an epoch is read from the table beside it."""
    end = 0.0
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _ITER.search(line):
            epoch, at, length = (int(found[n]) for n in (1, 2, 3))
            printed.lengths[length] += 1
            step, end = float((epoch - 1) * length + at), float(epoch * length)
            points.at(step)
            points.add("loss", step, number(found[4]))
            for name, value in _MORE.findall(line, found.end()):
                if is_lr_name(name):
                    points.add(name, step, number(value))
        elif not with_table and (found := _DONE.search(line)):
            points.add("LEARNING_RATE", end, number(found[2]))
        elif not with_table and (found := _TESTED.search(line)):
            points.add(f"{found[1]}_LOSS", end, number(found[2]))
            for name, value in _MORE.findall(line, found.end()):
                points.add(f"{found[1]}_{name}", end, number(value))
        elif (found := _SETTING.search(line)) and len(printed.settings) < MAX_SETTINGS:
            with suppress(ValueError):  # a class, an expression
                printed.settings.append((found[1], setting(found[2], words=True)))


def _read_table(path: Path, points: Stretches, length: int) -> None:
    """The rows of a table, each at the end of its epoch, in iterations where it is known how many an epoch has."""
    columns: Sequence[str] = ()
    first: float | None = None
    for line in text_lines(path):
        if header := _columns(line):
            columns = header  # written again where training began again
            continue
        row = dict(_cells(columns, line))
        epoch = row.pop("EPOCH", math.nan)
        if not 0 <= epoch < MAX_EPOCHS:
            continue
        first = epoch if first is None else first
        step = (epoch + (first == 0)) * length if length else epoch  # old versions count from 0
        points.at(step)
        for tag, value in row.items():
            points.add(tag, step, value)


def _columns(line: str) -> Sequence[str]:
    """The names in a table's header; empty for any other line."""
    names = line.rstrip("\r\n").split("\t")[:MAX_COLUMNS]
    return names if names[:2] == ["EPOCH", "TIMESTAMP"] else ()


def _cells(columns: Sequence[str], line: str) -> Iterator[tuple[str, float]]:
    """The numbers of a row; flair puts `_` where a value is missing."""
    for name, cell in zip(columns, line.split("\t"), strict=False):
        if name != "TIMESTAMP":
            with suppress(ValueError):
                if (value := cell_value(cell)) is not None:
                    yield name, value


def _without_rounded(series: Mapping[str, Series], notes: list[Note]) -> dict[str, Series]:
    """The series without LRs of zero, and a note for each that had some."""
    kept = {}
    for tag, curve in series.items():
        known = curve.value != 0
        if known.all() or not is_lr_name(tag):
            kept[tag] = curve
            continue
        notes.append(Note("skipped", f"{len(curve) - known.sum():,} LRs rounded to zero left out", tag))
        if known.any():
            kept[tag] = series_where(curve, known)
    return kept


READER = Reader(NAME, "flair's training.log and loss.tsv", recognise, read, group=together)
