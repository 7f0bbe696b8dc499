"""Restarts, resets and repeated steps become one series with non-decreasing steps, and each is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reading.parsing.restarts import Attempt, in_order, join_attempts
from lrdoctor.records.run import Series

Points = dict[str, tuple[list[float], list[float]]]


def attempt(points: Points, purge_step: float | None = None) -> Attempt:
    return Attempt(
        {tag: Series(np.array(step, float), np.array(value, float)) for tag, (step, value) in points.items()},
        purge_step,
    )


def listed(series: dict[str, Series]) -> Points:
    return {tag: (points.step.tolist(), points.value.tolist()) for tag, points in series.items()}


CASES: list[tuple[str, list[Attempt], Points, list[tuple[str, float | None]]]] = [
    ("one attempt", [attempt({"a": ([0, 1], [5, 6])})], {"a": ([0, 1], [5, 6])}, []),
    (
        "a continuation",
        [attempt({"a": ([0, 1], [5, 6])}), attempt({"a": ([2, 3], [7, 8])})],
        {"a": ([0, 1, 2, 3], [5, 6, 7, 8])},
        [],
    ),
    (
        "a restart drops what the first attempt logged past it, in every series",
        [
            attempt({"a": ([0, 1, 2, 3], [1, 2, 3, 4]), "val": ([1, 3], [9, 8])}),
            attempt({"a": ([2, 3], [13, 14])}),
        ],
        {"a": ([0, 1, 2, 3], [1, 2, 13, 14]), "val": ([1], [9])},
        [("restart", 2.0)],
    ),
    (
        "a later, shorter attempt from the start wins",
        [attempt({"a": ([0, 1, 2], [1, 2, 3])}), attempt({"a": ([0, 1], [4, 5])})],
        {"a": ([0, 1], [4, 5])},
        [("restart", 0.0)],
    ),
    (
        "two restarts",
        [attempt({"a": ([0, 1, 2], [1, 2, 3])}), attempt({"a": ([2, 3], [4, 5])}), attempt({"a": ([1, 2], [6, 7])})],
        {"a": ([0, 1, 2], [1, 6, 7])},
        [("restart", 2.0), ("restart", 1.0)],
    ),
    (
        "a stated purge step alone is enough",
        [attempt({"a": ([0, 1, 2], [1, 2, 3])}), attempt({"a": ([4, 5], [4, 5])}, purge_step=2)],
        {"a": ([0, 1, 4, 5], [1, 2, 4, 5])},
        [("restart", 2.0)],
    ),
    (
        "a purge step that voids nothing is not worth a word",
        [attempt({"a": ([0, 1], [1, 2])}), attempt({"a": ([2, 3], [4, 5])}, purge_step=2)],
        {"a": ([0, 1, 2, 3], [1, 2, 4, 5])},
        [],
    ),
    (
        "a final evaluation is no restart",
        [attempt({"a": ([10, 20], [1, 2]), "eval": ([10, 20], [3, 4])}), attempt({"eval": ([20], [5])})],
        {"a": ([10, 20], [1, 2]), "eval": ([10, 20], [3, 5])},
        [],
    ),
    (
        "nor is a dummy value at step 0",
        [attempt({"a": ([1, 2], [1, 2]), "hp": ([0], [-1])}), attempt({"hp": ([0], [-1]), "a": ([3, 4], [3, 4])})],
        {"a": ([1, 2, 3, 4], [1, 2, 3, 4]), "hp": ([0], [-1])},
        [],
    ),
    (
        "two writers of different series do not touch each other",
        [attempt({"a": ([0, 1, 2], [1, 2, 3])}), attempt({"val": ([0, 1, 2], [4, 5, 6])})],
        {"a": ([0, 1, 2], [1, 2, 3]), "val": ([0, 1, 2], [4, 5, 6])},
        [],
    ),
    (
        "no step given: numbered",
        [attempt({"a": ([0, 0, 0], [1, 2, 3])})],
        {"a": ([0, 1, 2], [1, 2, 3])},
        [("steps-invented", None)],
    ),
    (
        "the step begins anew each epoch: numbered",
        [attempt({"a": ([0, 1, 0, 1, 0, 1], [1, 2, 3, 4, 5, 6])})],
        {"a": ([0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6])},
        [("steps-invented", None)],
    ),
    (
        "one fall within an attempt is a restart",
        [attempt({"a": ([0, 1, 2, 1, 2], [1, 2, 3, 4, 5])})],
        {"a": ([0, 1, 2], [1, 4, 5])},
        [("restart", 1.0)],
    ),
    (
        "many falls come from racing writers: sorted, nothing lost",
        [attempt({"a": ([1, 0, 3, 2, 5, 4, 7, 6], [1, 0, 3, 2, 5, 4, 7, 6])})],
        {"a": ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7])},
        [],
    ),
    (
        "several values on a step are kept",
        [attempt({"a": ([1, 1, 2, 2], [1, 2, 3, 4])})],
        {"a": ([1, 1, 2, 2], [1, 2, 3, 4])},
        [("one-step-many-values", None)],
    ),
    (
        "two values on one late step keep it",
        [attempt({"a": ([7, 7], [1, 2])})],
        {"a": ([7, 7], [1, 2])},
        [("one-step-many-values", None)],
    ),
    (
        "a value merely repeated is not worth a word",
        [attempt({"epoch": ([1, 1, 2], [0, 0, 1])})],
        {"epoch": ([1, 1, 2], [0, 0, 1])},
        [],
    ),
]


@pytest.mark.parametrize(("attempts", "points", "notes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_joining(attempts: list[Attempt], points: Points, notes: list[tuple[str, float | None]]) -> None:
    joined, found = join_attempts(attempts)
    assert listed(joined) == points
    assert [(note.code, note.step) for note in found] == notes


def test_notes_say_how_much() -> None:
    first = attempt({"a": ([0, 1, 2], [1, 2, 3]), "b": ([2], [4])})
    _, [note] = join_attempts([first, attempt({"a": ([1, 2], [4, 5])})])
    assert note.message == "restart at step 1: dropped 3 points that an earlier attempt had logged from there on"
    _, [note] = join_attempts([attempt({"lr": ([3, 3, 3, 4], [1, 2, 3, 4])})])
    assert note.message == "up to 3 values on one step in lr: all kept, in the order logged"
    assert note.series == "lr"


STEPS = st.lists(st.integers(0, 20), min_size=1, max_size=30)


@given(st.lists(st.tuples(STEPS, st.none() | st.integers(0, 20)), min_size=1, max_size=4))
def test_steps_never_fall_and_the_newest_attempt_is_whole(logged: list[tuple[list[int], int | None]]) -> None:
    attempts = [
        attempt({"a": ([float(s) for s in steps], [1000.0 * n + k for k in range(len(steps))])}, purge)
        for n, (steps, purge) in enumerate(logged)
    ]
    joined, _ = join_attempts(attempts)
    assert np.all(np.diff(joined["a"].step) >= 0)
    newest, _ = in_order(attempts[-1].series)
    assert set(newest["a"].value) <= set(joined["a"].value)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=40), st.integers(1, 39))
def test_a_clean_split_is_the_whole(increments: list[int], at: int) -> None:
    steps = np.cumsum(increments).astype(float).tolist()
    value = [float(index) for index in range(len(steps))]
    parts = [attempt({"a": (steps[i:j], value[i:j])}) for i, j in ((0, at), (at, None)) if steps[i:j]]
    joined, notes = join_attempts(parts)
    assert (joined["a"].step.tolist(), joined["a"].value.tolist(), notes) == (steps, value, [])
