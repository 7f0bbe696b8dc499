"""Delimited text as columns: the one place that splits a file's lines and parses their cells.

An empty cell (or `None`, `null`, `N/A`) is missing; a written `nan` or `inf` is a value and is kept. The csv module
with `float` is used because it keeps the two apart and is as fast as pandas on the small files that logs are.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.aligned_columns import rows_of
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import look
from lrdoctor.reading.parsing.table_layout import Layout, sniff
from lrdoctor.records.run import Floats

MAX_LINE = 2**20  # characters in one line
MAX_COLUMNS = 20_000
MAX_CELLS = 2**26  # rows times columns, each nine bytes in memory
MAX_LABELS = 64  # different words in one column that are worth telling apart
BLOCK_CELLS = 2**18  # parsed at a time: strings take ten times a number's memory


@dataclass(frozen=True, eq=False)
class Column:
    """One column, shape (rows,): `value[i]` was written where `present[i]`, and is NaN elsewhere.

    `words` counts the cells that are neither a number nor missing, such as a date.  Where they are few different ones
    (`train`, `val`), `labels` lists them and `label[i]` says which one stands in row i, -1 for none.
    """

    name: str
    value: Floats
    present: NDArray[np.bool_]
    words: int = 0
    labels: tuple[str, ...] = ()
    label: NDArray[np.int16] | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether more numbers than words were written."""
        numbers = int(self.present.sum())
        return numbers > self.words


@dataclass(frozen=True, eq=False)
class Table:
    """A whole delimited file.

    Args:
        columns: in the file's order, all of one length; their names are empty where the file has no header.
        layout: how it was split.
        repeated_headers: for each header met again, the index of the row that follows it.
        long_rows: how many rows hold more cells than there are columns; the surplus was dropped.
        first_long_row: index of the first of them, or None.
        torn: whether the last line ends in the middle of a row; that row was dropped.
    """

    columns: tuple[Column, ...]
    layout: Layout
    repeated_headers: tuple[int, ...] = ()
    long_rows: int = 0
    first_long_row: int | None = None
    torn: bool = False

    def __len__(self) -> int:
        return len(self.columns[0].value) if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)


def read_table(path: Path) -> Table:
    """Every column of a delimited text file, read in blocks of bounded memory; raises `UnreadableError`."""
    head = look(path)
    if head.size == 0:
        raise UnreadableError("an empty file: the run wrote nothing, or the copy failed; name another file")
    layout = sniff(head)
    if layout is None:
        raise UnreadableError("no delimited text: give a CSV or TSV file with one row a step")
    if layout.width > MAX_COLUMNS:
        raise UnreadableError(f"a table of {layout.width:,} columns: keep the step, loss and LR columns")
    try:
        if head.size == len(head.data):  # as nearly always
            plain = _plain_table(head.lines, layout)
            if plain is not None:
                return plain
        encoding = "utf-16" if head.data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with path.open(encoding=encoding, errors="replace") as file:
            lines = _Lines(file)
            return _collect(_split(islice(lines, _body(layout), None), layout), layout, lambda: lines.ended)
    except csv.Error as error:
        raise UnreadableError(f"a table that cannot be split into cells ({error}): look for an open quote") from error


def _body(layout: Layout) -> int:
    """How many lines stand before the first row; a header may have a separator of its own, so nobody splits it here."""
    return layout.skip + bool(layout.header)


def _plain_table(lines: Sequence[str], layout: Layout) -> Table | None:
    """The columns of a whole file with a number or nothing in each cell; None for anything less plain.

    Most logs are so, and are read in half the time that it takes to make rows of their cells.
    """
    mark, width = layout.separator, layout.width
    # Left to the csv module: quotes, runs of blanks, a last line without end, empty lines, and rows without a cell.
    if mark == " " or layout.decimal_comma or lines[-1] or layout.header[:1] == ("",):
        return None
    rows = lines[_body(layout) : -1]
    if not rows or "" in rows or len(rows) * width > MAX_CELLS:
        return None
    body = f"{mark}\n{mark}".join(rows)  # a cell between the rows, to see that each is as wide as the others
    if "_" in body or '"' in body:
        return None
    cells = body.split(mark)
    if cells[width :: width + 1] != ["\n"] * (len(rows) - 1) or len(cells) != len(rows) * (width + 1) - 1:
        return None
    del cells[width :: width + 1]
    plain = _plain_numbers(cells)
    if plain is None:
        return None
    values, presences = (np.ascontiguousarray(cells.reshape(-1, width).T) for cells in plain)
    columns = zip(layout.names or ("",) * width, values, presences, strict=True)
    return Table(tuple(Column(name, value, present) for name, value, present in columns), layout)


def _split(lines: Iterable[str], layout: Layout) -> Iterator[list[str]]:
    """The rows of a body."""
    if layout.spans:
        return rows_of(lines, layout.spans)
    if layout.separator == " ":
        return (line.split() for line in lines)
    return csv.reader(lines, delimiter=layout.separator, skipinitialspace=True)


class _Lines:
    """The lines of a file, none longer than `MAX_LINE`; remembers whether the last one was ended."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.ended = file, True

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(MAX_LINE):
            self.ended = line.endswith("\n")
            if not self.ended and len(line) == MAX_LINE:
                raise UnreadableError(f"a line of over {MAX_LINE:,} characters: give a table with one row a line")
            yield line


@dataclass
class _Rows:
    """The rows of a body made equally wide, with what was odd about them."""

    layout: Layout
    repeated: list[int] = field(default_factory=list)
    count: int = 0
    long_rows: int = 0
    first_long_row: int | None = None
    last_width: int = 0

    def even(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        width, header = self.layout.width, list(self.layout.header)
        for row in rows:
            self.last_width = len(row)
            if len(row) == width and not (header and row[0].strip() == header[0]):
                yield row  # nearly every row, so nothing more is asked of it
            elif not any(row):
                continue
            elif header and [cell.strip() for cell in row[: len(header)]] == header:
                self.repeated.append(self.count)
                continue
            else:
                if any(cell.strip() for cell in row[width:]):
                    self.long_rows += 1
                    self.first_long_row = self.count if self.first_long_row is None else self.first_long_row
                yield row[:width] + [""] * (width - len(row))
            self.count += 1


def _collect(raw: Iterator[list[str]], layout: Layout, ended: Callable[[], bool]) -> Table:
    """The columns of these rows; `ended` says, after them, whether the last line has its end."""
    rows = _Rows(layout)
    even = rows.even(raw)
    growing = [_Growing() for _ in range(layout.width)]
    while block := list(islice(even, max(BLOCK_CELLS // layout.width, 1))):
        if rows.count * layout.width > MAX_CELLS:
            raise UnreadableError(f"a table of over {MAX_CELLS:,} cells: keep the step, loss and LR columns")
        for column, cells in zip(growing, zip(*block, strict=True), strict=True):
            column.add(cells, layout.decimal_comma)
    torn = rows.count > 0 and not ended() and rows.last_width < layout.width
    names = layout.names or ("",) * layout.width
    columns = tuple(column.column(name, rows.count - torn) for column, name in zip(growing, names, strict=True))
    return Table(columns, layout, tuple(rows.repeated), rows.long_rows, rows.first_long_row, torn)


@dataclass
class _Growing:
    """One column while it is read, block by block."""

    values: list[Floats] = field(default_factory=list)
    presences: list[NDArray[np.bool_]] = field(default_factory=list)
    label_blocks: list[NDArray[np.int16]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    words: int = 0

    def add(self, cells: Sequence[str], decimal_comma: bool) -> None:
        plain = None if decimal_comma or "_" in "".join(cells) else _plain_numbers(cells)
        if plain is not None:
            (value, present), label = plain, np.empty(0, np.int16)
        else:
            value, present = np.full(len(cells), np.nan), np.ones(len(cells), np.bool_)
            label = self._cell_by_cell(cells, decimal_comma, value, present)
        self.values.append(value)
        self.presences.append(present)
        self.label_blocks.append(label)

    def _cell_by_cell(
        self, cells: Sequence[str], decimal_comma: bool, value: Floats, present: NDArray[np.bool_]
    ) -> NDArray[np.int16]:
        label = np.full(len(cells), -1, np.int16)
        for i, cell in enumerate(cells):
            try:
                number = cell_value(cell, decimal_comma=decimal_comma)
            except ValueError:
                self.words += 1
                present[i] = False
                if len(self.labels) <= MAX_LABELS:
                    label[i] = self.labels.setdefault(cell.strip(), len(self.labels))
                continue
            present[i] = number is not None
            value[i] = np.nan if number is None else number
        return label if self.words else label[:0]

    def column(self, name: str, length: int) -> Column:
        if not self.values:
            return Column(name, np.empty(0), np.empty(0, np.bool_))
        value, present = np.concatenate(self.values)[:length], np.concatenate(self.presences)[:length]
        if not 0 < len(self.labels) <= MAX_LABELS:
            return Column(name, value, present, self.words)
        blocks = [
            block if len(block) else np.full(len(values), -1, np.int16)
            for block, values in zip(self.label_blocks, self.values, strict=True)
        ]
        return Column(name, value, present, self.words, tuple(self.labels), np.concatenate(blocks)[:length])


def _plain_numbers(cells: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]] | None:
    """Values and which are present, of cells that are numbers or empty; None for words, padding or thousands marks."""
    try:
        empty = cells.count("")
        numbers = (float(cell) if cell else np.nan for cell in cells) if empty else map(float, cells)
        value = np.fromiter(numbers, np.float64, len(cells))
    except ValueError:
        return None
    missing = np.isnan(value)
    if np.count_nonzero(missing) == empty:
        return value, ~missing
    return value, np.fromiter(map(bool, cells), np.bool_, len(cells))  # a NaN that was written is present
