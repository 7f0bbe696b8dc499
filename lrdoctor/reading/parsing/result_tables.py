"""Why a table with a loss in it is no training: a table of results by item, of predictions, of measurements, of money.

A training's table has an order in time: a counter that only a training has (`epoch`, `step`), or rows that are numbered
at most, whose loss goes on from row to row.  Everything else lists things, and a curve through a list means nothing.
Names are weighed first and in favour of a training, since refusing a real one is as bad as reading a list; where names
say nothing, the loss does.  Each reason says what the table was taken for and how to correct that.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lrdoctor.reading.parsing import result_wording as wording
from lrdoctor.reading.parsing.column_order import is_evenly_counted, is_geometric, is_shuffled
from lrdoctor.reading.parsing.dated_rows import are_days
from lrdoctor.reading.parsing.loss_order import FEW, order_of
from lrdoctor.reading.parsing.result_rows import (
    GEOMETRIC,
    ResultRows,
    axis_of,
    drawn_settings,
    goes_on,
    has_lr,
    has_validation,
    is_of_training,
    measured,
    result_rows,
    says_training,
    training_losses,
)
from lrdoctor.reading.parsing.row_curves import Curves
from lrdoctor.reading.parsing.row_groups import key_of, says_split
from lrdoctor.reading.parsing.row_steps import EPOCH_NAMES, STEP_NAMES, is_clock, main_column
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.vocabulary.result_words import (
    NUMBER_NAMES,
    counts_epochs,
    counts_steps,
    counts_what_was_seen,
    is_axis,
    is_everyday_loss,
    prediction_pair,
)
from lrdoctor.vocabulary.tags import is_loss_name, is_metric_name, words

GEOMETRIC_STEPS = 4.0  # of a step, since checkpoints are often evaluated at powers of two
FLAT_SPREAD = 0.3  # of losses in no order: below it a training that stays where it is, above it those of examples
FORECAST_STEPS = frozenset({"step", "steps", "timestep", "timesteps"})
LEADS = 60  # rows at most of a table by forecast step


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
        return _why(result_rows(columns, axis, cells), by_loss=by_loss)


def _why(rows: ResultRows, *, by_loss: bool) -> str:
    counter = "" if rows.axis == "row" else rows.axis
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


def _why_not_though_counted(rows: ResultRows) -> str:
    """What a table lists though it has a counter: trials of a search, or models each with its best epoch."""
    counter, drawn = rows.counter, drawn_settings(rows, sizes_alone=False)
    if len(drawn) > 1 or (drawn and counter is not None and is_shuffled(counter)):
        return wording.search([c.name for c in drawn])
    if rows.words and counter is not None:
        named = next((c for c in rows.words if len(c.labels) == len(counter.value) > 1), None)  # each row otherwise
        if is_shuffled(counter) or (named is not None and len(np.unique(counter.value)) < len(counter.value)):
            return wording.by_words((named or rows.words[0]).name)
    return ""


def _why_no_steps(rows: ResultRows) -> str:
    """Why what has steps is no training: a simulation, a solver, a benchmark, a forecast."""
    pair = prediction_pair([column.name for column in rows.columns])
    if pair is not None and not has_lr(rows):
        return wording.predictions(*pair)
    if (strange := measured(rows)) and (len(strange) > 1 or not training_losses(rows)):
        return wording.measurements([c.name for c in strange])
    step = rows.counter
    if step is None:
        return ""
    if rows.words and not training_losses(rows) and len(np.unique(step.value)) < len(step.value):
        return wording.by_words(rows.words[0].name)
    others = list(rows.others)
    if others and not any(map(is_of_training, rows.columns)) and all(is_axis(c.name) for c in others):
        return wording.by_axis(step.name)  # what stands there by the step are words
    if is_geometric(step.value, GEOMETRIC_STEPS):
        return wording.by_axis(step.name)
    return wording.by_axis(step.name) if _are_leads(step, others) else ""


def _are_leads(step: Column, others: Sequence[Column]) -> bool:
    """Whether errors rise from one forecast step to the next: several errors and scores, and nothing of a training."""
    if key_of(step.name) not in FORECAST_STEPS or len(step.value) > LEADS or len(others) < 2:
        return False
    if not all(is_metric_name(c.name) and "loss" not in words(c.name) and not says_split(c.name) for c in others):
        return False
    counted = (np.diff(step.value) == 1).all() and step.value[0] in {0, 1}
    values = main_column(others).value
    return bool(counted and np.mean(np.diff(values) > 0) > 0.8)


def _why_not_uncounted(rows: ResultRows) -> str:
    """What the names say of a table that counts no steps."""
    if rows.words:
        return wording.by_words(rows.words[0].name)
    pair = prediction_pair([column.name for column in rows.columns])
    if pair is not None:
        return wording.predictions(*pair)
    says = says_training(list(rows.others))
    drawn = drawn_settings(rows, sizes_alone=not (says or has_lr(rows) or goes_on(rows)))
    if len(drawn) > says:
        return wording.search([c.name for c in drawn])
    dated = next((name for name, own in rows.cells.items() if are_days(own)), None)
    if dated is not None:
        return wording.by_days(dated)
    losses = [c.name for c in rows.columns if is_loss_name(c.name)]
    if losses and all(map(is_everyday_loss, losses)):
        return wording.of_other_losses(losses[0])
    if (strange := measured(rows)) and (len(strange) > 1 or not goes_on(rows)):
        return wording.measurements([c.name for c in strange])
    axis = axis_of(rows)
    if axis is not None and not counts_what_was_seen(axis.name) and is_axis(axis.name):
        return wording.by_axis(axis.name)
    return ""


def _why_in_no_order(rows: ResultRows, *, by_loss: bool) -> str:
    """What the loss says of a table whose names say nothing."""
    axis = axis_of(rows)
    main = main_column([c for c in rows.others if c is not axis and is_loss_name(c.name)] or rows.columns)
    if not main.is_numeric or (axis is None and not by_loss):
        return ""
    if axis is not None and is_geometric(axis.value, GEOMETRIC):
        return wording.by_axis(axis.name)
    order = order_of(main.value[main.present])
    hangs = order.hangs_together or order.falls or order.spread < FLAT_SPREAD
    if order.breaks or says_training([main]) or (has_validation(rows.columns) and (axis is None or hangs)):
        return ""
    if axis is None and "loss" in words(main.name) and all(c is main for c in rows.others):
        return ""  # nobody writes the losses of examples without saying of which
    count, rated = int(main.present.sum()), has_lr(rows)
    # Under a name that is not known it must count, and the loss must fall.
    counts = axis is None or _only_numbers(axis.name) or is_evenly_counted(axis.value)
    falls = axis is None or _only_numbers(axis.name) or order.falls or rated
    if axis is not None and not (counts and falls):
        return wording.by_axis(axis.name)
    if axis is not None and count < FEW and not rated and not any("loss" in words(c.name) for c in rows.columns):
        return wording.by_axis(axis.name)
    if hangs:
        return ""
    return wording.by_axis(axis.name) if axis is not None else wording.in_no_order(main.name)


def _only_numbers(name: str) -> bool:
    return key_of(name) in NUMBER_NAMES or is_clock(name) or counts_what_was_seen(name)
