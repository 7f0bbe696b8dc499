"""Schedules rebuilt from settings: the real formulas, and nothing where a parameter is missing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.reading.assembly.lr_schedule import TAG, with_schedule
from lrdoctor.records.run import HParam, Run, Series, Traits
from lrdoctor.vocabulary.roles import assign_roles
from tests.runs import run_of

STEP = np.arange(0, 1000, 10, dtype=float)
NANOGPT: dict[str, HParam] = {
    "learning_rate": 6e-4,
    "min_lr": 6e-5,
    "warmup_iters": 100,
    "lr_decay_iters": 900,
    "decay_lr": True,
}
TRAPEZOID: dict[str, HParam] = {
    "learning_rate": 0.004,
    "num_iterations": 900,
    "warmup_iters": 0,
    "warmdown_iters": 300,
}
HF: dict[str, HParam] = {
    "learning_rate": 5e-5,
    "lr_scheduler_type": "linear",
    "warmup_steps": 0,
    "warmup_ratio": 0.1,
    "max_steps": 1000,
}


def run(hparams: dict[str, HParam], **more: Series) -> Run:
    return run_of({"loss": Series(STEP, np.linspace(4, 1, len(STEP))), **more}, hparams)


def nanogpt_get_lr(it: float) -> float:
    """As nanoGPT's train.py has it."""
    if it < 100:
        return 6e-4 * it / 100
    if it > 900:
        return 6e-5
    ratio = (it - 100) / (900 - 100)
    return 6e-5 + 0.5 * (1.0 + math.cos(math.pi * ratio)) * (6e-4 - 6e-5)


def test_nanogpt_is_its_own_formula() -> None:
    lr = with_schedule(run(NANOGPT)).series[TAG]
    assert lr.value == pytest.approx([nanogpt_get_lr(step) for step in STEP])


def test_a_trapezoid_holds_its_peak_and_comes_down_to_zero() -> None:
    lr = dict(zip(STEP.tolist(), with_schedule(run(TRAPEZOID)).series[TAG].value.tolist(), strict=True))
    assert (lr[0], lr[600], lr[750], lr[900]) == pytest.approx((0.004, 0.004, 0.002, 0.0))


def test_hugging_face_is_torchs_own_scheduler() -> None:
    torch = pytest.importorskip("torch")
    from transformers import get_scheduler

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=5e-5)
    scheduler = get_scheduler("linear", optimizer, num_warmup_steps=100, num_training_steps=1000)
    real = []
    for _ in range(1000):
        real.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert with_schedule(run(HF)).series[TAG].value == pytest.approx(real[::10])


@pytest.mark.parametrize("hparams", [NANOGPT, TRAPEZOID])
@pytest.mark.parametrize("without", ["learning_rate", "warmup_iters"])
def test_nothing_is_rebuilt_where_a_parameter_is_missing(hparams: dict[str, HParam], without: str) -> None:
    left = {key: value for key, value in hparams.items() if key != without}
    assert TAG not in with_schedule(run(left)).series


@pytest.mark.parametrize(
    "change",
    [
        {"max_steps": -1},
        {"lr_scheduler_type": "polynomial"},
        {"learning_rate": "auto"},
        {"learning_rate": float("inf")},
        {"warmup_ratio": 3.0},
        {"max_steps": True},
    ],
)
def test_what_is_no_whole_schedule_is_not_rebuilt(change: dict[str, HParam]) -> None:
    assert TAG not in with_schedule(run(HF | change)).series


def test_a_logged_lr_is_left_alone() -> None:
    logged = run(NANOGPT, lr=Series(STEP, np.full(len(STEP), 1e-3)))
    assert with_schedule(logged) is logged


def test_epochs_and_calls_of_log_are_no_iterations() -> None:
    for axis in ("epoch", "_step", "row"):
        counted = replace(run(NANOGPT), step_axis=axis)
        assert with_schedule(counted) is counted


def test_a_logger_that_counts_its_calls_has_no_iterations() -> None:
    called = run(NANOGPT)
    called = replace(called, source=replace(called.source, traits=Traits(counts_calls=True)))
    assert with_schedule(called) is called


def test_the_rebuilt_series_is_taken_for_the_lr_and_said_to_be_rebuilt() -> None:
    made = with_schedule(run(NANOGPT))
    assert assign_roles(made).lr == TAG
    assert [(note.code, note.series) for note in made.notes] == [("derived", TAG)]


def test_a_constant_lr_that_the_settings_state() -> None:
    made = with_schedule(run({"learning_rate": 1e-3, "decay_lr": False}))
    assert set(made.series[TAG].value.tolist()) == {1e-3}
