"""Which arms are given up, and what the budget says of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lrdoctor.replay.functions.arms import Job, Outcome, Trace
from lrdoctor.replay.functions.calls import InProcess
from lrdoctor.replay.functions.race import Race, cannot_catch_up, due
from lrdoctor.replay.safeguards.budget import Budget
from tests.replay.functions import trainings

HORIZON = 120


def race(train: Any, steps: int = 10_000, **more: Any) -> Race:
    return Race(InProcess(train), 1, Budget(steps), lambda _lr, _loss: None, **more)


def ends(train: Any, lrs: list[float], **more: Any) -> list[str]:
    return [one.end for one in race(train, **more).run([Job(lr, HORIZON, 0) for lr in lrs])]


def test_arms_that_cannot_catch_up_are_given_up_and_others_are_not() -> None:
    assert ends(trainings.quadratic, [0.3, 0.25, 1e-4, 6.0]) == ["finished", "finished", "given up", "given up"]
    assert ends(trainings.quadratic, [0.3, 1e-4], giving_up=False) == ["finished", "finished"]


@pytest.mark.parametrize("train", [trainings.flat, trainings.still, trainings.falling_alike, trainings.smoothed])
def test_noise_gives_nobody_up(train: Any) -> None:
    """Twenty arms that are all the same."""
    assert ends(train, list(np.logspace(-3, 0, 20))) == ["finished"] * 20


def test_what_is_not_finite_ends_at_once() -> None:
    made = race(trainings.nan)
    outcomes = made.run([Job(0.1, HORIZON, 0)])
    assert [(one.end, len(one.trace.loss)) for one in outcomes] == [("broke", 1)]
    assert made.budget.trained == 1


def test_an_arm_that_is_late_may_still_catch_up() -> None:
    """A high LR stands high until its schedule decays: it gains by the next doubling what it lacks."""
    step = np.arange(60.0)
    best = Outcome(Job(0.1, HORIZON, 0), Trace(np.arange(120.0), 2 - np.log10(1 + np.arange(120.0)) / 2), "finished")
    late = Trace(step, 2.1 - np.log10(1 + step) / 2)
    assert cannot_catch_up(Trace(step, np.full(60, 2.0)), Job(1e-4, HORIZON, 0), [best], [])
    assert not cannot_catch_up(late, Job(1.0, HORIZON, 0), [best], [])
    assert not cannot_catch_up(Trace(step, np.full(60, 2.0)), Job(1e-4, HORIZON, 1), [best], []), "another seed's"
    assert [due(late, Job(1.0, HORIZON, 0), [best], looks) for looks in (0, 1, 2)] == [True, False, False]


def test_a_constant_and_a_factor_change_nothing() -> None:
    def moved(lr: float, steps: int, seed: int) -> Iterator[float]:
        return trainings.quadratic(lr, steps, seed, offset=-1e3, scale=1e-2)

    lrs = list(np.logspace(-4, 0.4, 9))
    assert ends(moved, lrs) == ends(trainings.quadratic, lrs)


def test_no_arm_begins_that_the_budget_has_no_room_for() -> None:
    made = race(trainings.quadratic, steps=300)
    outcomes = made.run([Job(lr, HORIZON, 0) for lr in (0.1, 0.2, 0.3)])
    assert len(outcomes) == 2
    assert made.budget.trained == 240


def test_endless_functions_are_closed_after_their_steps() -> None:
    (one,) = race(trainings.endless).run([Job(0.1, HORIZON, 0)])
    assert (one.end, len(one.trace.loss)) == ("finished", HORIZON)


def test_what_a_function_raises_is_its_arms_last_word() -> None:
    (one,) = race(trainings.fails).run([Job(0.1, HORIZON, 0)])
    assert (one.end, one.said) == ("failed", "ValueError: no such data")
