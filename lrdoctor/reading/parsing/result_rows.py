"""A table as those see it who ask what its rows are: its columns by their names, and by what changes in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.reading.parsing.column_order import is_drawn, is_geometric, is_scale, is_shuffled, jumps, known
from lrdoctor.reading.parsing.dated_rows import are_times
from lrdoctor.reading.parsing.loss_order import order_of
from lrdoctor.reading.parsing.row_groups import SPLIT_COLUMNS, TAG_COLUMNS, key_of, says_split
from lrdoctor.reading.parsing.row_steps import CLOCK_WORDS, INDEX_NAMES, is_clock
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.vocabulary.result_words import (
    counts_epochs,
    counts_steps,
    is_axis,
    is_everyday_loss,
    is_of_machines,
    is_quantity,
    is_setting,
    is_size,
)
from lrdoctor.vocabulary.tags import TRAIN_WORDS, is_loss_name, is_lr_name, is_metric_name, quantity, word_sets, words

# Columns of words that logs have beside their numbers, and that say nothing of what a row is.
(FREE_NAMES,) = word_sets(
    "message msg event note notes comment status state level logger host hostname device saved best is_best improved"
    " lr_schedule eta remaining epoch_time type kind checkpoint checkpoint_path"
    " ckpt ckpt_path model_path weights"
)
STAGE_COLUMNS = SPLIT_COLUMNS - {"dataset", "set", "subset", "partition"}  # the others may name data
(SWITCHES,) = word_sets("true false yes no * + - best saved")
GEOMETRIC = 1.9  # times the value above in every row: sizes that were chosen, not steps that were counted


@dataclass(frozen=True, eq=False)
class ResultRows:
    """A table, and what its columns are by name and content; those that hold one value all along say nothing.

    Args:
        columns: all of them, of one length.
        axis: the name of the column that counts, or `row`.
        cells: the first cells of each column.
        words: the columns whose words may name what each row is of.
        numbers: the columns of numbers that differ.
    """

    columns: Sequence[Column]
    axis: str
    cells: Mapping[str, Sequence[str]]
    words: Sequence[Column]
    numbers: Sequence[Column]

    @property
    def counter(self) -> Column | None:
        """The column that counts."""
        return next((column for column in self.columns if column.name.strip() == self.axis), None)

    @property
    def is_uncounted(self) -> bool:
        """Whether no column has the name of a training's counter."""
        return self.counter is None or not counts_training(self.axis)

    @property
    def others(self) -> Iterator[Column]:
        """The columns of numbers that are no counter and number no rows."""
        return (c for c in self.numbers if c is not self.counter and key_of(c.name) not in INDEX_NAMES)


def result_rows(columns: Sequence[Column], axis: str, cells: Mapping[str, Sequence[str]]) -> ResultRows:
    """The columns sorted out; `axis` and `cells` are those of `why_no_training`."""
    varying = [column for column in columns if _varies(column)]
    numbers = [c for c in varying if c.is_numeric]
    listed = [c for c in varying if not c.is_numeric and _may_name_rows(c, cells.get(c.name, ()))]
    if axis == "row":  # though a counter may stand there that nobody knew for one
        axis = next((c.name.strip() for c in numbers if counts_training(c.name) and not is_shuffled(c)), axis)
    return ResultRows(columns, axis, cells, listed, numbers)


def counts_training(name: str) -> bool:
    """Whether a column of that name counts what a training does."""
    return counts_epochs(name) or counts_steps(name)


def _varies(column: Column) -> bool:
    """Whether a column holds more than one value, or more different words than are kept."""
    if column.is_numeric:
        value = known(column)
        return len(value) > 1 and bool(value.min() < value.max())
    return column.words > 0 and len(column.labels) != 1


def _may_name_rows(column: Column, cells: Sequence[str]) -> bool:
    """Whether words may say what each row is of: no split, message, time or switch."""
    key = key_of(column.name)
    if key in STAGE_COLUMNS | TAG_COLUMNS | FREE_NAMES or CLOCK_WORDS.intersection(words(column.name)):
        return False
    if is_metric_name(column.name) or are_times(cells):
        return False
    return not (column.labels and all(label.lower() in SWITCHES or says_split(label) for label in column.labels))


def axis_of(rows: ResultRows) -> Column | None:
    """The column that a table goes by: what counts, else the first one if it is no measure and no LR."""
    if rows.counter is not None:
        return rows.counter
    first = next((c for c in rows.columns if key_of(c.name) not in INDEX_NAMES), None)
    if first is None or not any(first is c for c in rows.numbers) or is_metric_name(first.name):
        return None
    if is_lr_name(first.name):
        return first if is_geometric(first.value, GEOMETRIC) else None
    if is_axis(first.name):
        return first
    # Under another name it may be a measure of the user's own.
    return first if not is_clock(first.name) and is_scale(first) else None


def drawn_settings(rows: ResultRows, *, sizes_alone: bool) -> list[Column]:
    """The settings that are another in each row, the LR beside them; sizes count alone only where that is said."""
    drawn = [c for c in rows.others if is_drawn(c)]
    rates = [c for c in drawn if is_lr_name(c.name) and jumps(c)]
    stated = [c for c in drawn if is_setting(c.name)]
    sizes = [c for c in drawn if is_size(c.name)]
    if rates:
        return [*rates, *stated, *sizes] if stated or sizes else []
    return [*stated, *sizes] if stated or sizes_alone else []


def measured(rows: ResultRows) -> list[Column]:
    """The columns that sensors, markets or registers fill; where nothing is called a loss, those of machines too."""
    others = [c for c in rows.others if not is_metric_name(c.name) and not is_lr_name(c.name)]
    if says_training(list(rows.others)) or has_lr(rows):
        return []
    strange = [c for c in others if is_quantity(c.name)]
    measures = [c for c in rows.columns if is_metric_name(c.name)]
    if not measures or (rows.is_uncounted and not any("loss" in words(c.name) for c in measures)):
        strange += [c for c in others if is_of_machines(c.name) and c not in strange]
    return strange


def training_losses(rows: ResultRows) -> list[Column]:
    """The losses that may be a training's."""
    return [c for c in rows.columns if is_loss_name(c.name) and not is_everyday_loss(c.name)]


def goes_on(rows: ResultRows) -> bool:
    """Whether the loss falls from row to row as a training's does."""
    losses = training_losses(rows)
    order = order_of(losses[0].value[losses[0].present]) if losses else None
    return order is not None and order.falls and order.hangs_together


def has_lr(rows: ResultRows) -> bool:
    """Whether an LR stands there that a schedule may have made."""
    return any(is_lr_name(c.name) and not is_drawn(c) for c in rows.columns if c is not axis_of(rows))


def says_training(columns: Sequence[Column]) -> bool:
    """Whether a name says that it is of training."""
    return any(TRAIN_WORDS.intersection(words(c.name)) for c in columns)


def has_validation(columns: Sequence[Column]) -> bool:
    """Whether one loss stands there twice, of training and of validation, as trainers write it."""
    losses = {quantity(c.name) for c in columns if is_loss_name(c.name)}
    return any((name, not validated) in losses for name, validated in losses)


def is_of_training(column: Column) -> bool:
    """Whether a column holds numbers under the name of a loss, a measure or an LR."""
    return column.is_numeric and (is_metric_name(column.name) or is_lr_name(column.name))
