"""Points collected tag by tag: wall times, steps that are none, limits."""

import math

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


@pytest.mark.parametrize(("limit", "tags"), [("MAX_TAGS", ("a", "b", "c")), ("MAX_POINTS", ("a", "a", "a"))])
def test_limits(monkeypatch: pytest.MonkeyPatch, limit: str, tags: tuple[str, ...]) -> None:
    monkeypatch.setattr(points, limit, 2)
    found = Points()
    for tag in tags[:2]:
        found.add(tag, 1, 1)
    with pytest.raises(UnreadableError, match="more than 2"):
        found.add(tags[2], 1, 1)
