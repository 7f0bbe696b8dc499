"""The clock of a table: which column it is, and what its falls mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reading.parsing.row_steps import main_column, row_steps
from lrdoctor.reading.parsing.table_columns import Column


def column(name: str, *values: float | None) -> Column:
    present = np.array([value is not None for value in values])
    return Column(name, np.array([np.nan if value is None else value for value in values]), present)


def falling(rows: int) -> list[float | None]:
    return [2.0 / (i + 1) for i in range(rows)]


def test_nothing_counts() -> None:
    steps = row_steps([column("loss", 3, 2, 1), column("acc", 0.1, 0.2, 0.3)])
    assert (steps.name, steps.column, steps.step.tolist(), steps.attempts) == ("row", None, [0, 1, 2], ())


@pytest.mark.parametrize(
    "step",
    [
        column("step", 0, 0, 0, 0),  # never moves
        column("step", -1, 0, 1, 2),  # negative
        column("step", 0, None, None, None),  # hardly there
        Column("step", np.full(4, np.nan), np.zeros(4, np.bool_), words=4, labels=("a",)),  # words
    ],
)
def test_a_step_column_that_cannot_count(step: Column) -> None:
    assert row_steps([step, column("loss", *falling(4))]).name == "row"
    assert row_steps([step, column("epoch", 0, 1, 2, 3), column("loss", *falling(4))]).name == "epoch"


def test_the_step_above_holds_where_none_is_written() -> None:
    steps = row_steps([column("step", None, 5, None, 10), column("loss", 4, 3, 2, 1)])
    assert steps.step.tolist()[1:] == [5, 5, 10]
    assert np.isnan(steps.step[0])
    assert [note.code for note in steps.notes] == ["steps-invented"]


def test_an_attempt_begins_with_its_first_row_of_any_kind() -> None:
    step = column("step", 0, 1, 2, 3, 1, 1, 2, 3)
    lr = column("lr", *(None,) * 4, 0.1, None, None, None)
    loss = column("loss", 4, 3, 2, 1, None, 3, 2, 1)
    assert row_steps([step, lr, loss]).attempts == (4,)
    # A last validation of the first attempt stands between the two.
    step = column("step", 0, 1, 2, 3, 3, 1, 1, 2, 3)
    val = column("val_loss", *(None,) * 4, 5, None, None, None, None)
    loss = column("loss", 4, 3, 2, 1, None, None, 3, 2, 1)
    assert row_steps([step, val, column("lr", *(None,) * 5, 0.1, None, None, None), loss]).attempts == (5,)


def test_the_training_loss_is_the_main_column() -> None:
    columns = [column("step", 0, 1, 2), column("lr", 1, 1, 1), column("val_loss", 1, 2, 3), column("loss", None, 1, 2)]
    assert main_column(columns).name == "loss"
    assert main_column(columns[:3]).name == "val_loss"
    assert main_column(columns[:2]).name == "lr"


@given(epochs=st.integers(2, 6), length=st.integers(2, 20), first=st.integers(0, 1), with_epoch=st.booleans())
def test_batches_of_an_epoch_are_counted_on(epochs: int, length: int, first: int, with_epoch: bool) -> None:
    epochs = max(epochs, 3)
    batch = np.tile(np.arange(first, first + length), epochs)
    columns = [column("batch", *batch), column("loss", *falling(len(batch)))]
    if with_epoch:
        columns.append(column("epoch", *np.repeat(np.arange(epochs), length)))
    steps = row_steps(columns)
    assert steps.name == "batch"
    assert steps.step.tolist() == list(range(first, first + epochs * length))
    assert steps.attempts == ()


@given(st.lists(st.tuples(st.integers(15, 40), st.integers(2, 12)), min_size=1, max_size=5))
def test_every_restart_begins_an_attempt(attempts: list[tuple[int, int]]) -> None:
    """Each attempt runs some steps, then the next resumes some steps back, never at the very beginning."""
    steps: list[int] = []
    begins = []
    start = 0
    for length, back in attempts:
        begins.append(len(steps))
        steps += range(start, start + length)
        start += length - back
    loss = column("loss", *np.random.default_rng(0).normal(size=len(steps)))
    found = row_steps([column("step", *steps), loss])
    assert found.attempts == tuple(begins[1:])
    assert found.step.tolist() == steps
