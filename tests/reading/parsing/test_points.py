"""Points collected tag by tag: wall times, steps that are none, limits."""

import math

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing import points
from lrdoctor.reading.parsing.points import Points


@pytest.mark.parametrize(
    ("times", "known"), [((1.0, 2.0), True), ((1.0, None), False), ((1.0, math.nan), False), ((None, None), False)]
)
def test_wall_times_are_known_for_all_or_for_none(times: tuple[float | None, ...], known: bool) -> None:
    found = Points()
    for step, time in enumerate(times):
        found.add("loss", step, math.nan, time)
    series = found.series()["loss"]
    assert series.step.tolist() == [0, 1]
    assert (series.wall_time is not None) is known


@pytest.mark.parametrize("step", [math.nan, math.inf, -math.inf])
def test_a_step_that_is_not_finite_is_no_point(step: float) -> None:
    found = Points()
    found.add("loss", step, 1.0)
    assert (len(found), "loss" in found, found.series()) == (0, False, {})


def test_many_points_are_as_one_after_the_other() -> None:
    steps, values = np.array([0.0, 1.0, math.nan, 3.0]), np.array([5.0, math.nan, 7.0, math.inf])
    found, other = Points(), Points()
    for begin in (0, 2):
        found.extend("loss", steps[begin : begin + 2], values[begin : begin + 2], steps[begin : begin + 2])
    found.extend("lr", steps[2:3], values[2:3])
    for step, value in zip(steps, values, strict=True):
        other.add("loss", step, value, step)
    one, two = found.series(), other.series()
    assert (len(found), one.keys()) == (3, two.keys())
    for name in ("step", "value", "wall_time"):
        np.testing.assert_array_equal(getattr(one["loss"], name), getattr(two["loss"], name))


@pytest.mark.parametrize(("limit", "tags"), [("MAX_TAGS", ("a", "b", "c")), ("MAX_POINTS", ("a", "a", "a"))])
def test_limits_of_many_points(monkeypatch: pytest.MonkeyPatch, limit: str, tags: tuple[str, ...]) -> None:
    monkeypatch.setattr(points, limit, 2)
    found = Points()
    for tag in tags[:2]:
        found.extend(tag, np.ones(1), np.ones(1))
    with pytest.raises(UnreadableError, match="more than 2"):
        found.extend(tags[2], np.ones(1), np.ones(1))


@pytest.mark.parametrize(("limit", "tags"), [("MAX_TAGS", ("a", "b", "c")), ("MAX_POINTS", ("a", "a", "a"))])
def test_limits(monkeypatch: pytest.MonkeyPatch, limit: str, tags: tuple[str, ...]) -> None:
    monkeypatch.setattr(points, limit, 2)
    found = Points()
    for tag in tags[:2]:
        found.add(tag, 1, 1)
    with pytest.raises(UnreadableError, match="more than 2"):
        found.add(tags[2], 1, 1)
