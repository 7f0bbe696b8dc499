"""Which rows of a table belong together: tables that hold several runs, splits or curves below each other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lrdoctor.reading.parsing.table_columns import MAX_LABELS, Column
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS, words

# A column that says which curve a row belongs to, in tables that hold several below each other.
SPLIT_COLUMNS = frozenset({"phase", "split", "mode", "stage", "set", "subset", "dataset", "partition"})
RUN_COLUMNS = frozenset({"run", "run_name", "run_id", "trial", "trial_id", "experiment", "exp", "seed", "fold"})
TAG_COLUMNS = frozenset({"tag", "metric", "metric_name", "key", "variable"})


def masks(columns: Sequence[Column], names: frozenset[str]) -> Iterator[tuple[str | None, NDArray[np.bool_]]]:
    """A mask of rows for each label in the first column of these names; one mask of all rows where there is none."""
    for column in columns:
        key = key_of(column.name)
        if key in names and (found := labelled(column)) and (names is not SPLIT_COLUMNS or all(map(says_split, found))):
            yield from found.items()
            return
    yield None, np.ones(len(columns[0].value), np.bool_)


def labelled(column: Column) -> dict[str, NDArray[np.bool_]]:
    """The rows of each label, if each row has one of several and they are met again."""
    if column.label is not None and (column.label >= 0).all():
        found = {label: column.label == code for code, label in enumerate(column.labels)}
    elif column.present.all() and len(values := np.unique(column.value)) <= MAX_LABELS:
        found = {f"{column.name.strip()}={value:g}": column.value == value for value in values}
    else:
        return {}
    return found if 1 < len(found) <= len(column.value) // 2 else {}


def tag_and_value(columns: Sequence[Column]) -> tuple[Column, Column] | None:
    """The columns of a long table, `tag,step,value`, or None."""
    tags = [column for column in columns if key_of(column.name) in TAG_COLUMNS and column.label is not None]
    values = [column for column in columns if key_of(column.name) == "value" and column.is_numeric]
    return (tags[0], values[0]) if tags and values else None


def rows_where(column: Column, mask: NDArray[np.bool_]) -> Column:
    """The column with these rows only."""
    if mask.all():
        return column
    label = None if column.label is None else column.label[mask]
    present = column.present[mask]
    return replace(column, value=column.value[mask], present=present, label=label)


def says_split(text: str) -> bool:
    """Whether a name has a word for training or validation."""
    return bool((TRAIN_WORDS | VALIDATION_WORDS.keys()) & set(words(text)))


@lru_cache(maxsize=4096)  # asked for each column against each name of a table
def key_of(name: str) -> str:
    """A column's name as the tables of names spell it: `Wall time` is `wall_time`."""
    return "_".join(words(name))
