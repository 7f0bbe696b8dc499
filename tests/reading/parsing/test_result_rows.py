"""What the columns of a table are, by name and content."""

import numpy as np

from lrdoctor.reading.parsing.result_rows import axis_of, has_validation, result_rows
from lrdoctor.reading.parsing.table_columns import Column


def numbers(name: str, *values: float) -> Column:
    return Column(name, np.array(values, np.float64), np.ones(len(values), np.bool_))


def words(name: str, *labels: str) -> Column:
    nothing = np.full(len(labels), np.nan)
    return Column(name, nothing, np.zeros(len(labels), np.bool_), len(labels), tuple(dict.fromkeys(labels)))


def test_what_is_the_same_in_each_row_says_nothing() -> None:
    rows = result_rows([words("model", "a", "a"), numbers("seed", 1, 1), numbers("loss", 2, 1)], "row", {})
    assert [column.name for column in (*rows.words, *rows.numbers)] == ["loss"]


def test_words_that_name_no_row() -> None:
    free = [words("phase", "a", "b"), words("split", "train", "val"), words("saved", "*", "-"), words("time", "a", "b")]
    assert not result_rows(free, "row", {}).words
    durations = words("took", "00:12", "00:13")
    assert not result_rows([durations], "row", {"took": ["00:12", "00:13"]}).words
    assert result_rows([words("", "count", "mean")], "row", {}).words


def test_a_counter_that_nobody_knew() -> None:
    rows = result_rows([numbers("epoch_num", 1, 2, 3), numbers("loss", 3, 2, 1)], "row", {})
    assert rows.axis == "epoch_num"
    assert not rows.is_uncounted


def test_the_axis() -> None:
    loss = numbers("loss", 3, 2, 1)
    for first, is_one in (
        (numbers("hidden_dim", 8, 64, 16), True),
        (numbers("mine", 0.1, 0.4, 0.5), False),
        (numbers("mine", 0.1, 0.2, 0.3), True),
        (numbers("accuracy", 0.1, 0.2, 0.3), False),
    ):
        assert (axis_of(result_rows([first, loss], "row", {})) is first) is is_one


def test_a_loss_of_training_and_of_validation() -> None:
    assert has_validation([numbers("loss", 1), numbers("val_loss", 1)])
    assert not has_validation([numbers("test_loss", 1), numbers("val_loss", 1)])
