"""The `loss_log.txt` of CycleGAN, pix2pix and what was built on them (pix2pixHD, CUT, SPADE).

    ================ Training Loss (Sat Dec  3 12:00:00 2023) ================
    (epoch: 1, iters: 100, time: 0.103, data: 0.641) G_GAN: 1.166 G_L1: 40.355 D_real: 0.465 D_fake: 0.438
    (epoch: 2, iters: 78, time: 0.070, data: 0.003) G_GAN: 1.461 G_L1: 44.868 D_real: 0.135 D_fake: 0.097

`iters` counts examples within the epoch, and a line comes every so many examples of the whole training.  So two lines
on either side of an epoch's end tell how long an epoch is: 500 + 100 - 78 = 522 examples.  Generators and
discriminators work against each other, so that no sum of their losses is the training's: none is made here.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import Run, Source

NAME = "cyclegan"
MAX_LINE = 4_000  # characters; a line of eight losses has 160
_ROW = re.compile(
    r"\s{0,20}(?:\[Rank \d{1,4}\] )?\(epoch: (?P<epoch>\d{1,9}), iters: (?P<iters>\d{1,12})"
    r"(?:, \w{1,20}: [\d.]{1,20}){0,4}\)(?P<losses>.*)"
)
_LOSS = re.compile(
    r"(?:^|[\s,])([A-Za-z_][\w./-]{0,80}): ([-+]?(?:\d{1,40}(?:\.\d{0,40})?(?:e[-+]?\d{1,4})?|nan|inf))(?=[\s,]|$)"
)


class _Row(NamedTuple):
    epoch: int
    iters: int
    losses: Sequence[tuple[str, float]]


def recognise(head: Head) -> str | None:
    """By a line of losses behind epoch, iterations and times in brackets."""
    for text in (head.text, head.tail):
        if "(epoch: " in text and any(_row(line) for line in text.splitlines()):
            return "lines `(epoch: N, iters: N, ...) NAME: LOSS ...`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was logged."""
    path = source.files[-1]
    lines, points = LogLines(path, r"\(epoch: "), Stretches()
    rows = [row for line in lines if (row := _row(line))]
    if not rows:
        raise UnreadableError("a loss_log.txt without one loss: training ended before its first line; name another")
    length = _epoch_length(rows)
    for row in rows:
        step = float(row.iters + (row.epoch - 1) * length if length else row.epoch)
        points.at(step)
        for tag, value in row.losses:
            points.add(tag, step, value)
    series, notes = points.joined()
    settings, skipped = companion_settings(source.companions)
    name = run_name(path.with_name("log.txt"))  # every run's log is called loss_log.txt
    axis = "iters" if length else "epoch"
    return [Run(name, series, source, settings, axis, [*lines.notes, *skipped, *notes])]


def _row(line: str) -> _Row | None:
    found = _ROW.match(line) if len(line) <= MAX_LINE else None
    if found is None:
        return None
    losses = [(tag, float(value)) for tag, value in _LOSS.findall(found["losses"])]
    return _Row(int(found["epoch"]), int(found["iters"]), losses) if losses else None


def _epoch_length(rows: Sequence[_Row]) -> int:
    """Examples an epoch, from lines on either side of its end; 0 where there is one line an epoch."""
    every = _most_common(b.iters - a.iters for a, b in pairwise(rows) if a.epoch == b.epoch and a.iters < b.iters)
    if not every:
        return 0
    most = max(row.iters for row in rows)
    ends = (a.iters + every - b.iters for a, b in pairwise(rows) if b.epoch == a.epoch + 1)
    return max(most, _most_common(ends))


def _most_common(counts: Iterable[int]) -> int:
    return next((count for count, _ in Counter(counts).most_common(1)), 0)


READER = Reader(NAME, "loss_log.txt of CycleGAN, pix2pix and their kin", recognise, read)
