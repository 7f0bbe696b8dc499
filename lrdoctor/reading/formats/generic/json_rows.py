"""Logs that people write by hand: a JSON object each time the loss is logged, one a line or in a list.

    {"step": 10, "loss": 2.31, "lr": 1e-4}
    {"step": 100, "eval": {"loss": 2.4, "accuracy": 0.31}}
    {"split": "val", "epoch": 1, "loss": 2.4}
    {"name": "train/loss", "step": 10, "value": 2.31}

Nested keys are joined with `/`.  Rows are a sparse table, whose columns are understood as those of a CSV file are;
what comes before the first loss are settings.
"""

import json
import re
from array import array
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import AS_TEXT, Cost, at_once, by_and_by
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import JsonLines, JsonRow, first_rows, number, numbers
from lrdoctor.reading.parsing.result_tables import why_none_trains
from lrdoctor.reading.parsing.row_curves import curves_of_runs
from lrdoctor.reading.parsing.row_groups import SPLIT_COLUMNS, TAG_COLUMNS, key_of, says_split
from lrdoctor.reading.parsing.row_steps import EPOCH_NAMES, STEP_NAMES, WEAK_STEP_NAMES, is_clock
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings, flatten
from lrdoctor.reading.parsing.table_columns import MAX_CELLS, MAX_LABELS, Column
from lrdoctor.records.run import HParam, Note, Run, Source
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS, is_loss_name, is_lr_name, is_metric_name, words

NAME = "json-rows"
MIN_ROWS = 3  # with one loss, to be taken for a log
UNCOUNTED_ROWS = 5  # of them where nothing counts the steps
MOSTLY = 0.7  # of the steps of such rows that are no lower than the one before
ROWS_LOOKED_AT = 200
MAX_KEYS = 2_000
MAX_KEY = 200  # characters
COUNTERS = frozenset({*STEP_NAMES, *EPOCH_NAMES, *WEAK_STEP_NAMES})
HERE = frozenset(name for name in (*STEP_NAMES, *EPOCH_NAMES) if not name.endswith("s"))  # `epochs` may be settings
SPLIT_KEYS = SPLIT_COLUMNS | {"type", "event", "kind"}
TAG_KEYS = TAG_COLUMNS | {"name"}
NO_LABELS = SPLIT_KEYS | TAG_KEYS
# What a split's name may say beside it: `val_epoch`, `train step`.
SPLIT_WORDS = TRAIN_WORDS | VALIDATION_WORDS.keys() | {"step", "epoch", "iter", "batch", "set", "end", "metrics"}

_BETWEEN = re.compile(r"[\s,\[]*")  # what may stand between objects


def recognise(head: Head) -> str | None:
    """By a loss in several rows that count steps or epochs, or in rows of nothing but losses and metrics."""
    rows = [dict(_values(row)) for row in _first(head)]
    losses = Counter(tag for values in rows for tag in values if is_loss_name(tag))
    for loss, count in losses.most_common(3):
        held = [values for values in rows if loss in values]
        if count < MIN_ROWS:
            break
        named = Counter(tag for values in held for tag in values if key_of(tag) in COUNTERS)
        counters = [tag for tag, named_in in named.items() if named_in >= count / 2]
        counted = {counter: [values[counter] for values in held if counter in values] for counter in counters}
        for counter, steps in counted.items():
            if _counts(steps):
                return f"JSON objects with {counter} and {loss}"
        # Of a log of every batch, the first epoch is all that is looked at.
        within = all(key_of(counter) in EPOCH_NAMES and set(steps) in ({0}, {1}) for counter, steps in counted.items())
        if within and count >= UNCOUNTED_ROWS and all(map(_is_of_metrics, _first(head))):
            return f"JSON objects with {loss}"
    return None


def read(source: Source) -> list[Run]:
    """One run, or several where a key such as `run` tells them apart; raises `UnreadableError`."""
    path = source.files[-1]
    rows, notes = _Rows(), list[Note]()
    for row in _rows(path, notes):
        rows.take(row)
    columns = rows.columns()
    if not any(is_loss_name(column.name) for column in columns) or rows.count < 2:
        raise UnreadableError("JSON objects without a loss in several of them: give the log with one object a step")
    settings, skipped = companion_settings(source.companions)
    notes += skipped
    if rows.nulls:
        count = "1 loss is" if rows.nulls == 1 else f"{rows.nulls:,} losses are"
        text = f"{count} null and left out: some writers put null for a loss that is NaN"
        notes.append(Note("skipped", text, rows.loss))
    found = list(curves_of_runs(columns))
    listed = rows.words()
    if why := why_none_trains([replace(one, columns=[*listed, *one.columns]) for one in found], rows.cells):
        raise UnreadableError(why)
    runs = []
    for curves in found:
        name = run_name(source.path, part=curves.label)
        if curves.series:
            own = [*notes, *curves.notes]
            known = {**rows.settings, **settings, **curves.settings}
            runs.append(Run(name, curves.series, source, known, curves.axis, own))
    if not runs:
        raise UnreadableError("JSON objects whose values stand at no step: log a step that is a number")
    return runs


class _Rows:
    """The rows read so far, as sparse columns."""

    def __init__(self) -> None:
        self.count = 0
        self.settings: dict[str, HParam] = {}
        self.loss: str | None = None
        self.nulls = 0  # rows whose loss is null, of the key that was the first row's loss
        self._columns: dict[str, tuple[array[int], array[float]]] = {}
        self._labels: dict[str, tuple[dict[str, int], array[int], array[int]]] = {}
        self.cells: dict[str, list[str]] = {}  # the first words under each key

    def take(self, row: JsonRow) -> None:
        """One row more."""
        values = list(_values(row))
        if self.loss is None:
            self.loss = next((tag for tag, _ in values if is_loss_name(tag)), None)
        elif self.loss in row and row[self.loss] is None:
            self.nulls += 1
        if not any(key_of(tag) in HERE or is_metric_name(tag) for tag, _ in values):
            if not self.count:
                self.settings |= flatten(row)
            return
        for tag, value in values:
            try:
                rows, column = self._columns[tag]
            except KeyError:
                rows, column = self._new(tag)
            rows.append(self.count)
            column.append(value)
        for key, word in row.items():
            if not isinstance(word, str):
                continue
            if len(key) <= MAX_KEY and key_of(key) not in NO_LABELS and not is_clock(key):
                self._label(key, word)
            if self.count < ROWS_LOOKED_AT and len(self.cells) < MAX_LABELS:
                self.cells.setdefault(key, []).append(word[:MAX_KEY])
        self.count += 1

    def _new(self, tag: str) -> tuple["array[int]", "array[float]"]:
        if len(self._columns) == MAX_KEYS:
            raise UnreadableError(f"more than {MAX_KEYS:,} different keys: keep the step, the loss and the LR")
        self._columns[tag] = (array("q"), array("d"))
        return self._columns[tag]

    def _label(self, key: str, word: str) -> None:
        if key not in self._labels and len(self._labels) < MAX_LABELS:
            self._labels[key] = ({}, array("q"), array("q"))
        names, rows, codes = self._labels.get(key, ({}, array("q"), array("q")))
        if len(names) <= MAX_LABELS:
            rows.append(self.count)
            codes.append(names.setdefault(word[:MAX_KEY], len(names)))

    def words(self) -> list[Column]:
        """The keys that held words in most of the first rows, as columns that say only how many different ones."""
        nothing, none = np.full(self.count, np.nan), np.zeros(self.count, np.bool_)
        most = min(self.count, ROWS_LOOKED_AT) / 2
        return [
            Column(key, nothing, none, len(cells), tuple(dict.fromkeys(cells))[:MAX_LABELS])
            for key, cells in self.cells.items()
            if len(cells) > most and key not in self._columns and not self._tells_apart(key)
        ]

    def _tells_apart(self, key: str) -> bool:
        """Whether a key held few enough words to tell rows apart by them."""
        return key in self._labels and len(self._labels[key][0]) <= MAX_LABELS

    def columns(self) -> list[Column]:
        """Every key that held numbers, and those that tell runs apart, as columns of all rows."""
        if self.count * len(self._columns) > MAX_CELLS:
            raise UnreadableError(f"over {MAX_CELLS:,} values and gaps: keep the step, the loss and the LR")
        found = []
        for tag, (rows, column) in self._columns.items():
            value, present = np.full(self.count, np.nan), np.zeros(self.count, np.bool_)
            value[rows] = column
            present[rows] = True
            found.append(Column(tag, value, present))
        for key, (names, rows, codes) in self._labels.items():
            if key not in self._columns and self._tells_apart(key):
                label = np.full(self.count, -1, np.int16)
                label[rows] = codes
                nothing = np.zeros(self.count, np.bool_)
                found.append(Column(key, np.full(self.count, np.nan), nothing, len(rows), tuple(names), label))
        return found


def _values(row: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    """The numbers of a row under their tags: with the split that another key names in front, or named by another."""
    split = tag = ""
    for key, word in row.items():
        if isinstance(word, str) and len(word) <= MAX_KEY:
            kind = key_of(key) if len(key) <= MAX_KEY else ""
            if kind in SPLIT_KEYS and set(words(word)) <= SPLIT_WORDS and says_split(word):
                split = f"{word}/"
            elif kind in TAG_KEYS and "value" in row:
                tag = word
    for key, value in numbers(row):
        name = tag if tag and key == "value" else key
        if len(name) > MAX_KEY:
            continue
        yield (f"{split}{name}" if split and not is_clock(name) and not says_split(name) else name), value


def _counts(steps: Sequence[float]) -> bool:
    """Whether numbers go on as steps do: they differ, and seldom fall."""
    rises = sum(later >= step for step, later in pairwise(steps))
    return len(set(steps)) > 1 and min(steps) >= 0 and rises >= MOSTLY * (len(steps) - 1)


def _is_of_metrics(row: JsonRow) -> bool:
    """Whether a row that counts no steps is one of a log: no name, no text and no setting in it, as results have."""
    for key, value in row.items():
        if isinstance(value, str) and number(value) is None and key_of(key) not in SPLIT_KEYS and not is_clock(key):
            return False
        if isinstance(value, list):
            return False
    return all(
        is_metric_name(tag) or is_lr_name(tag) or is_clock(tag) or key_of(tag) in HERE for tag, _ in numbers(row)
    )


def _first(head: Head) -> list[JsonRow]:
    """The first objects of a file of objects, at its top or in one list."""
    if head.text.lstrip()[:1] not in {"{", "["}:
        return []
    rows = first_rows(head, ROWS_LOOKED_AT)
    return rows if len(rows) > 1 else list(islice(_objects(head.text), ROWS_LOOKED_AT))


def cost(head: Head) -> Cost:
    """Lines are read by and by; a list is read in one piece, and parsed object by object."""
    return by_and_by(head) if _is_lines(head) else at_once(head, AS_TEXT)


def _is_lines(head: Head) -> bool:
    return len(first_rows(head, 2)) > 1


def _rows(path: Path, notes: list[Note]) -> Iterator[JsonRow]:
    """The objects of a file; `notes` is complete once they were all taken."""
    head = look(path)
    if _is_lines(head):
        lines = JsonLines(path)
        yield from lines
        notes += lines.notes
        return
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    end = yield from _objects(text)
    if text[end:].strip(" \t\r\n,]\0"):
        notes.append(Note("torn-tail", "what stands after the last whole object was left out"))


def _objects(text: str) -> Generator[JsonRow, None, int]:
    """The objects that stand one after the other in a text, or in the list that it is; returns where they end."""
    decoder, end = json.JSONDecoder(), 0
    while True:
        begin = _BETWEEN.match(text, end)
        try:
            row, at = decoder.raw_decode(text, begin.end() if begin else end)
        except (ValueError, RecursionError):
            return end
        if not isinstance(row, dict):
            return end
        yield row
        end = at


READER = Reader(NAME, "JSON lines, or a list of objects, with a loss", recognise, read, cost=cost)
