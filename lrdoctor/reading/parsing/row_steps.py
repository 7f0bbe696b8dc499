"""Which column of a table counts the steps, what each row's step is, and where training started over."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor.reading.parsing.row_groups import key_of
from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.records.run import Floats, Note
from lrdoctor.vocabulary.tags import VALIDATION_WORDS, is_loss_name, is_lr_name, words

# The finest clock first; as `key_of` spells them.
STEP_NAMES = (
    *("step", "steps", "global_step", "train_global_step", "trainer_global_step", "train_step", "training_step"),
    *("iteration", "iterations", "iter", "iters", "train_iter", "num_updates", "update", "updates", "current_steps"),
    *("training_iteration", "time_total_timesteps", "misc_total_timesteps", "total_timesteps", "timesteps", "timestep"),
)
# Names that other tables have too: they make no log by themselves.
WEAK_STEP_NAMES = ("frame", "frames", "samples", "consumed_samples", "tokens", "batch", "batch_idx", "minibatch")
EPOCH_NAMES = ("epoch", "epochs", "train_epoch", "trainer_epoch", "ep")
INDEX_NAMES = ("", "unnamed_0", "index")
CLOCK_WORDS = frozenset({"time", "timestamp", "date", "elapsed", "seconds", "secs", "duration", "wall"})

MIN_COVERAGE = 0.5  # share of the rows with data that must carry the step; the others take the step above them
MIN_DISTINCT = 0.5  # distinct epochs per row: below it rows are finer than epochs
AT_HEADERS = 0.1  # of the distance to the first loss
MAX_FALLS = 0.1  # falls per row beyond which rows are in no order of time


@dataclass(frozen=True, eq=False)
class RowSteps:
    """The clock of a table.

    Args:
        name: what the steps count, `row` where nothing in the table does.
        column: the column they come from, None if they were invented.
        step: of every row, NaN where it is unknown, shape (rows,).
        attempts: for each later attempt, its first row.
        notes: what had to be done.
    """

    name: str
    column: Column | None
    step: Floats
    attempts: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()


def row_steps(columns: Sequence[Column], headers: Collection[int] = ()) -> RowSteps:
    """The steps of a table's rows; `headers` are the rows before which the header stands again."""
    main = main_column(columns)
    rows = np.flatnonzero(main.present)
    for column, is_epoch in _candidates(columns):
        if column is main or not _covers(column, columns):
            continue
        clock = _Clock(column.name.strip(), _filled(column), main, rows, frozenset(headers))
        if clock.settle(next((c for c in columns if key_of(c.name) in EPOCH_NAMES and c is not column), None)) and (
            not is_epoch or len(np.unique(clock.step[rows])) >= MIN_DISTINCT * len(rows)
        ):
            missing = int(np.count_nonzero(~column.present & np.logical_or.reduce([c.present for c in columns])))
            if missing:
                clock.notes.append(Note("steps-invented", f"{missing:,} rows without {clock.name} take the one above"))
            name = "row" if key_of(column.name) in INDEX_NAMES else clock.name
            return RowSteps(name, column, clock.step, tuple(clock.attempts), tuple(clock.notes))
    begins = np.array([0, *headers])
    at = np.arange(len(main.value))
    clock = _Clock("row", (at - begins[np.searchsorted(begins, at, side="right") - 1]).astype(np.float64), main, rows)
    clock.settle(None)
    invented = Note("steps-invented", "there is no step column: rows are numbered")
    return RowSteps("row", None, clock.step, tuple(clock.attempts), (invented, *clock.notes))


def main_column(columns: Sequence[Column]) -> Column:
    """The training loss where one is named so, else the column with the most numbers that is no clock."""

    def worth(column: Column) -> tuple[bool, bool, bool, int]:
        clock, lr = is_clock(column.name), is_lr_name(column.name)
        loss = is_loss_name(column.name) and not VALIDATION_WORDS.keys() & set(words(column.name))
        return loss, not clock and not lr, not clock, int(column.present.sum())

    return max((column for column in columns if column.is_numeric), key=worth, default=columns[0])


@lru_cache(maxsize=4096)
def is_clock(name: str) -> bool:
    """Whether a column of this name counts steps, epochs, rows or time."""
    key = key_of(name)
    return key in (*STEP_NAMES, *WEAK_STEP_NAMES, *EPOCH_NAMES, *INDEX_NAMES) or bool(CLOCK_WORDS & set(words(name)))


def _candidates(columns: Sequence[Column]) -> Iterator[tuple[Column, bool]]:
    """Columns that may count the steps, the best first, and whether each counts epochs."""
    for name in (*STEP_NAMES, *WEAK_STEP_NAMES, *EPOCH_NAMES):
        yield from ((column, name in EPOCH_NAMES) for column in columns if key_of(column.name) == name)
    # Without a known name: the only column of ascending whole numbers in a table with a loss.
    counting = [column for column in columns if not is_clock(column.name) and _counts(column)]
    if len(counting) == 1 and any(is_loss_name(column.name) for column in columns if column is not counting[0]):
        yield counting[0], False
    yield from ((column, False) for column in columns if key_of(column.name) in INDEX_NAMES and _counts(column))


def _counts(column: Column) -> bool:
    value = column.value
    return bool(
        column.present.all()
        and len(value) > 2
        and np.isfinite(value).all()
        and (value == np.floor(value)).all()
        and (np.diff(value) > 0).all()
        and value[0] >= 0
    )


def _covers(column: Column, columns: Sequence[Column]) -> bool:
    """Whether a column can be a clock: numbers from 0 up, on enough of the rows, and not always the same."""
    finite = column.value[column.present & np.isfinite(column.value)]
    data = np.logical_or.reduce([other.present for other in columns if other is not column and other.is_numeric])
    if not column.is_numeric or not len(finite) or finite.min() < 0:
        return False
    if len(finite) > 1 and finite.min() == finite.max():
        return False
    return bool(np.count_nonzero(column.present & data) >= MIN_COVERAGE * np.count_nonzero(data))


def _filled(column: Column) -> Floats:
    """The last finite step at or above each row, NaN before the first."""
    known = column.present & np.isfinite(column.value)
    last = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
    return np.where(last >= 0, column.value[last], np.nan)


@dataclass(eq=False)
class _Clock:
    """A table's steps while falls are made sense of; judged on the rows of the main column."""

    name: str
    step: Floats
    main: Column
    rows: NDArray[np.intp]
    headers: frozenset[int] = frozenset()
    attempts: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def settle(self, epoch: Column | None) -> bool:
        """Explain every fall of the steps; False where they are in no order that training could have made."""
        self.rows = self.rows[np.isfinite(self.step[self.rows])]
        at = self.step[self.rows]
        falls = np.flatnonzero(np.diff(at) < 0) + 1
        if not len(falls):
            return True
        if len(np.unique(at)) == len(at) and len(falls) > MAX_FALLS * len(at):
            return True  # newest first, or shuffled: each step once, so sorting is right
        if self._is_within_epoch(at, falls, epoch):
            shift = self._count_on(falls, at)
            passes = f"{self.name} starts again {len(falls)} times, with every epoch: counted on to {shift:g}"
            self.notes.append(Note("steps-invented", passes))
            return True
        if len(falls) > max(3, MAX_FALLS * len(at)):
            return len(np.unique(at)) >= MIN_DISTINCT * len(at)  # several writers at once
        first = at[0]
        for fall in map(int, falls):
            row = self._first_row(fall)
            near = AT_HEADERS if row in self.headers else 1.0
            if at[fall] <= first and self._goes_on(fall, falls, near):
                self._count_on(np.array([fall]), self.step[self.rows])
                message = f"{self.name} starts again at {at[fall]:g} in row {row + 1}, but the loss goes on: counted on"
                self.notes.append(Note("restart", message, step=float(self.step[row])))
            else:
                self.attempts.append(row)
        return True

    def _is_within_epoch(self, at: Floats, falls: NDArray[np.intp], epoch: Column | None) -> bool:
        """Whether the step counts batches of one epoch: it falls where the epoch rises, or in equal stretches."""
        if epoch is not None and epoch.present[self.rows].all():
            rise = np.diff(epoch.value[self.rows])[falls - 1]
            return bool((rise > 0).all())
        lengths = np.diff([0, *falls])
        return len(falls) > 1 and bool(
            (lengths == lengths[0]).all() and (at[falls] == at[0]).all() and (at[falls - 1] == at[falls[0] - 1]).all()
        )

    def _first_row(self, fall: int) -> int:
        """The first row of what begins at this fall: perhaps a row before the main column's."""
        before, after = int(self.rows[fall - 1]), int(self.rows[fall])
        return before + 1 + int(np.argmax(self.step[before + 1 : after + 1] < self.step[before]))

    def _count_on(self, falls: NDArray[np.intp], at: Floats) -> float:
        """Let the steps go on where they fall; returns the last one."""
        gaps = np.diff(at)
        usual = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1.0
        step = self.step.copy()
        for fall in falls:
            row = self._first_row(int(fall))
            step[row:] += step[self.rows[fall - 1]] + usual - step[self.rows[fall]]
        self.step = step
        return float(np.nanmax(step))

    def _goes_on(self, fall: int, falls: NDArray[np.intp], near: float) -> bool:
        """Whether the loss after a complete reset is nearer to the last one before it than to that attempt's first.

        `near` times as near at least: a header that stands there again speaks for a new training.
        """
        value = self.main.value[self.rows]
        begin = max([0, *falls[falls < fall]])
        first, last, after = value[begin], value[fall - 1], value[fall]
        if not np.isfinite([first, last, after]).all():
            return False
        return bool(abs(after - last) < near * abs(after - first))
