"""Text tables whose columns are told by their place alone, since cells are empty or names hold blanks.

epoch       iteration   main/loss   validation/main/loss      Chainer's PrintReport
1           400         2.8892
1           500         2.6142      2.7483

[------------] Epoch      Train log_loss       Time cost (sec)      xLearn: its progress stands in front
[   10%      ]     1            0.610000                 17.20
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from lrdoctor.reading.parsing.cell_number import cell_value

Spans = tuple[tuple[int, int | None], ...]

# What stands before the header's first name, and in each row as wide.
PREFIX = r"(?:\[[-=#.>* ]{2,60}\])?"
MAX_WIDTH = 1_000  # characters of a line that is looked at

_PREFIX = re.compile(PREFIX)
_NAME = re.compile(r"\S+(?: \S+)*")


def spans_of(header: str, rows: Sequence[str]) -> Spans | None:
    """Where each column begins and ends, the last one open; None where the rows are in no columns below the names.

    Between two names there must be a place that is blank in every row.  Where there are several, cells that begin below
    their names (and so grow to the right) keep the place before the next name.
    """
    match = _PREFIX.match(header)
    begin = match.end() if match else 0
    names = [found.span() for found in _NAME.finditer(header[:MAX_WIDTH], begin)]
    lines = [line[:MAX_WIDTH] for line in rows if line.strip()]
    if len(names) < 2 or not lines:
        return None
    starts_below = all(start == 0 or line[start - 1 : start] in {"", " "} for start, _ in names for line in lines)
    cuts = []
    for (_, end), (start, _) in pairwise(names):
        blank = [at for at in range(end, start) if all(line[at : at + 1] in {"", " "} for line in lines)]
        if not blank:
            return None
        cuts.append(blank[-1] if starts_below else blank[len(blank) // 2])
    return tuple(zip([begin, *cuts], [*cuts, None], strict=True))


def cells_of(line: str, spans: Spans) -> list[str]:
    """The stripped cells of one line."""
    return [line[begin:end].strip() for begin, end in spans]


def row_of(line: str, spans: Spans) -> list[str] | None:
    """The cells of a line of the table; None for another, whose first cell is no number.

    A number too wide for its column pushes the others on: such a row is split at its blanks, if no cell is empty.
    """
    cells = cells_of(line, spans)
    if any(" " not in line[cut - 1 : cut + 1] and line[cut : cut + 1] for cut, _ in spans[1:]):
        cells = line[spans[0][0] :].split()
    try:
        return cells if len(cells) == len(spans) and cell_value(cells[0]) is not None else None
    except ValueError:
        return None


def rows_of(lines: Iterable[str], spans: Spans) -> Iterator[list[str]]:
    """The cells of those lines that are rows; what a trainer wrote between or below them is passed over."""
    found = (row_of(line.rstrip("\r\n"), spans) for line in lines)
    return (row for row in found if row is not None)
