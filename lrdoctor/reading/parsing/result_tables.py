"""Why a table with a loss in it is no training: a table of results by item, of predictions, of measurements, of money.

A training's table has an order in time: a counter that only a training has (`epoch`, `step`), or rows that are numbered
at most, whose loss goes on from row to row.  Everything else lists things, and a curve through a list means nothing.
Names are weighed first and in favour of a training, since refusing a real one is as bad as reading a list; where names
say nothing, the loss does.  Each reason says what the table was taken for and how to correct that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor.reading.parsing import result_wording as wording
from lrdoctor.reading.parsing.column_order import (
    is_drawn,
    is_evenly_counted,
    is_geometric,
    is_scale,
    is_shuffled,
    jumps,
    known,
)
from lrdoctor.reading.parsing.dated_rows import are_days, are_times
from lrdoctor.reading.parsing.loss_order import FEW, order_of
from lrdoctor.reading.parsing.row_curves import Curves
from lrdoctor.reading.parsing.row_groups import SPLIT_COLUMNS, TAG_COLUMNS, key_of, says_split
from lrdoctor.reading.parsing.row_steps import CLOCK_WORDS, EPOCH_NAMES, INDEX_NAMES, STEP_NAMES, is_clock, main_column
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.vocabulary.result_words import (
    NUMBER_NAMES,
    counts_epochs,
    counts_steps,
    counts_what_was_seen,
    is_axis,
    is_everyday_loss,
    is_of_machines,
    is_quantity,
    is_setting,
    is_size,
    prediction_pair,
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
GEOMETRIC_STEPS = 4.0  # of a step, since checkpoints are often evaluated at powers of two
FLAT_SPREAD = 0.3  # of losses in no order: below it a training that stays where it is, above it those of examples
FORECAST_STEPS = frozenset({"step", "steps", "timestep", "timesteps"})
LEADS = 60  # rows at most of a table by forecast step


@dataclass(frozen=True, eq=False)
class _Rows:
    """A table, and what its columns are by name and content; those that hold one value all along say nothing."""

    columns: Sequence[Column]
    axis: str  # the name of the column that counts, or `row`
    cells: Mapping[str, Sequence[str]]
    words: Sequence[Column]
    numbers: Sequence[Column]

    @property
    def counter(self) -> Column | None:
        return next((column for column in self.columns if column.name.strip() == self.axis), None)

    @property
    def is_uncounted(self) -> bool:
        """Whether no column has the name of a training's counter."""
        return self.counter is None or not _counts_training(self.axis)

    @property
    def others(self) -> Iterator[Column]:
        """The columns of numbers that are no counter and number no rows."""
        return (c for c in self.numbers if c is not self.counter and key_of(c.name) not in INDEX_NAMES)


def why_no_training(
    columns: Sequence[Column], axis: str, cells: Mapping[str, Sequence[str]], *, by_loss: bool = True
) -> str:
    """The reason in one line why this table holds no training; empty where it may hold one.

    Args:
        columns: all of one length, words included.
        axis: what counts the steps, as `row_steps` found it: a column's name, or `row`.
        cells: the first cells of each column, as they stand there.
        by_loss: whether the loss decides where no name says anything.
    """
    with np.errstate(all="ignore"):  # a damaged table may hold any number
        return _why(columns, axis, cells, by_loss=by_loss)


def _why(columns: Sequence[Column], axis: str, cells: Mapping[str, Sequence[str]], *, by_loss: bool) -> str:
    varying = [column for column in columns if _varies(column)]
    numbers = [c for c in varying if c.is_numeric]
    listed = [c for c in varying if not c.is_numeric and _may_name_rows(c, cells.get(c.name, ()))]
    if axis == "row":  # though a counter may stand there that nobody knew for one
        axis = next((c.name.strip() for c in numbers if _counts_training(c.name) and not is_shuffled(c)), axis)
    rows = _Rows(columns, axis, cells, listed, numbers)
    counter = "" if axis == "row" else axis
    if counts_epochs(counter) or key_of(counter) in EPOCH_NAMES:
        return _why_not_though_counted(rows)
    if counts_steps(counter) or key_of(counter) in STEP_NAMES:
        return _why_not_though_counted(rows) or _why_no_steps(rows)
    return _why_not_uncounted(rows) or _why_in_no_order(rows, by_loss=by_loss)


def why_none_trains(curves: Sequence[Curves], cells: Mapping[str, Sequence[str]]) -> str:
    """The reason why most of the runs in the same rows are none; empty where they may be, or where there is no run."""
    reasons = [why_no_training(one.columns, one.axis, cells) for one in curves]
    told = [reason for reason in reasons if reason]
    return told[0] if 2 * len(told) > len(reasons) else ""


def _varies(column: Column) -> bool:
    """Whether a column holds more than one value, or more different words than are kept."""
    if column.is_numeric:
        value = known(column)
        return len(value) > 1 and bool(value.min() < value.max())
    return column.words > 0 and len(column.labels) != 1


def _counts_training(name: str) -> bool:
    return counts_epochs(name) or counts_steps(name)


def _may_name_rows(column: Column, cells: Sequence[str]) -> bool:
    """Whether words may say what each row is of: no split, message, time or switch."""
    key = key_of(column.name)
    if key in STAGE_COLUMNS | TAG_COLUMNS | FREE_NAMES or CLOCK_WORDS.intersection(words(column.name)):
        return False
    if is_metric_name(column.name) or are_times(cells):
        return False
    return not (column.labels and all(label.lower() in SWITCHES or says_split(label) for label in column.labels))


def _why_not_though_counted(rows: _Rows) -> str:
    """What a table lists though it has a counter: trials of a search, or models each with its best epoch."""
    counter, drawn = rows.counter, _settings(rows, sizes_alone=False)
    if len(drawn) > 1 or (drawn and counter is not None and is_shuffled(counter)):
        return wording.search([c.name for c in drawn])
    if rows.words and counter is not None:
        named = next((c for c in rows.words if len(c.labels) == len(counter.value) > 1), None)  # each row otherwise
        if is_shuffled(counter) or (named is not None and len(np.unique(counter.value)) < len(counter.value)):
            return wording.by_words((named or rows.words[0]).name)
    return ""


def _settings(rows: _Rows, *, sizes_alone: bool) -> list[Column]:
    """The settings that are another in each row, the LR beside them; sizes count alone only where that is said."""
    drawn = [c for c in rows.others if is_drawn(c)]
    rates = [c for c in drawn if is_lr_name(c.name) and jumps(c)]
    stated = [c for c in drawn if is_setting(c.name)]
    sizes = [c for c in drawn if is_size(c.name)]
    if rates:
        return [*rates, *stated, *sizes] if stated or sizes else []
    return [*stated, *sizes] if stated or sizes_alone else []


def _why_no_steps(rows: _Rows) -> str:
    """Why what has steps is no training: a simulation, a solver, a benchmark, a forecast."""
    pair = prediction_pair([column.name for column in rows.columns])
    if pair is not None and not _has_lr(rows):
        return wording.predictions(*pair)
    if (strange := _measured(rows)) and (len(strange) > 1 or not _losses(rows)):
        return wording.measurements([c.name for c in strange])
    step = rows.counter
    if step is None:
        return ""
    if rows.words and not _losses(rows) and len(np.unique(step.value)) < len(step.value):
        return wording.by_words(rows.words[0].name)
    others = list(rows.others)
    if others and not any(map(_is_of_training, rows.columns)) and all(is_axis(c.name) for c in others):
        return wording.by_axis(step.name)  # what stands there by the step are words
    if is_geometric(step.value, GEOMETRIC_STEPS):
        return wording.by_axis(step.name)
    return wording.by_axis(step.name) if _are_leads(step, others) else ""


def _is_of_training(column: Column) -> bool:
    """Whether a column holds numbers under the name of a loss, a measure or an LR."""
    return column.is_numeric and (is_metric_name(column.name) or is_lr_name(column.name))


def _goes_on(rows: _Rows) -> bool:
    """Whether the loss falls from row to row as a training's does."""
    losses = _losses(rows)
    order = order_of(losses[0].value[losses[0].present]) if losses else None
    return order is not None and order.falls and order.hangs_together


def _losses(rows: _Rows) -> list[Column]:
    """The losses that may be a training's."""
    return [c for c in rows.columns if is_loss_name(c.name) and not is_everyday_loss(c.name)]


def _measured(rows: _Rows) -> list[Column]:
    """The columns that sensors, markets or registers fill; where nothing is called a loss, those of machines too."""
    others = [c for c in rows.others if not is_metric_name(c.name) and not is_lr_name(c.name)]
    if _says_training(list(rows.others)) or _has_lr(rows):
        return []
    strange = [c for c in others if is_quantity(c.name)]
    measures = [c for c in rows.columns if is_metric_name(c.name)]
    if not measures or (rows.is_uncounted and not any("loss" in words(c.name) for c in measures)):
        strange += [c for c in others if is_of_machines(c.name) and c not in strange]
    return strange


def _are_leads(step: Column, others: Sequence[Column]) -> bool:
    """Whether errors rise from one forecast step to the next: several errors and scores, and nothing of a training."""
    if key_of(step.name) not in FORECAST_STEPS or len(step.value) > LEADS or len(others) < 2:
        return False
    if not all(is_metric_name(c.name) and "loss" not in words(c.name) and not says_split(c.name) for c in others):
        return False
    counted = (np.diff(step.value) == 1).all() and step.value[0] in {0, 1}
    values = main_column(others).value
    return bool(counted and np.mean(np.diff(values) > 0) > 0.8)


def _why_not_uncounted(rows: _Rows) -> str:
    """What the names say of a table that counts no steps."""
    if rows.words:
        return wording.by_words(rows.words[0].name)
    pair = prediction_pair([column.name for column in rows.columns])
    if pair is not None:
        return wording.predictions(*pair)
    says_training = _says_training(list(rows.others))
    drawn = _settings(rows, sizes_alone=not (says_training or _has_lr(rows) or _goes_on(rows)))
    if len(drawn) > says_training:
        return wording.search([c.name for c in drawn])
    dated = next((name for name, own in rows.cells.items() if are_days(own)), None)
    if dated is not None:
        return wording.by_days(dated)
    losses = [c.name for c in rows.columns if is_loss_name(c.name)]
    if losses and all(map(is_everyday_loss, losses)):
        return wording.of_other_losses(losses[0])
    if (strange := _measured(rows)) and (len(strange) > 1 or not _goes_on(rows)):
        return wording.measurements([c.name for c in strange])
    axis = _axis(rows)
    if axis is not None and not counts_what_was_seen(axis.name) and is_axis(axis.name):
        return wording.by_axis(axis.name)
    return ""


def _axis(rows: _Rows) -> Column | None:
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


def _why_in_no_order(rows: _Rows, *, by_loss: bool) -> str:
    """What the loss says of a table whose names say nothing."""
    axis = _axis(rows)
    main = main_column([c for c in rows.others if c is not axis and is_loss_name(c.name)] or rows.columns)
    if not main.is_numeric or (axis is None and not by_loss):
        return ""
    if axis is not None and is_geometric(axis.value, GEOMETRIC):
        return wording.by_axis(axis.name)
    order = order_of(main.value[main.present])
    goes_on = order.hangs_together or order.falls or order.spread < FLAT_SPREAD
    if order.breaks or _says_training([main]) or (_has_validation(rows.columns) and (axis is None or goes_on)):
        return ""
    if axis is None and "loss" in words(main.name) and all(c is main for c in rows.others):
        return ""  # nobody writes the losses of examples without saying of which
    count, has_lr = int(main.present.sum()), _has_lr(rows)
    # Under a name that is not known it must count, and the loss must fall.
    counts = axis is None or _only_numbers(axis.name) or is_evenly_counted(axis.value)
    falls = axis is None or _only_numbers(axis.name) or order.falls or has_lr
    if axis is not None and not (counts and falls):
        return wording.by_axis(axis.name)
    if axis is not None and count < FEW and not has_lr and not any("loss" in words(c.name) for c in rows.columns):
        return wording.by_axis(axis.name)
    if goes_on:
        return ""
    return wording.by_axis(axis.name) if axis is not None else wording.in_no_order(main.name)


def _only_numbers(name: str) -> bool:
    return key_of(name) in NUMBER_NAMES or is_clock(name) or counts_what_was_seen(name)


def _has_validation(columns: Sequence[Column]) -> bool:
    """Whether one loss stands there twice, of training and of validation, as trainers write it."""
    losses = {quantity(c.name) for c in columns if is_loss_name(c.name)}
    return any((name, not validated) in losses for name, validated in losses)


def _has_lr(rows: _Rows) -> bool:
    return any(is_lr_name(c.name) and not is_drawn(c) for c in rows.columns if c is not _axis(rows))


def _says_training(columns: Sequence[Column]) -> bool:
    return any(TRAIN_WORDS.intersection(words(c.name)) for c in columns)
