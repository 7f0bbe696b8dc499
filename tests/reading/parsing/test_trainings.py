"""Several trainings in one log, each to its end."""

from lrdoctor.reading.parsing.trainings import MAX_TRAININGS, Trainings


def told(*steps: float, planned: float) -> list[list[float]]:
    points = Trainings()
    for step in steps:
        points.at(step, planned)
        points.add("loss", step, 1.0)
    return [series["loss"].step.tolist() for series, _ in points.joined()]


def test_each_that_came_to_its_end_is_one() -> None:
    assert told(0, 1, 2, 0, 1, 2, planned=2) == [[0, 1, 2], [0, 1, 2]]


def test_one_that_was_begun_again_or_resumed_is_the_same() -> None:
    assert told(0, 1, 0, 1, 2, planned=2) == [[0, 1, 2]]
    assert told(0, 1, 2, 1, 2, planned=2) == [[0, 1, 2]]


def test_no_more_than_can_be_told() -> None:
    assert len(told(*[0, 1] * (MAX_TRAININGS + 5), planned=1)) == MAX_TRAININGS
    assert Trainings().joined() == []
