"""Logs of one JSON object a line, as detectron2, OpenMMLab, Ray, DeiT and LLaMA-Factory write them.

`NaN` and `Infinity` may stand bare, as Python writes them; numbers may stand in quotes.
"""

import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import Head
from lrdoctor.records.run import Note

MAX_LINE = 1 << 24  # bytes of one row: configurations in a first line reach some hundred kB
MAX_FIRST_ROWS = 50  # looked at to recognise a format
MAX_DEPTH = 16  # of nested values; two have been seen

JsonRow = dict[str, object]


class JsonLines:
    """The objects of a file, one after the other; `notes` is complete once they were all taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.notes: list[Note] = []

    def __iter__(self) -> Iterator[JsonRow]:
        """Every line that is a JSON object; other lines are counted.

        Raises:
            UnreadableError: a line is longer than any log's.
        """
        bad = 0
        with self._path.open("rb") as file:
            while line := file.readline(MAX_LINE):
                ended = line.endswith(b"\n")
                if not ended and len(line) == MAX_LINE:
                    raise UnreadableError(f"a line of over {MAX_LINE:,} bytes: give a log with one row a line")
                if not line.strip():
                    continue
                row = json_object(line)
                if row is not None:
                    yield row
                elif ended:
                    bad += 1
                else:
                    self.notes.append(Note("torn-tail", "the last line ends inside a row: it was left out"))
        if bad:
            lines = "1 line that is no JSON object was" if bad == 1 else f"{bad:,} lines that are no JSON objects were"
            self.notes.append(Note("skipped", f"{lines} left out"))


def json_object(line: bytes | str) -> JsonRow | None:
    """The JSON object that a line is, or None for anything else."""
    text = line if isinstance(line, str) else line.decode("utf-8-sig", errors="replace")
    if not text.lstrip().startswith("{"):
        return None
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def first_rows(head: Head, most: int = MAX_FIRST_ROWS) -> list[JsonRow]:
    """The first rows of a file of JSON objects, one a line; empty where its first line is anything else."""
    rows = _first_lines(head)[:most]
    return [row for row in rows if row is not None] if rows and rows[0] is not None else []


@lru_cache(maxsize=1)  # several readers ask about one file in turn
def _first_lines(head: Head) -> tuple[JsonRow | None, ...]:
    if not head.text.lstrip().startswith("{"):  # most files that are asked about
        return ()
    lines = [line for line in head.text.splitlines()[: 2 * MAX_FIRST_ROWS] if line.strip()]
    whole = lines if head.size <= len(head.data) else lines[:-1] or lines
    return tuple(map(json_object, whole[:MAX_FIRST_ROWS]))


def number(value: object) -> float | None:
    """A JSON value as a float, strings of digits included; None for booleans, words, lists and null.

    >>> number("2.5"), number(3), number("NaN"), number(True), number("warm"), number(None)
    (2.5, 3.0, nan, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            return cell_value(value)
        except ValueError:
            return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:  # an integer beyond 1e308
            return math.inf if value > 0 else -math.inf
    return None


def numbers(row: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Every number in a row with its key, nested keys joined with `/`; lists are left out."""
    for key, value in row.items():
        if isinstance(value, dict):
            if depth < MAX_DEPTH:
                yield from numbers(value, f"{prefix}{key}/", depth + 1)
        elif (found := number(value)) is not None:
            yield f"{prefix}{key}", found
