"""What MXNet's `Module.fit` and GluonCV's training scripts log.

    INFO:root:Epoch[0] Batch [100-200]	Speed: 51532.00 samples/sec	accuracy=0.843750	cross-entropy=0.512300
    INFO:root:Epoch[0] Train-cross-entropy=0.423100
    INFO:root:Epoch[0] Time cost=1.261
    INFO:root:Epoch[0] Validation-cross-entropy=0.301200

    [Epoch 0][Batch 99], LR: 1.00E-03, Speed: 30.221 samples/sec, ObjLoss=10.123, BoxCenterLoss=5.123
    [Epoch 0] Training cost: 1234.221, CrossEntropy=3.421, SmoothL1=2.101
    [Epoch 0] validation: err-top1=0.700000 err-top5=0.400000

Batches are counted within an epoch, whose length nobody prints: it is taken to end behind its last line, one stride
later.  What is told of a whole epoch stands at its end.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.fairseq_args import fairseq_settings
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Source
from lrdoctor.vocabulary.tags import is_metric_name

NAME = "mxnet"
MAX_LINE = 4_000  # characters
MAX_ROWS = 500_000
DULL = frozenset({"cost", "Time-cost", "Speed", "time"})

_BATCH = re.compile(
    r"(?:^|[\s:\]])(?:Epoch\[(\d{1,6})\] Batch \[(?:\d{1,9}-)?(\d{1,9})\]|"
    r"\[Epoch (\d{1,6})\]\[Batch (\d{1,9})\])(?=[\s,])"
)
_EPOCH = re.compile(r"(?:^|[\s:\]])(?:Epoch\[(\d{1,6})\]|\[Epoch (\d{1,6})\]) (?:(\w{1,20}): ?)?")
_PAIR = re.compile(rf"(?:^|[\s,])([A-Za-z][\w./@()-]{{0,60}}) ?(?:=|(?<=LR):) ?({NUMBER})(?=[\s,]|$)")
_SCORE = re.compile(rf"(m(?:ean)?AP|mIoU)\s?=\s?({NUMBER})\s*")


class _Row(NamedTuple):
    """A line: its epoch, its batch where it is about one, its values."""

    epoch: int
    batch: int | None
    values: Sequence[tuple[str, float]]


def recognise(head: Head) -> str | None:
    """By batches whose speed stands between their number and their metrics, or by both metrics of an epoch."""
    for text in (head.text, head.tail):
        if not any(word in text for word in ("Epoch[", "[Epoch ")):
            continue
        rows = [row for line in text.splitlines() if (row := _row(line))]
        batches = sum(row.batch is not None and bool(row.values) for row in rows)
        epochs = any(name.startswith("Train-") for row in rows for name, _ in row.values)
        if (batches and "samples/sec" in text) or (epochs and "Time cost=" in text):
            return "lines `Epoch[N] Batch [N] Speed: ... NAME=VALUE`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no metric was logged."""
    lines = LogLines(source.files[-1], r"Epoch ?\[|\[Epoch ")
    own: dict[str, HParam] = {}
    rows = list(_rows(lines, own))
    points, length = Stretches(), _epoch_length(rows)
    for row in rows:
        if row.batch is not None:
            step = float(row.epoch * length + row.batch)
            points.at(step)
        else:
            step = float((row.epoch + 1) * length if length else row.epoch)
        for tag, value in row.values:
            points.add(tag, step, value)
    series, notes = points.joined()
    if not any(map(is_metric_name, series)):
        raise UnreadableError("an MXNet log without one metric: training ended before its first line; name another")
    settings, skipped = companion_settings(source.companions)
    notes = [*lines.notes, *skipped, *notes]
    if length:
        text = f"an epoch is taken to have {length:,} batches, as many as its lines tell"
        notes.append(Note("steps-invented", text))
    axis = "batch" if length else "epoch"
    return [Run(run_name(source.path), series, source, settings | own, axis, notes)]


def _rows(lines: LogLines, settings: dict[str, HParam]) -> Iterator[_Row]:
    """The lines with values, and the scores below a line that begins a validation."""
    epoch, count = 0, 0
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        row = _row(line)
        if row is not None:
            epoch = row.epoch
        elif found := _SCORE.fullmatch(line):
            row = _Row(epoch, None, [(f"validation/{found[1]}", number(found[2]))])
        elif "Namespace(" in line:
            settings.update(fairseq_settings(line))
        if row is not None and row.values:
            count += 1
            if count > MAX_ROWS:
                raise UnreadableError(f"more than {MAX_ROWS:,} lines of metrics: give a part of the log")
            yield row


def _row(line: str) -> _Row | None:
    if len(line) > MAX_LINE or "poch" not in line:
        return None
    if found := _BATCH.search(line):
        values = _pairs(line[found.end() :])
        return _Row(int(found[1] or found[3]), int(found[2] or found[4]), values)
    if found := _EPOCH.search(line):
        prefix = f"{found[3].lower()}/" if found[3] and found[3].lower() in {"training", "validation"} else ""
        prefix = "training/" if not prefix and "Training cost" in line else prefix
        values = [(f"{prefix}{name}", value) for name, value in _pairs(line[found.end() :])]
        return _Row(int(found[1] or found[2]), None, values)
    return None


def _pairs(text: str) -> list[tuple[str, float]]:
    return [(name, number(value)) for name, value in _PAIR.findall(text) if name not in DULL]


def _epoch_length(rows: Sequence[_Row]) -> int:
    """Batches an epoch: the last that was told, and a stride; 0 where none was."""
    batches = [row.batch for row in rows if row.batch is not None]
    strides = Counter(b - a for a, b in pairwise(batches) if b > a)
    stride = next((stride for stride, _ in strides.most_common(1)), 1)
    # Gluon counts from 0, so that the line of batch 49 ends the stride: Module's [100] begins the next one.
    last = max(batches, default=0)
    return 0 if not batches else last + 1 if (last + 1) % stride == 0 else last + stride


READER = Reader(NAME, "logs of MXNet and GluonCV", recognise, read)
