"""Tables with one row a run, such as the CSV of W&B's runs table: recognised, and refused, since they hold no curve."""

import re
from itertools import pairwise

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.table_columns import read_table
from lrdoctor.reading.parsing.table_layout import Layout, sniff
from lrdoctor.records.run import Run, Source

NAME = "wandb-table"
# What W&B puts beside "Name"; the user may hide some, and adds settings and last values.
OWN = frozenset({"State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "ID", "End Time", "Updated"})
MIN_OWN = 2
# The columns of the script in W&B's documentation that saves every run of a project.
SCRIPTED = frozenset({"summary", "config", "name"})

_STEP = re.compile(r"(.*[/_ ])?(step|epoch|iter|iteration)", re.IGNORECASE)
_RUN_NAME = re.compile(r"(run[ _]?)?name|run([ _]?id)?|experiment([ _]?name)?", re.IGNORECASE)


def recognise(head: Head) -> str | None:
    """By the columns W&B names, or by a first column that names each row's run."""
    layout = sniff(head)
    if layout is None or len(layout.header) < 3:
        return None
    header = [name for name in layout.header if name]  # pandas writes its index under no name
    if header[:1] == ["Name"] and len(OWN.intersection(header)) >= MIN_OWN:
        return "the columns of W&B's runs table"
    if set(header) == SCRIPTED:
        return "the columns summary, config, name"
    if len(header) > 2 and _RUN_NAME.fullmatch(header[0]) and _each_row_has_its_name(layout):
        return f"a different run in each row under {header[0]!r}"
    return None


def read(source: Source) -> list[Run]:
    """Never a run: raises `UnreadableError` with the number of runs and what to export instead."""
    table = read_table(source.files[-1])
    kind = "a W&B runs table" if "Name" in table.layout.header or set(table.names) >= SCRIPTED else "a runs table"
    runs = "1 run" if len(table) == 1 else f"{len(table):,} runs"
    raise UnreadableError(
        f"{kind} ({runs}): it has one row a run and no curve: export the chart (CSV) or run.history() instead"
    )


def _each_row_has_its_name(layout: Layout) -> bool:
    """Whether the first named column tells the rows apart and none counts them, as steps would."""
    columns = dict(
        zip(layout.header, zip(*(row for row in layout.rows if len(row) == layout.width), strict=True), strict=False)
    )
    if any(_STEP.fullmatch(name) and _increases(cells) for name, cells in columns.items()):
        return False
    names = columns.get(next(name for name in layout.header if name), ())
    return len(names) > 1 and len(set(names)) == len(names) and not any(_number(name) is not None for name in names)


def _increases(cells: tuple[str, ...]) -> bool:
    numbers = [_number(cell) for cell in cells]
    return all(a is not None and b is not None and a < b for a, b in pairwise(numbers))


def _number(cell: str) -> float | None:
    try:
        return cell_value(cell)
    except ValueError:
        return None


READER = Reader(NAME, "W&B runs table (one row a run)", recognise, read, refuses=True)
