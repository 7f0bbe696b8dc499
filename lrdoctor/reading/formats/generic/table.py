"""Any table with a row a step: Lightning's `metrics.csv`, Keras's CSVLogger, `progress.csv`, a table made by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.console_line import parse
from lrdoctor.reading.formats.generic.console_settings import settings_of
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.result_tables import why_none_trains
from lrdoctor.reading.parsing.row_curves import Curves, curves_of_runs
from lrdoctor.reading.parsing.row_groups import RUN_COLUMNS, key_of, says_split
from lrdoctor.reading.parsing.row_steps import (
    EPOCH_NAMES,
    INDEX_NAMES,
    MAX_FALLS,
    STEP_NAMES,
    WEAK_STEP_NAMES,
    is_clock,
)
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import Column, Table, read_table
from lrdoctor.reading.parsing.table_layout import Layout, all_numbers, sniff
from lrdoctor.records.run import HParam, Note, Run, Source, Traits
from lrdoctor.vocabulary.result_words import is_of_machines
from lrdoctor.vocabulary.tags import TRAIN_WORDS, is_loss_name, is_lr_name, is_metric_name, words

NAME = "table"
TELLING_NAMES = frozenset({"progress", "metrics", "history", "log", "logs", "training", "measurements", "results"})
TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
SAMPLE_CELLS = 20  # of a column, to see whether it holds numbers
NAMES_SHOWN = 8
MIN_SETTINGS = 3  # names such as `lr=0.001`: a printed line of settings has as many
NAMELESS_SERIES = ("", "0")  # the header pandas writes for one
NAME_COLUMNS = frozenset({"name", "model", "model_name", "config", "id", "method", "task"}) | RUN_COLUMNS


def recognise(head: Head) -> str | None:
    """By a header that names steps or a loss above columns of numbers, or a file named after the loss it holds."""
    layout = sniff(head)
    if layout is None or not (layout.rows or layout.names):
        return None
    if not layout.names or layout.names == NAMELESS_SERIES:
        return _recognise_without_header(head.path, layout)
    if _is_another_format(layout) or sum("=" in name for name in layout.names) >= MIN_SETTINGS:
        return None  # `Namespace(lr=0.001, batch_size=48, ...)` is a line of settings, above a text log
    numeric = [name for name, cells in _sample(layout) if _is_mostly_numbers(cells, layout)]
    if not layout.rows:
        numeric = list(layout.names)
    losses = [name for name in numeric if _is_lossy(name)]
    telling = bool(losses) or bool(TELLING_NAMES & set(words(head.path.stem)))
    strong = (*STEP_NAMES, *EPOCH_NAMES, *(WEAK_STEP_NAMES if telling else ()))
    steps = sorted((name for name in numeric if key_of(name) in strong), key=lambda name: strong.index(key_of(name)))
    if losses and not steps and _is_data(layout, numeric):
        return None
    if losses:
        return f"the columns {_listed([*steps[:1], *losses[:2]])}"
    if steps and len(numeric) > len(steps):
        return f"the columns {_listed([steps[0], *(name for name in numeric if name not in steps)][:3])}"
    return None


def _is_data(layout: Layout, numeric: Sequence[str]) -> bool:
    """Whether a table that counts nothing is one of data (`age, income, loss`): most of its numbers are no measures.

    A column that ascends counts something, whatever it is called: `k,loss`.
    """
    names = [name for name in numeric if key_of(name) not in INDEX_NAMES and not is_clock(name)]
    if any(_is_lossy(name) and TRAIN_WORDS.intersection(words(name)) for name in names):
        return False
    known = {name for name in names if _is_lossy(name) or says_split(name) or is_of_machines(name)}
    known |= {name for name in names if is_metric_name(name) or is_lr_name(name)}
    if any(_ascends(cells, layout) for name, cells in _sample(layout) if name in names and name not in known):
        return False
    return len(names) > 1 and 2 * len(known) <= len(names)


def _ascends(cells: Sequence[str], layout: Layout) -> bool:
    """Whether numbers from 0 up never fall, but for a restart; of a few rows nobody can say otherwise."""
    numbers = [cell for cell in cells if all_numbers([cell], decimal_comma=layout.decimal_comma)]
    known = [v for cell in numbers if (v := cell_value(cell, decimal_comma=layout.decimal_comma)) is not None]
    falls = sum(a > b for a, b in pairwise(known))
    return min(known, default=0) >= 0 and falls <= MAX_FALLS * len(known)


def read(source: Source) -> list[Run]:
    """One run, or several where a column such as `run` or `fold` tells them apart; raises `UnreadableError`."""
    path = source.files[-1]
    table = read_table(path)
    columns = _named(table, path)
    if len(table) < 2:
        held = "a single row" if len(table) else "a header and no row"
        raise UnreadableError(f"a table with {held}: a curve needs several: give the log with one row a step")
    if table.layout.names and table.long_rows == len(table):
        raise UnreadableError(
            "more cells in every row than names in the header: name them all, and quote numbers with decimal commas"
        )
    settings, notes = companion_settings(source.companions)
    settings = _commented(path, table.layout.skip) | settings
    notes += _notes(table)
    found = list(curves_of_runs(columns, table.repeated_headers))
    for curves in found:
        _check(curves)
    if table.layout.names and (why := why_none_trains(found, dict(_sample(table.layout)))):
        raise UnreadableError(why)
    return [
        Run(
            run_name(source.path, part=curves.label),
            curves.series,
            source,
            {**settings, **curves.settings} if curves.settings else settings,  # shared where it can be
            curves.axis,
            [*notes, *curves.notes],
        )
        for curves in found
    ]


def _commented(path: Path, lines: int) -> dict[str, HParam]:
    """The settings in the text above a table, as in `# lr=0.01, batch_size=64`."""
    found: dict[str, HParam] = {}
    for text in look(path).lines[:lines]:
        if (line := parse(text)) is not None:
            found |= settings_of(text, line)
    return found


def _named(table: Table, path: Path) -> list[Column]:
    """The columns, named after the file where there is no header: an index, perhaps, and the loss."""
    if table.layout.names:
        if table.names == NAMELESS_SERIES and _is_lossy(path.stem):
            return [table.columns[0], replace(table.columns[1], name=path.stem)]
        return list(table.columns)
    if not _is_lossy(path.stem) or len(table.columns) > 2:
        raise UnreadableError(
            "numbers without a header, and nothing that says what they are: add a first line such as `step,loss`"
        )
    names = [path.stem] if len(table.columns) == 1 else ["", path.stem]
    return [replace(column, name=name) for column, name in zip(table.columns, names, strict=True)]


def _check(curves: Curves) -> None:
    columns = curves.columns
    if not curves.series:
        raise UnreadableError(f"a table without a column of numbers ({_found(columns)}): log the loss as a number")
    names = next((c for c in columns if key_of(c.name) in NAME_COLUMNS and len(c.labels) == len(c.value)), None)
    if curves.axis == "row" and names is not None:
        raise UnreadableError(
            f"a table with a different {names.name} in each row: it lists runs and holds no curve: give one run's log"
        )
    if curves.axis == "row" and not any(_is_lossy(tag) for tag in curves.series):
        raise UnreadableError(
            f"a table with neither a step nor a loss column ({_found(columns)}): rename them to `step` and `loss`"
        )


def _notes(table: Table) -> list[Note]:
    notes = []
    if table.torn:
        notes.append(Note("torn-tail", "the last line ends inside a row: it was left out"))
    if table.first_long_row is not None:
        where = f"row {table.first_long_row + 1}" + (" and later ones hold" if table.long_rows > 1 else " holds")
        notes.append(Note("skipped", f"{where} more cells than the header has names: the surplus was left out"))
    for column in table.columns:
        if column.words and _is_lossy(column.name):
            what = "those cells were" if column.is_numeric else "the column was"
            text = f"{column.name} holds words in {column.words:,} of {len(table):,} rows: {what} left out"
            notes.append(Note("skipped", text, column.name))
    return notes


def _recognise_without_header(path: Path, layout: Layout) -> str | None:
    if layout.width > 2 or not all(map(all_numbers, layout.rows)):
        return None
    if _is_lossy(path.stem):
        return "numbers without a header in a file named after a loss"
    return "numbers without a header" if path.suffix.lower() in TABLE_SUFFIXES and layout.width == 1 else None


def _is_another_format(layout: Layout) -> bool:
    """W&B's exports, TensorBoard's downloads and Optuna's trials have readers of their own."""
    names = set(layout.names)
    return (
        any(name.endswith(("__MIN", "__MAX")) for name in names)
        or {"_step", "_runtime", "_timestamp"} <= names
        or layout.names == ("Wall time", "Step", "Value")
        or layout.names[:2] == ("Name", "State")
        or ({"number", "state"} <= names and any(name.startswith("params_") for name in names))
    )


def _sample(layout: Layout) -> Iterator[tuple[str, list[str]]]:
    for i, name in enumerate(layout.names):
        yield name, [row[i] for row in layout.rows if i < len(row)]


def _is_mostly_numbers(cells: Sequence[str], layout: Layout) -> bool:
    filled = [cell for cell in cells if cell][:SAMPLE_CELLS]
    numbers = sum(all_numbers([cell], decimal_comma=layout.decimal_comma) for cell in filled)
    return not filled or numbers > len(filled) // 2


def _is_lossy(name: str) -> bool:
    """A loss or a part of one; or a file's name such as `val_losses`."""
    return is_loss_name(name) or any(word.endswith(("loss", "losses")) for word in words(name))


def _found(columns: Sequence[Column]) -> str:
    return "found " + (_listed([column.name for column in columns if column.name]) or "none with a name")


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(name[:60] for name in names[:NAMES_SHOWN]) + more


READER = Reader(NAME, "tables (CSV, TSV) with a row a step", recognise, read, traits=Traits(quantity_a_file=True))
