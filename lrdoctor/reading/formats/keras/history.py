"""Keras's `History.history` saved as JSON, and histories of the same shape that people write by hand.

    {"loss": [2.008, 1.203], "val_loss": [1.9, 1.4], "accuracy": [...], "lr": [0.001, 0.0005]}

One value an epoch; `history_tree` shows the other shapes.  Numbers may stand in quotes: JSON knows no float32, so
people save them as text.
"""

import json
import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.keras.history_tree import CLOCKS, History, histories, row_numbers
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import json_object
from lrdoctor.reading.parsing.object_columns import columns_of_lists, columns_of_objects
from lrdoctor.reading.parsing.result_tables import why_no_training
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.records.run import Note, Run, Source
from lrdoctor.vocabulary.result_words import is_axis
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "keras-history"
MIN_NAMED = 3  # values that as many words name

# A name above a list of numbers, or above what pandas makes of one.
_CURVE = re.compile(
    r'"([^"\\]{1,80})"\s{0,40}:\s{0,40}(?:\[|\{\s{0,40}"0"\s{0,40}:)\s{0,40}"?(?:-?\d|-?\.\d|-?nan\b|-?inf)',
    re.IGNORECASE,
)
_ROWS = re.compile(r'(?:^|"\s{0,9}:)\s{0,40}\[\s{0,40}(?=\{)')
_SPLIT_INSIDE = re.compile(r'"([^"\\]{1,80})"\s{0,40}:\s{0,40}\{\s{0,40}"(?:train|training|val|valid|validation|test)"')


def recognise(head: Head) -> str | None:
    """By a list of numbers under the name of a loss, in a file that is one object or list."""
    text = head.text.lstrip()
    if text[:1] not in {"{", "["} or _is_json_lines(text):
        return None
    if (loss := _loss_of_a_row(text)) is not None:
        return f"a list with one object an epoch or step, and {loss!r} in it"
    loss = next((match[1] for match in _CURVE.finditer(text) if is_loss_name(match[1])), None)
    if loss is None and _CURVE.search(text):
        loss = next((match[1] for match in _SPLIT_INSIDE.finditer(text) if is_loss_name(match[1])), None)
    return None if loss is None else f"a list of numbers under {loss!r}, one an epoch"


def read(source: Source) -> list[Run]:
    """One run for each history in the file; raises `UnreadableError` where there is none after all."""
    path = source.files[-1]
    try:
        tree = json.loads(path.read_bytes().decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("a history in JSON that is broken or torn: save it again, or as CSV") from error
    found = histories(tree)
    if why := _why_no_training(tree):
        raise UnreadableError(why)
    return runs_of(found, source)


def _why_no_training(tree: object) -> str:
    """Why a list with one object a row, or one object of lists, holds something else; empty for all other shapes."""
    if isinstance(tree, list) and all(isinstance(row, dict) for row in tree):
        columns, cells = columns_of_objects(tree)
    elif isinstance(tree, dict) and (lists := {str(key): value for key, one in tree.items() if (value := _list(one))}):
        columns, cells = columns_of_lists(lists)
        columns = [column for column in columns if column.is_numeric or _names_rows(column)]  # others are settings
    else:
        return ""
    clock = next((column.name for name in CLOCKS for column in columns if column.name.lower() == name), "row")
    if not columns or (isinstance(tree, list) and clock == "row"):  # its objects are runs, with histories of their own
        return ""
    # Curves of games, such as those of a generator, may hang together as little as errors of examples do.
    return why_no_training(columns, clock, cells, by_loss=False)


def _names_rows(column: Column) -> bool:
    """Whether a list of words may say what each value in the others is of."""
    return is_axis(column.name) or column.words == len(column.value) >= MIN_NAMED


def _list(value: object) -> list[object]:
    """A list, or what pandas makes of one; empty for anything else."""
    if isinstance(value, dict) and value and all(key == str(i) for i, key in enumerate(value)):
        return list(value.values())
    return value if isinstance(value, list) else []


def runs_of(found: list[History], source: Source) -> list[Run]:
    """The histories of a file as runs."""
    if not found:
        raise UnreadableError("a file that names a loss, but holds no list of its values: give the log with each epoch")
    settings, notes = companion_settings(source.companions)
    runs = []
    for history in found:
        own = list(notes)
        if history.uneven:
            text = "curves of different lengths and no steps: each is numbered on its own"
            own.append(Note("steps-invented", text))
        name = run_name(source.path, part=history.label or None)
        runs.append(Run(name, history.series, source, {**history.settings, **settings}, history.axis, own))
    return runs


def _loss_of_a_row(text: str) -> str | None:
    """The loss in the first of the objects of a list, where they count epochs or steps."""
    match = _ROWS.search(text)
    if match is None:
        return None
    try:
        row, end = json.JSONDecoder().raw_decode(text, match.end())
    except (ValueError, RecursionError):
        return None
    tags = [tag for tag, _ in row_numbers(row)]
    if not set(CLOCKS).intersection(tags) or not text[end:].lstrip().startswith(","):
        return None
    return next(filter(is_loss_name, tags), None)


def _is_json_lines(text: str) -> bool:
    """Whether the first of several lines is a whole object: a row, where a history is one object in all."""
    first, _, rest = text.partition("\n")
    return bool(rest.strip()) and json_object(first) is not None


READER = Reader(NAME, "Keras histories (JSON)", recognise, read, cost=at_once)
