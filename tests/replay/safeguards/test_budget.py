"""What is spent, what is left, and when it is over."""

import pytest

from lrdoctor.replay.safeguards.budget import Budget, stoppable


class Clock:
    def __init__(self) -> None:
        self.time = 5.0

    def __call__(self) -> float:
        return self.time


def test_everything_counts_in_training_steps() -> None:
    budget = Budget(100)
    budget.trained, budget.evaluated, budget.products = 30, 30, 5
    assert budget.spent == pytest.approx(30 + 10 + 15)
    assert budget.left == pytest.approx(45)
    assert budget.affords(45, 0)
    assert budget.affords(40, 15)
    assert not budget.affords(45, 1)
    budget.trained = 200
    assert budget.left == 0
    assert not budget.affords(1, 0)
    assert not budget.over


def test_time_ends_it_once() -> None:
    clock = Clock()
    budget = Budget(100, 10.0, clock)
    clock.time += 9.9
    assert not budget.over
    assert budget.left == 100
    clock.time += 0.2
    assert budget.over
    assert budget.left == 0
    assert not budget.affords(1, 0)
    assert budget.stopped == "the time was up (10 s)"
    clock.time -= 5
    assert budget.over
    budget.stopped = "it was stopped by Ctrl-C"
    clock.time += 50
    assert budget.over
    assert budget.stopped == "it was stopped by Ctrl-C"


def test_seconds_left_are_guessed_from_what_a_step_took() -> None:
    clock = Clock()
    budget, timed = Budget(100, now=clock), Budget(100, 30.0, clock)
    assert budget.seconds_left is None
    assert timed.seconds_left == 30
    clock.time += 10
    budget.trained = timed.trained = 20
    assert budget.seconds_left == pytest.approx(40)
    assert timed.seconds_left == pytest.approx(20), "the limit comes first"
    clock.time += 25
    assert timed.seconds_left == 0
    budget.trained = 120
    assert budget.seconds_left == 0


def test_ctrl_c_is_taken_for_an_end_and_errors_are_not() -> None:
    budget = Budget(100)
    with stoppable(budget):
        raise KeyboardInterrupt
    assert budget.over
    assert budget.left == 0
    assert "Ctrl-C" in budget.stopped

    def fails() -> None:
        with stoppable(Budget(100)):
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fails()


def test_the_plan_fits_the_time() -> None:
    clock = Clock()
    budget, free = Budget(1000, 10.0, clock), Budget(1000, now=clock)
    budget.fit_to_time()
    assert budget.steps == 1000, "nothing is known before the first step"
    clock.time += 1
    budget.trained = free.trained = 20
    budget.fit_to_time()
    free.fit_to_time()
    assert budget.steps == 20 + int(20 * 0.9 * 9)
    assert free.steps == 1000
    budget.trained = 100
    budget.fit_to_time()
    assert budget.steps == 182, "steps that turn out quicker make no longer plan"
    clock.time += 20
    budget.fit_to_time()
    assert budget.steps == 100
