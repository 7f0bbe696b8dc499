"""The table that Chainer's `PrintReport` prints, whose cells are empty where nothing was evaluated.

    epoch       iteration   main/loss   main/accuracy  lr          validation/main/loss
    1           100         3.9         0.1            0.0001
    1           500         2.6142      0.18           0.0001      2.7483

Every column is as wide as its name, ten characters at least, and two spaces.  Chainer's `log` beside it is a list of
objects in JSON, which the readers of JSON take.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.row_steps import is_clock
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.reading.parsing.text_lines import without_colours
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "chainer"
MAX_LINE = 4_000  # characters
MAX_COLUMNS = 100
NARROWEST = 10  # characters of a column, without what parts it from the next
COUNTERS = ("iteration", "epoch")

_NAMES = re.compile(r"\S+")


class _Header(NamedTuple):
    """The columns of a table, and where each begins."""

    names: Sequence[str]
    begins: Sequence[int]


def recognise(head: Head) -> str | None:
    """By a header in columns of that width, with what counts and a loss, and a row of numbers below it."""
    for text in (head.text, head.tail):
        header: _Header | None = None
        for line in text.splitlines():
            plain = without_colours(line)
            found = _header(plain)
            if found is None and header is not None and _row(header, plain):
                loss = next(filter(is_loss_name, header.names))
                return f"the columns {_counter(header)} and {loss} of a printed table"
            header = found or header
    return None


def read(source: Source) -> list[Run]:
    """The one run of a table; raises `UnreadableError` where it has no row."""
    points, lines = Stretches(), LogLines(source.files[-1], r"^\s*\d")
    header: _Header | None = None
    axis = COUNTERS[0]
    for line in lines:
        header = _header(line) or header
        if header is None or not (row := _row(header, line)):
            continue
        axis = _counter(header)
        step = row.get(axis)
        if step is None:
            continue
        points.at(step)
        for tag, value in row.items():
            if tag not in COUNTERS and not is_clock(tag):
                points.add(tag, step, value)
    if not len(points):
        raise UnreadableError("the header of a printed table and no row: training ended before its first; name another")
    series, notes = points.joined()
    settings, skipped = companion_settings(source.companions)
    return [Run(run_name(source.path), series, source, settings, axis, [*lines.notes, *skipped, *notes])]


def _header(line: str) -> _Header | None:
    """The header that a line is; None for any other."""
    if len(line) > MAX_LINE or not any(counter in line for counter in COUNTERS):
        return None
    found = list(_NAMES.finditer(line))
    names, begins = [match[0] for match in found], [match.start() for match in found]
    if not 2 < len(names) <= MAX_COLUMNS or len(set(names)) < len(names):
        return None
    widths = (
        after - begin == max(NARROWEST, len(name)) + 2
        for name, (begin, after) in zip(names, pairwise(begins), strict=False)
    )
    known = any(counter in names for counter in COUNTERS) and any(map(is_loss_name, names))
    return _Header(names, begins) if known and all(widths) else None


def _counter(header: _Header) -> str:
    return next(counter for counter in COUNTERS if counter in header.names)


def _row(header: _Header, line: str) -> Mapping[str, float]:
    """The numbers of a row by their columns; empty for any other line."""
    first = header.begins[0]
    if line[:first].strip() or not line[first : first + 1].isdigit() or len(line) > MAX_LINE:
        return {}
    ends = [*header.begins[1:], len(line)]
    cells = [line[begin:end].strip() for begin, end in zip(header.begins, ends, strict=True)]
    # A number wider than its column moves what stands behind it: then the row can be told only where it is full.
    if any(line[begin - 1 : begin].strip() for begin in header.begins[1:]) or any(" " in cell for cell in cells):
        cells = line.split()
        if len(cells) != len(header.names):
            return {}
    try:
        values = [cell_value(cell) for cell in cells]
    except ValueError:
        return {}
    return {name: value for name, value in zip(header.names, values, strict=True) if value is not None}


READER = Reader(NAME, "tables printed by Chainer's PrintReport", recognise, read)
