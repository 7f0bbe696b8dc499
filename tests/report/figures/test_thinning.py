"""Thinning keeps what can be seen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.report.figures.thinning import envelope

points = st.lists(st.tuples(st.integers(0, 9), st.floats(-1e9, 1e9)), max_size=200)


@given(points)
def test_every_column_keeps_its_lowest_and_highest(pairs: list[tuple[int, float]]) -> None:
    pairs = sorted(pairs, key=lambda pair: pair[0])
    column = np.array([c for c, _ in pairs], dtype=np.int64)
    value = np.array([v for _, v in pairs], dtype=float)
    kept = envelope(column, value)
    assert (np.diff(kept) > 0).all()
    if len(kept):
        assert (kept[0], kept[-1]) == (0, len(column) - 1)
    for c in np.unique(column):
        inside, of_kept = value[column == c], value[kept][column[kept] == c]
        assert 1 <= len(of_kept) <= 2 + int(c == column[0]) + int(c == column[-1])
        assert (of_kept.min(), of_kept.max()) == (inside.min(), inside.max())


def test_nothing_is_thinned_to_nothing() -> None:
    assert len(envelope(np.empty(0, dtype=np.int64), np.empty(0))) == 0
