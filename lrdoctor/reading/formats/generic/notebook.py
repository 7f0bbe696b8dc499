r"""A Jupyter notebook's outputs: what its training cells printed, and the tables that a trainer displayed.

    {"cells": [{"cell_type": "code", "source": ["trainer.train()"], "outputs": [
        {"output_type": "stream", "name": "stdout", "text": ["Epoch 1/30 - train_loss: 3.8 - val_loss: 3.9\n", ...]},
        {"output_type": "display_data", "data": {"text/html": ["<table><tr><th>Step</th><th>Training Loss</th>..."]}}
    ]}], "nbformat": 4}

Each cell with a curve is a run; its settings come from the text of that cell and of those above.  Nothing is executed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.console import Training, trainings_in
from lrdoctor.reading.formats.generic.notebook_settings import settings_in
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import HEAD_BYTES, Head
from lrdoctor.reading.parsing.row_curves import curves_of_runs
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.reading.parsing.text_lines import without_colours
from lrdoctor.records.run import HParam, Run, Source
from lrdoctor.vocabulary.lr_names import PEAK_SETTINGS
from lrdoctor.vocabulary.tags import is_loss_name, is_lr_name

NAME = "notebook"
SUFFIX = ".ipynb"
LOOKED_INTO = 32 * 2**20  # bytes, to see whether there is a curve at all
MIN_ROWS = 5  # of a displayed table with a loss
MAX_TABLES = 50  # of one cell: trainers display one, and show it anew


def recognise(head: Head) -> str | None:
    """By its name and its cells, where one of them shows a curve."""
    if head.path.suffix.lower() != SUFFIX or not head.text.lstrip().startswith("{"):
        return None
    if head.size >= LOOKED_INTO:
        return "a large notebook"
    found = _curves(head.path, head.size)
    return f"the output of {len(found)} cell{'s' if len(found) > 1 else ''}" if found else None


def read(source: Source) -> list[Run]:
    """A run for each training of each cell; raises `UnreadableError` where no output shows one."""
    path = source.files[-1]
    found = _curves(path, path.stat().st_size)
    if not found:
        raise UnreadableError("a notebook whose outputs show no training: run its training cell, and save it")
    settings, notes = companion_settings(source.companions)
    runs = []
    told = [(cell, one) for cell in found for one in cell.trainings]
    for number, (cell, one) in enumerate(told, start=1):
        name = run_name(source.path, part=number if len(told) > 1 else None)
        own = {**settings, **_believed(cell.settings, one), **one.settings}
        runs.append(Run(name, one.series, source, own, one.axis, [*notes, *one.notes]))
    return runs


def _believed(settings: Mapping[str, HParam], training: Training) -> dict[str, HParam]:
    """A cell's settings, but for its LR where the output shows one: a cell may have been edited since it ran."""
    shown = any(is_lr_name(tag) for tag in training.series)
    return {name: value for name, value in settings.items() if not (shown and name in PEAK_SETTINGS)}


@dataclass(frozen=True, eq=False)
class _Cell:
    """A cell that trained: its curves, and the settings in its text and above it."""

    trainings: tuple[Training, ...]
    settings: Mapping[str, HParam]


@lru_cache(maxsize=2)  # asked when it is recognised, and again when it is read
def _curves(path: Path, _size: int) -> tuple[_Cell, ...]:
    """The cells whose outputs show a curve; empty where the file is no notebook."""
    try:
        data = path.read_bytes()
        if b"outputs" not in data or b"loss" not in data.lower():  # as most notebooks of a project
            return ()
        notebook = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return ()
    cells = _of(notebook, "cells", list)
    if not cells:  # before version 4 they lay in worksheets
        sheets = _of(notebook, "worksheets", list)
        cells = [cell for sheet in sheets for cell in _of(sheet, "cells", list)]
    found = []
    above = ""
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        above += _text(cell.get("source", cell.get("input", ""))) + "\n"
        trainings = tuple(_trainings(path, _of(cell, "outputs", list)))
        if trainings:
            found.append(_Cell(trainings, settings_in(above)))
    return tuple(found)


def _of(value: object, key: str, kind: type) -> Any:
    """A key's value of the kind that it should be, else an empty one."""
    got = value.get(key) if isinstance(value, dict) else None
    return got if isinstance(got, kind) else kind()


def _text(value: object) -> str:
    """A text, or a list of its lines, as notebooks have it."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _trainings(path: Path, outputs: Sequence[object]) -> Iterator[Training]:
    """The curves of one cell: its tables where it displayed some, else what it printed."""
    displayed = [_text(_of(output, "data", dict).get("text/html")) for output in outputs if isinstance(output, dict)]
    tables = [one for html in displayed if "<table" in html for one in _tables(html)]
    if tables:
        # A trainer that displays its table anew each time leaves the last one, with all rows.
        yield max(tables, key=lambda one: max(len(series) for series in one.series.values()))
        return
    printed = "".join(
        _text(output.get("text")) + ("\n" if output.get("output_type") != "stream" else "")
        for output in outputs
        if isinstance(output, dict)
    )
    if not printed.strip():
        return
    data = printed.encode("utf-8", "replace")
    head = Head(path.with_suffix(".log"), data[:HEAD_BYTES], min(len(data), HEAD_BYTES))
    try:
        lines = (without_colours(line) for line in printed.split("\n"))
        yield from trainings_in(head, lines if head.processes is None else head.processes.of_first(lines))
    except UnreadableError:
        return


class _Rows(HTMLParser):
    """The tables of a piece of HTML, as rows of cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        """Begin a table, a row or a cell."""
        if tag == "table" and len(self.tables) < MAX_TABLES:
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"th", "td"} and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in {"th", "td", "tr", "table"}:
            self._inside = False

    def handle_data(self, data: str) -> None:
        """The text of a cell."""
        if self._inside and self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1] += data


def _tables(html: str) -> Iterator[Training]:
    """The displayed tables that are curves: a header with a loss, above rows that count."""
    parser = _Rows()
    parser.feed(html)
    parser.close()
    for rows in parser.tables:
        rows = [[cell.strip() for cell in row] for row in rows if row]
        if len(rows) <= MIN_ROWS or not any(is_loss_name(name) for name in rows[0]):
            continue
        body = [row for row in rows[1:] if len(row) == len(rows[0])]
        columns = [_column(name, [row[i] for row in body]) for i, name in enumerate(rows[0])]
        for curves in curves_of_runs(columns):
            counted = curves.axis != "row" and any(is_loss_name(tag) for tag in curves.series)
            if counted and max(len(series) for series in curves.series.values()) >= MIN_ROWS:
                yield Training(curves.series, curves.settings, curves.axis, curves.notes)


def _column(name: str, cells: Sequence[str]) -> Column:
    """A displayed column; `No log`, as Hugging Face has it, is missing."""
    value, present, words = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool), 0
    for i, cell in enumerate(cells):
        if cell.lower() == "no log":
            continue
        try:
            number = cell_value(cell)
        except ValueError:
            words += 1
            continue
        if number is not None:
            value[i], present[i] = number, True
    return Column(name, value, present, words)


READER = Reader(NAME, "Jupyter notebooks: what training cells printed or displayed", recognise, read, cost=at_once)
