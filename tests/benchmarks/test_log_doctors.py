"""Other log doctors as baselines: their words read as verdicts and factors; informed custom."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.baselines import customary, informed
from benchmarks.log_doctors import (
    DOCTORS,
    RUNMEDIC,
    SILENT,
    UNNAMED,
    USUAL,
    Reading,
    as_answer,
    epochs,
    factor_in,
    first_reading,
    log_doctor,
)
from lrdoctor.records.run import Floats, Run, Series, Source
from tests.benchmarks.test_metrics import ROWS

PACKAGES = {"runmedic": "runmedic", "training-doctor": "training_doctor", "sk-autod": "sk_autod"}


def a_run(loss: Floats, val: Floats | None = None) -> Run:
    step = np.arange(loss.size, dtype=float)
    series = {"train_loss": Series(step, loss), "lr": Series(step, np.full(loss.size, 0.01))}
    if val is not None:
        series["val_loss"] = Series(np.linspace(0, loss.size - 1, val.size), val)
    here = Path("run")
    return Run("run", series, Source(here, (here,), "table", "benchmark"))


@pytest.mark.parametrize(
    ("words", "factor"),
    [
        ("Lower the peak learning rate 2-10x; add linear warmup for the first ~5% of steps", 20**-0.5),
        ("Try a 10x higher learning rate for a few hundred steps", 10),
        ("Reduce learning rate from 1.00e-02 to ~3.00e-03", 0.3),
        ("Increase learning rate from 1.00e-02 to ~3.00e-02", 3),
        ("Increase learning rate by 2-5x", 10**0.5),
        ("Add LR warmup or lower the peak LR", 1 / UNNAMED),
        ("Use gradient clipping and reduce the learning rate.", 1 / UNNAMED),
        ("Consider using a learning rate finder/range test", None),
        ("Clip gradients at 10x the median norm, or lower it", None),
        ("Early stopping: reduce the number of epochs 2-10x", None),
    ],
)
def test_suggestions_are_factors_on_the_lr(words: str, factor: float | None) -> None:
    assert factor_in(["Inspect the batches", words]) == (None if factor is None else pytest.approx(factor, rel=1e-3))


def test_the_gravest_finding_that_speaks_of_the_lr_decides() -> None:
    found = [
        ("overfitting/warning", ["Lower the LR 2-10x"], 1.0),
        ("no_learning/warning", ["Use a 10x higher LR"], 0.7),
    ]
    assert first_reading(found, RUNMEDIC, USUAL) == Reading("too-slow", 10.0, 0.7)
    assert first_reading([("divergence/warning", ["Shuffle"], 1.0)], RUNMEDIC, USUAL).factor == 1 / UNNAMED
    assert first_reading(found[:1], RUNMEDIC, USUAL) == SILENT


def test_what_a_tool_leaves_of_its_probability_goes_to_the_other_verdicts() -> None:
    said = as_answer(Reading("too-high", 0.3, 0.7), a_run(np.linspace(2, 1, 50)))
    assert (said.verdict, said.factor) == ("too-high", 0.3)
    assert said.p == pytest.approx({"too-slow": 0.1, "well-tuned": 0.1, "too-high": 0.7, "divergent": 0.1})


@pytest.mark.parametrize("end", [np.nan, 9.0])
def test_a_blown_up_end_is_divergent_whatever_they_say(end: float) -> None:
    loss = np.append(np.linspace(2, 1, 45), np.full(5, end))
    assert as_answer(SILENT, a_run(loss)).factor == 1 / UNNAMED
    said = as_answer(Reading("too-high", 0.3), a_run(loss))
    assert (said.verdict, said.factor) == ("divergent", 0.3)


def test_epochs_are_means_between_validations() -> None:
    train, val = epochs(a_run(np.arange(100.0), np.linspace(5, 1, 11)))
    assert train.tolist() == [4.5 + 10 * k for k in range(10)]
    assert val.shape == (10,)
    assert val[-1] == 1
    train, val = epochs(a_run(np.arange(20.0)))
    np.testing.assert_array_equal(train, val)
    assert train.size == 5


@pytest.mark.parametrize("name", DOCTORS)
def test_the_real_ones_answer_every_run(name: str) -> None:
    pytest.importorskip(PACKAGES[name])
    said = log_doctor(name, ROWS, "full")
    assert [a.verdict for a in said] == ["well-tuned"] * len(ROWS)  # the curves of these rows fall evenly
    noise = np.random.default_rng(0).normal(size=400)
    flat, nan = 2.3 + 0.0005 * noise, np.append(np.linspace(2, 1, 300), np.full(100, np.nan))
    assert as_answer(DOCTORS[name](a_run(flat)), a_run(flat)).verdict != "divergent"
    assert as_answer(DOCTORS[name](a_run(nan)), a_run(nan)).verdict == "divergent"


def test_training_doctor_finds_a_flat_loss_too_slow() -> None:
    pytest.importorskip("training_doctor")
    said = DOCTORS["training-doctor"](a_run(2.3 + 0.0005 * np.random.default_rng(0).normal(size=400)))
    assert (said.verdict, said.factor) == ("too-slow", 3)
    assert said.confidence < 1


def test_runmedic_finds_a_loss_that_lost_most_of_its_progress_too_high() -> None:
    pytest.importorskip("runmedic")
    said = DOCTORS["runmedic"](a_run(np.concatenate([np.linspace(2, 1, 200), np.linspace(1, 1.7, 200)])))
    assert (said.verdict, said.factor) == ("too-high", 1 / UNNAMED)


def test_sk_autod_finds_a_loss_that_goes_up_and_down_too_high() -> None:
    pytest.importorskip("sk_autod")
    loss = 2 + np.where(np.arange(400) // 10 % 2, 0.3, -0.3)
    assert DOCTORS["sk-autod"](a_run(loss)).verdict == "too-high"


def test_informed_custom_goes_where_it_is_told_and_else_where_custom_goes() -> None:
    said = informed(ROWS, "full", lambda row: 1e-3 if row.lr < 1 else None)
    assert [a.factor for a in said[:4]] == pytest.approx([10, 1, 0.1, 0.01])
    assert [a.verdict for a in said[:4]] == ["too-slow", "well-tuned", "too-high", "too-high"]
    assert said[4] == customary(ROWS, "full")[4]
    assert informed(ROWS, "full", lambda _: None) == customary(ROWS, "full")
