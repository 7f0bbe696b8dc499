"""Schedules that were stepped otherwise in their scripts are remarked on; the usual ones are not."""

from typing import Any

import pytest
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

from lrdoctor.errors import UsageError
from lrdoctor.replay import replay
from lrdoctor.replay.recipe.schedule import schedule_of
from lrdoctor.replay.recipe.schedule_doubts import schedule_doubts
from tests.replay.small import linear, recipe

USUAL = {
    "cosine": lambda o: CosineAnnealingLR(o, 1000),
    "one cycle": lambda o: OneCycleLR(o, 0.1, 1000),
    "steps": lambda o: MultiStepLR(o, [500, 750]),
    "warm restarts": lambda o: CosineAnnealingWarmRestarts(o, 100),
    "cyclic": lambda o: CyclicLR(o, 1e-4, 0.1, 50),
    "warm-up": lambda o: SequentialLR(o, [LinearLR(o, 1e-4, 1.0, 100), CosineAnnealingLR(o, 900)], [100]),
    "a gentle decay": lambda o: ExponentialLR(o, 0.999),
}
BY_EPOCH = {
    "cosine of 20 epochs": (lambda o: CosineAnnealingLR(o, 20), "comes back to its peak 25 times"),
    "tenfold every 30 epochs": (lambda o: StepLR(o, 30, 0.1), "below a thousandth of its peak from step 120 of 1,000"),
    "0.9 an epoch": (lambda o: ExponentialLR(o, 0.9), "below a thousandth of its peak from step 66 of 1,000"),
    "of an epoch": (lambda o: LinearLR(o, 1.0, 0.0, 50), "from step 50 of 1,000"),
}


@pytest.mark.parametrize("kind", USUAL)
def test_usual_schedules_leave_no_doubt(kind: str) -> None:
    given = recipe(make=lambda p: SGD(p, 0.1, momentum=0.9), scheduler=USUAL[kind])
    assert schedule_doubts(given, schedule_of(given)) == []


@pytest.mark.parametrize("kind", BY_EPOCH)
def test_stepped_once_an_epoch(kind: str) -> None:
    make, words = BY_EPOCH[kind]
    given = recipe(make=lambda p: SGD(p, 0.1), scheduler=make)
    (told,) = schedule_doubts(given, schedule_of(given))
    assert words in told
    assert "scheduler_steps" in told
    said = recipe(make=lambda p: SGD(p, 0.1), scheduler=make, scheduler_steps=10)
    assert schedule_doubts(said, schedule_of(said)) == []


def test_the_report_says_so() -> None:
    given = recipe(model=linear(), make=lambda p: SGD(p, 0.01), scheduler=lambda o: CosineAnnealingLR(o, 12))
    assert any("scheduler_steps" in remark for remark in replay(given, max_steps=100, device="cpu").remarks)


def test_a_scheduler_of_another_optimizer() -> None:
    given, other = recipe(), recipe()
    wrong: Any = StepLR(other.optimizer, 5)
    with pytest.raises(UsageError, match="moves another optimizer"):
        schedule_of(recipe(model=given.model, make=lambda _: given.optimizer, scheduler=wrong))
