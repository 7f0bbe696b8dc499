"""How a delimited text is laid out: its separator, its header, its decimal mark; inferred from the first lines."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lrdoctor.reading.parsing.aligned_columns import PREFIX, Spans, cells_of, row_of, rows_of, spans_of
from lrdoctor.reading.parsing.cell_number import DOTTED_THOUSANDS, THOUSANDS, cell_value
from lrdoctor.reading.parsing.head import HEAD_BYTES, Head

SAMPLE_ROWS = 50
SEPARATORS = (",", "\t", ";", "|")

MAX_TEXT_LINES = 200  # above a table

_COUNTS_AND_LOSES = re.compile(PREFIX + r"\s{0,12}(?:epoch|step|iter|iteration)s?\s(?=.{0,200}loss)", re.IGNORECASE)
# A header that names a counter and a loss, in whatever order.
_COUNTS_OR_LOSES = re.compile(
    r"(?=.{0,300}?(?<![a-z])(?:epoch|step|iter|iteration)s?(?![a-z]))(?=.{0,300}?loss)", re.IGNORECASE
)
# JSON, markup or nothing; a notebook's progress bar, `[60/60 05:38, Epoch 1/1]`, may stand above a table, and a title
# may begin with a bracket: with a name in it, or as wide as the bars below it.
_NO_TABLE = re.compile(r"\s*(?:[{<]|\[(?!\d{1,9}/\d{1,9} |[-=#.>* ]{2,60}\]\s|[A-Za-z][A-Za-z _]{0,40}\])|$)")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?$")
_EXCEL_SEPARATOR = re.compile(r'"?sep=(.)"?$', re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How a delimited text is laid out.

    Args:
        names: the header's names, stripped, made unique with `.1`, `.2`; empty without a header.
        width: number of columns.
        separator: between the cells of the body; a blank stands for any run of blanks.
        header: the header's cells as split with the *body's* separator, to find it again further down.
        skip: lines before the header, or before the first row where there is none.
        decimal_comma: whether `0,5` is one half.
        rows: the stripped cells of the first rows, for those who only look.
        spans: where the columns begin and end in a line, where only their place tells them; `separator` is a blank.
    """

    names: tuple[str, ...]
    width: int
    separator: str
    header: tuple[str, ...]
    skip: int
    decimal_comma: bool
    rows: tuple[tuple[str, ...], ...]
    spans: Spans = ()


@lru_cache(maxsize=1)  # several readers ask about one file in turn
def sniff(head: Head) -> Layout | None:
    """The layout of a delimited text, or None where the head is binary, JSON, markup or has no line."""
    text = head.text
    if "\0" in text or _NO_TABLE.match(text) or text.count("\ufffd") > len(text) // 5:
        return None
    lines = head.lines
    if head.size > HEAD_BYTES:
        lines = lines[:-1]  # cut by the head, not by the file
    skip, separator = 0, None
    while skip < len(lines) and _is_preamble(lines, skip):
        if declared := _EXCEL_SEPARATOR.match(lines[skip].strip()):
            separator = declared[1]
        skip += 1
    skip = _header_below(lines, skip) if separator is None else skip
    filled = list(islice(filter(str.strip, lines[skip:]), SAMPLE_ROWS + 1))
    if not filled:
        return None
    try:
        return _layout(filled, skip, separator)
    except csv.Error:
        return None


def _is_preamble(lines: Sequence[str], at: int) -> bool:
    """Whether this line comes before the table: blank, a comment, or Excel's `sep=;`."""
    line = lines[at].strip()
    if not line or _EXCEL_SEPARATOR.match(line):
        return True
    if not line.startswith("#"):
        return False
    # numpy.savetxt marks the header itself with "#": it is one when the next line is data of the same width.
    following = next((lines[i] for i in range(at + 1, len(lines)) if lines[i].strip()), "")
    if following.lstrip().startswith("#"):
        return True
    name_line = line.lstrip("# ")
    fits = any(len(split(name_line, mark)) == len(split(following, mark)) > 1 for mark in (*SEPARATORS, " "))
    return not fits and not all_numbers(split(following, ","))


def _header_below(lines: Sequence[str], skip: int) -> int:
    """The line of a header that has text above it, as notebooks print tables; `skip` where there is none."""
    top = lines[skip : skip + 2]
    if len(top) == 2 and any(top[0].count(mark) == top[1].count(mark) > 0 for mark in SEPARATORS):
        return skip  # as nearly always: a header above its first row
    for at in range(skip, min(skip + MAX_TEXT_LINES, len(lines) - 1)):
        if _aligned(lines[at], lines[at + 1 : at + 3]):
            return at
        if not _COUNTS_AND_LOSES.match(lines[at]):
            continue
        for mark in ("\t", " "):
            names, row = split(lines[at], mark), split(lines[at + 1], mark)
            if len(names) == len(row) > 1 and all_numbers(row[:1]) and not any(all_numbers([name]) for name in names):
                return at
    return skip


def _aligned(header: str, body: Sequence[str]) -> Spans | None:
    """The columns of a header that counts and loses, told by their place; None where the rows below are not in them."""
    if "  " not in header or not _COUNTS_OR_LOSES.match(header):  # two blanks at least between two of its names
        return None
    spans = spans_of(header.rstrip("\r\n"), body[:1])
    rows = [line for line in body if spans is not None and row_of(line, spans) is not None]
    return spans_of(header.rstrip("\r\n"), rows)


def _by_place(header: str, body: Sequence[str], skip: int) -> Layout | None:
    """The layout of a table whose columns are told by their place alone."""
    spans = _aligned(header, body)
    if spans is None:
        return None
    names = cells_of(header, spans)
    if not all(names):
        return None
    rows = tuple(map(tuple, rows_of(body, spans)))
    return Layout(_unique(names), len(names), " ", tuple(names), skip, decimal_comma=False, rows=rows, spans=spans)


def _layout(lines: Sequence[str], skip: int, separator: str | None) -> Layout:
    first, body = lines[0].lstrip(" ").lstrip("#"), lines[1:]  # a leading tab ends a nameless index
    text = "".join(body)
    # As most are: then nothing has to be stripped, and the csv module would do no more.
    is_plain = '"' not in text and text.split(None, 1) == [text]
    split_by: dict[str, list[list[str]]] = {}

    def body_rows(mark: str) -> list[list[str]]:
        if mark not in split_by:
            split_by[mark] = [line.split(mark) if is_plain else split(line, mark) for line in body]
        return split_by[mark]

    head_mark, body_mark = (separator, separator) if separator else _marks(first, body_rows)
    header = _names(first, head_mark)
    if len(header) == 1 and separator is None and (layout := _by_place(lines[0], body, skip)) is not None:
        return layout
    has_header = _is_header(header)
    rows = body_rows(body_mark) if has_header else [split(lines[0], body_mark), *body_rows(body_mark)]
    return Layout(
        names=_unique(header) if has_header else (),
        width=len(header) if has_header else Counter(map(len, rows)).most_common(1)[0][0],
        separator=body_mark,
        header=tuple(_names(first, body_mark)) if has_header else (),
        skip=skip,
        decimal_comma=_has_decimal_comma(rows, body_mark),
        rows=tuple(map(tuple, rows)),
    )


def _marks(header: str, body_rows: Callable[[str], list[list[str]]]) -> tuple[str, str]:
    """The separators of header and body, the same where any one fits both; `body_rows` splits the body by a mark."""
    widths = {mark: len(_names(header, mark)) for mark in (*SEPARATORS, " ")}

    def share(mark: str) -> float:
        rows = body_rows(mark)
        if all(len(row) == widths[mark] for row in rows):
            return 1
        return sum(_fits(row, widths[mark]) for row in rows) / len(rows)

    shares = {mark: share(mark) for mark in SEPARATORS if widths[mark] > 1}
    fitting = [mark for mark in shares if shares[mark] >= 0.5]
    if fitting:
        best = max(fitting, key=lambda mark: (round(shares[mark], 1), widths[mark]))
        return best, best
    blank_rows = body_rows(" ")
    if widths[" "] > 1 and blank_rows and _are_columns(header, blank_rows, widths[" "]):
        return " ", " "
    head_mark = max(SEPARATORS, key=lambda mark: widths[mark])
    if widths[head_mark] == 1:  # one column: whatever else is in a line belongs to its only cell
        return ",", ","
    body_mark = max(SEPARATORS, key=lambda mark: sum(map(len, body_rows(mark))))
    return head_mark, body_mark if any(len(row) > 1 for row in body_rows(body_mark)) else head_mark


def _are_columns(header: str, rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether rows split at blanks are those of a table."""
    if _COUNTS_AND_LOSES.match(header):  # then a column may be of times (fastai's is), and text may follow
        return sum(len(row) == width and all_numbers(row[:2]) for row in rows) >= 0.5 * len(rows)
    return all(len(row) == width and all_numbers(row) for row in rows)


def split(line: str, mark: str) -> list[str]:
    """The stripped cells of one line."""
    if mark == " ":
        return line.split()
    if line and '"' not in line:  # then the csv module would do no more
        return [cell.strip() for cell in line.split(mark)]
    return [cell.strip() for cell in next(csv.reader([line], delimiter=mark, skipinitialspace=True), [])]


def _names(line: str, mark: str) -> list[str]:
    """The cells of a header, without the empty one after a trailing separator."""
    cells = split(line, mark)
    if mark == " ":  # DeepXDE: `# step, loss_train, loss_test` above numbers with blanks between
        cells = [cell.rstrip(",") for cell in cells]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _fits(row: Sequence[str], width: int) -> bool:
    return len(row) == width or (len(row) == width + 1 and not row[-1])


def _is_header(cells: Sequence[str]) -> bool:
    # pandas writes a nameless Series under the header ",0".
    if len(cells) > 1 and not cells[0] and list(cells[1:]) == [str(i) for i in range(len(cells) - 1)]:
        return True
    return not all_numbers(cells)


def all_numbers(cells: Sequence[str], *, decimal_comma: bool = False) -> bool:
    """Whether every cell is a number or missing, and not all are missing."""
    try:
        numbers = [cell_value(cell, decimal_comma=decimal_comma) for cell in cells]
    except ValueError:
        return False
    return any(number is not None for number in numbers)


def _has_decimal_comma(rows: Sequence[Sequence[str]], mark: str) -> bool:
    dotted = (cell for row in rows for cell in row if "." in cell and not DOTTED_THOUSANDS.match(cell))
    if any(all_numbers([cell]) for cell in dotted):
        return False
    commas = (cell for row in rows for cell in row if _DECIMAL_COMMA.match(cell))
    # Between commas a quoted "1,024" rather is a thousand.
    return any(not (mark == "," and THOUSANDS.match(cell)) for cell in commas)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        unique.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return tuple(unique)
