"""A list of objects as columns, for those who ask what its rows are: of numbers, and of words."""

from collections.abc import Mapping, Sequence

import numpy as np

from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.reading.parsing.table_columns import Column

MAX_ROWS = 2_000  # looked at
MAX_KEYS = 200


def columns_of_objects(rows: Sequence[Mapping[str, object]]) -> tuple[list[Column], dict[str, list[str]]]:
    """The columns of the first rows, each of shape (rows,), and the words that stand under each key."""
    rows = rows[:MAX_ROWS]
    keys = list(dict.fromkeys(key for row in rows for key in row))[:MAX_KEYS]
    return columns_of_lists({key: [row.get(key) for row in rows] for key in keys})


def columns_of_lists(lists: Mapping[str, Sequence[object]]) -> tuple[list[Column], dict[str, list[str]]]:
    """The same of an object of lists, each cut to `MAX_ROWS`; shorter lists are missing at their end."""
    count = min(max(map(len, lists.values()), default=0), MAX_ROWS)
    columns, cells = [], {}
    for key, items in list(lists.items())[:MAX_KEYS]:
        own = [*items[:count], *[None] * (count - len(items))]
        numbers = [number(item) for item in own]
        spoken = [item for item, one in zip(own, numbers, strict=True) if isinstance(item, str) and one is None]
        value = np.array([np.nan if one is None else one for one in numbers], np.float64)
        present = np.array([one is not None for one in numbers], np.bool_)
        columns.append(Column(key, value, present, len(spoken), tuple(dict.fromkeys(spoken))))
        cells[key] = spoken
    return columns, cells
