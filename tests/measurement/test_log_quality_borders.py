"""The borders of what a log can carry, and the words of every refusal and doubt: users act on them."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from lrdoctor.measurement.case import examine
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.log_quality import (
    Filtered,
    Quality,
    _ends_higher,
    _rising_with_accuracy,
    assess,
    is_range_test,
    residual_autocorrelations,
    was_smoothed,
)
from lrdoctor.measurement.numerics import decimals
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Note, Run, Series
from lrdoctor.vocabulary.roles import assign_roles
from tests.runs import a_run, falling, run_of

NAN = math.nan


def judged(losses: list[float] | np.ndarray, **more: object) -> Quality:
    run = a_run(losses, **more)  # type: ignore[arg-type]
    return assess(run, assign_roles(run))


FEW = "training losses were logged, and 8 are the least that show a slope and its noise: log more often"
NAMED = "--loss NAME (in Python loss=)"
UNIT = f"losses from 1e-100 to 1e+100 are analysed; log it in another unit, or name the loss with {NAMED}"
ROUNDING = "that is rounding and tells nothing of the LR; log more digits"


@pytest.mark.parametrize(
    ("losses", "refusal"),
    [
        ([2.123, 1.5, 1.2, 1.1, 1.05, 1.02, 1.01], f"only 7 {FEW}"),
        ([2.123, 1.5, 1.2, 1.1, 1.05, 1.02, 1.01, 1.0], ""),
        ([2.123, NAN, NAN, 1.5, 1.2, 1.1, 1.05, 1.02, 1.0], "only 7 of 9 logged training losses are finite"),
        ([2.123, NAN, 1.5, 1.4, 1.2, 1.1, 1.05, 1.02, 1.0], ""),
        ([2.5, NAN, NAN, *[9.5] * 6], ""),  # few are finite, and yet it is seen to diverge
        ([1.25] * 9, "the training loss is 1.25 at every step: a constant carries no information about the LR"),
        ([NAN, *[1.25] * 8], "the training loss is 1.25 at every step: a constant carries no information about the LR"),
        (
            [0.75, 0.74] * 8,
            f"the training loss moves between 0.74 and 0.75 alone, one unit of the last of its 2 decimals: {ROUNDING}",
        ),
        ([3e100, *np.linspace(2e100, 1e100, 9)], f"the training loss begins at 3e+100: {UNIT}"),
        ([-3e100, *np.linspace(-4e100, -5e100, 9)], f"the training loss begins at -3e+100: {UNIT}"),
        ([3e-101, *np.linspace(2e-101, 1e-101, 9)], f"the training loss begins at 3e-101: {UNIT}"),
        ([1e100, *np.linspace(9e99, 1e99, 9)], ""),
        ([1e-100, *np.linspace(9e-101, 1e-101, 9)], ""),
        ([0.0, *np.linspace(-1.11, -9.99, 9)], ""),
        ([3e-101, *np.linspace(1.11, 9.99, 9)], ""),  # it diverged, wherever it began
    ],
)
def test_refusals_word_for_word(losses: list[float], refusal: str) -> None:
    assert judged(losses).refusal == refusal


def test_the_series_there_are_and_why_none_is_the_loss_are_named() -> None:
    few = run_of({tag: Series(np.arange(3.0), np.arange(3.0)) for tag in ("b", "a")})
    assert assess(few, Roles()).refusal == f"no training loss among the series (a, b): name it with {NAMED}"
    why = Roles(why={"loss": "two fit"})
    assert assess(few, why).refusal == f"no training loss among the series (a, b); two fit: name it with {NAMED}"
    many = run_of({f"m{k}": Series(np.arange(3.0), np.arange(3.0)) for k in range(9)})
    assert "(m0, m1, m2, m3, m4, m5, m6, m7):" in assess(many, Roles()).refusal
    assert assess(few, Roles()).rows == 0
    empty = run_of({"loss": Series(np.empty(0), np.empty(0))})
    assert assess(empty, Roles(loss="loss")).refusal == "the series loss has no point"


def test_grpo_and_a_turned_sign_are_refused_with_what_to_do() -> None:
    losses = a_run(falling(60)).series["train_loss"]
    sampled = dict.fromkeys(("train_loss", "reward", "completion_length"), losses)
    assert assess(run_of(sampled), Roles(loss="train_loss")).refusal == (
        "train_loss is one of GRPO, near 0 by construction whatever is learned: judge the run by its reward, "
        "or replay its LR on a supervised loss"
    )
    rising = Series(np.arange(40.0), np.r_[-3.5, np.linspace(-3, -1.5, 38), -1.0])
    both = run_of({"nll": rising, "acc": Series(np.arange(40.0), np.linspace(0.1, 0.9, 40) ** 3)})
    found = assess(both, Roles(loss="nll", val_accuracy="acc"))
    assert found.refusal == (
        "nll rises from -3.5 to -1 while acc rises too: its sign looks turned (a likelihood or a reward); "
        "name the loss with --loss NAME (in Python loss=)"
    )
    assert found.diverged.kind is None
    assert found.rising_with_accuracy == pytest.approx(1.0)


def rising_with(losses: np.ndarray, accuracy: np.ndarray) -> float | None:
    run = run_of(
        {"l": Series(np.arange(float(len(losses))), losses), "a": Series(np.arange(float(len(accuracy))), accuracy)}
    )
    return _rising_with_accuracy(run, Roles(loss="l", val_accuracy="a"), run.series["l"])


def test_eight_points_show_that_loss_and_accuracy_rise_together_and_the_losss_own_rise_is_told() -> None:
    up, bumpy = np.arange(8.0), np.array([0.0, 2.0, 1.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    assert rising_with(up, up) == pytest.approx(1.0)
    assert rising_with(up[:7], up) is None
    assert rising_with(up, up[:7]) is None
    assert rising_with(bumpy, up) == pytest.approx(1 - 6 * 2 / (8 * 63))
    assert rising_with(up, bumpy) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("values", "higher"),
    [
        ([1.0, 2.0, 3.0], True),
        ([1.0, 2.0], False),
        ([3.0, 2.0, 1.0], False),
        ([1.0, 2.0, 1.0], False),
        ([1.0, 9.0, 2.0, 3.0, NAN, NAN], True),
        ([2.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0, 0.0, 0.0], False),  # the last third against the first
        ([0.0, 0.0, 0.0, 5.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.0, 1.0, -1.0], True),
        ([0.0, 5.0, 5.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.0, 1.0, 6.0, 6.0], False),
    ],
)
def test_what_ends_higher(values: list[float], higher: bool) -> None:
    assert _ends_higher(np.array(values)) == higher


@pytest.mark.parametrize(
    ("lr", "ramp"),
    [
        (np.geomspace(1e-4, 1e-2, 8), True),
        (np.geomspace(1e-4, 1e-2, 7), False),
        (10.0 ** np.linspace(0.0, 1.45, 30), False),
        (10.0 ** np.arange(0.0, 1.6, 0.125), True),  # a decade and a half to the digit
        (np.r_[0.0, np.geomspace(1e-4, 1e-2, 9)], False),
        (np.r_[NAN, np.geomspace(1e-4, 1e-2, 9)], False),
        (np.geomspace(1e-2, 1e-4, 9), False),
        (np.full(20, 1e-3), False),
        (10.0 ** np.cumsum(np.tile([0.2, 0.2, 0.215], 8)), True),  # uneven by less than a tenth of a step
        (10.0 ** np.cumsum(np.tile([0.2, 0.2, 0.225], 8)), False),
    ],
)
def test_a_range_test_rises_by_one_factor_over_a_decade_and_a_half(lr: np.ndarray, ramp: bool) -> None:
    assert is_range_test(lr) is ramp


def test_doubts_are_told_in_words_and_each_takes_from_the_trust() -> None:
    notes = [Note(code, "seen") for code in ("restart", "corrupt-record", "unheard-of")]
    run = a_run(falling(200), notes=notes)
    tuned = Run(run.name, run.series, run.source, {**run.hparams, "lora_r": 8}, notes=run.notes)
    found = examine(tuned).quality
    assert found.doubts == (
        "a restart logged steps again",
        "a part of the file is damaged",
        "a fine-tuning, and the tables come from training from scratch",
    )
    assert found.pretrained
    assert found.trust == pytest.approx(0.7**3)
    rng = np.random.default_rng(0)
    raw = 1 / np.sqrt(np.arange(1, 2001)) + 0.05 * rng.standard_normal(2000)
    averaged = judged(np.convolve(raw, 0.95 ** np.arange(200), mode="valid"))
    assert averaged.doubts == averaged.caveats == ("the curve was smoothed before it was logged",)
    assert judged(raw).doubts == ()


def test_reinforcement_is_the_first_thing_stated_and_takes_most() -> None:
    plain = Quality(100, 0, Divergence(), None, "")
    assert (plain.caveats, plain.trust) == ((), 1.0)
    earning = Quality(100, 0, Divergence(), None, "", doubts=("one", "two"), moving_target=True)
    assert earning.caveats == ("reinforcement learning: the loss is no measure of progress", "one", "two")
    assert earning.trust == pytest.approx(0.2 * 0.7**2)


@pytest.mark.parametrize(
    ("points", "non_finite", "kind", "real"),
    [
        (8, 0, None, True),
        (7, 0, None, False),
        (7, 1, None, True),
        (1, 7, None, True),
        (0, 8, None, False),
        (8, 0, DivergenceKind.RISING, True),
        (8, 0, DivergenceKind.HIDDEN, False),
    ],
)
def test_which_curves_are_real(points: int, non_finite: int, kind: DivergenceKind | None, real: bool) -> None:
    assert Quality(points, non_finite, Divergence(kind), None, "").curve_is_real is real


def test_autocorrelations_are_those_of_the_second_half_around_a_cubic() -> None:
    rng = np.random.default_rng(1)
    noise = np.cumsum(rng.standard_normal(60))
    x = np.linspace(-1, 1, 60)
    y = noise + 3 * x**3 - x
    first = 100 * rng.standard_normal(61)
    design = np.vander(x, 4)
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    centred, steps = residual - residual.mean(), np.diff(residual) - np.diff(residual).mean()
    expected = [float(r[1:] @ r[:-1] / (r @ r)) for r in (centred, steps)]
    assert residual_autocorrelations(np.r_[first, y]) == pytest.approx(expected)
    assert not np.isnan(residual_autocorrelations(noise.repeat(2)[:80])).any(), "forty points are enough"
    assert np.isnan(residual_autocorrelations(noise.repeat(2)[:79])).all()
    assert np.isnan(residual_autocorrelations(np.r_[first, x**3 - 1])).all(), "a cubic leaves rounding errors alone"


def test_only_what_is_alike_and_has_rough_steps_was_smoothed() -> None:
    rng = np.random.default_rng(2)
    assert not was_smoothed(rng.standard_normal(400)), "white noise: its steps are not independent"
    slow = np.sin(np.arange(400) / 5)
    level, change = residual_autocorrelations(slow)
    assert level > 0.85
    assert change > 0.25
    assert not was_smoothed(slow), "a run without noise"
    assert was_smoothed(np.cumsum(rng.standard_normal(400)))


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ([3.0, 2.0], 0),
        ([0.5, 0.25], 2),
        ([0.123456, 0.5], 6),
        ([0.1234567, 0.5], 6),  # to a millionth of the largest
        ([0.012345678, 0.05], None),
        ([1234567.5], 0),  # half a unit is below the digits of so large a number
        ([100.123456789, 3.0], 4),
    ],
)
def test_decimals(values: list[float], digits: int | None) -> None:
    assert decimals(np.array(values)) == digits


def filtered(losses: np.ndarray, others: Mapping[str, list[float]], *, noted: bool = False) -> Filtered | None:
    notes = [Note("non-finite-filtered", "seen")] if noted else []
    made = a_run(losses, notes=notes)
    more = {tag: Series(np.linspace(0, 10 * (len(v) - 1), len(v)), np.array(v)) for tag, v in others.items()}
    run = Run(made.name, {**made.series, **more}, made.source, made.hparams, notes=made.notes)
    roles = Roles(
        loss="train_loss",
        grad_norm="norm" if "norm" in others else None,
        val_loss="val" if "val" in others else None,
    )
    found = assess(run, roles)
    assert (found.diverged.kind is DivergenceKind.HIDDEN) == (found.filtered is not None)
    return found.filtered


FROZEN = np.r_[falling(60), np.full(20, 0.5)]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"norm": [1.0, 2.0, NAN, NAN, NAN]}, Filtered("norm", 20.0)),
        ({"norm": [1.0, NAN, 2.0, 3.0, NAN, NAN, NAN]}, Filtered("norm", 40.0)),
        ({"norm": [1.0, 2.0, 3.0, NAN, NAN]}, None),  # two can be one bad batch
        ({"norm": [NAN, NAN, NAN]}, Filtered("norm", 0.0)),
        ({"norm": [NAN, NAN, NAN, 1.0]}, None),
        ({"norm": [1.0] * 5}, None),
        ({"val": [1.0, math.inf, math.inf, math.inf]}, Filtered("val", 10.0)),
        ({"norm": [1.0] * 5, "val": [1.0, NAN, NAN, NAN]}, Filtered("val", 10.0)),
        ({}, None),
    ],
)
def test_series_that_end_non_finite_beside_a_frozen_loss(
    others: dict[str, list[float]], expected: Filtered | None
) -> None:
    assert filtered(FROZEN, others) == expected
    assert filtered(falling(80), others) is None, "a loss that moves was computed"


def test_a_reader_that_saw_filtering_says_since_when() -> None:
    assert filtered(FROZEN, {}, noted=True) == Filtered("train_loss", 60.0)
    assert filtered(FROZEN, {}) is None
    again = FROZEN.copy()
    again[10] = 0.5  # it had that value once before
    assert filtered(again, {}, noted=True) == Filtered("train_loss", 60.0)


def test_what_is_seen_to_diverge_is_not_called_filtered() -> None:
    run = a_run(np.r_[falling(60), np.full(40, 9.0)], notes=[Note("non-finite-filtered", "seen")])
    found = assess(run, assign_roles(run))
    assert found.diverged.kind is DivergenceKind.RISING
    assert found.filtered is None


def test_a_loss_that_froze_after_its_first_value_or_never_moved() -> None:
    assert filtered(np.r_[2.0, np.full(20, 0.5)], {}, noted=True) == Filtered("train_loss", 1.0)
    run = a_run([0.5] * 20, notes=[Note("non-finite-filtered", "seen")])
    found = assess(run, assign_roles(run))
    assert (found.filtered, found.diverged.kind) == (None, None)
    assert "at every step" in found.refusal


def test_what_is_refused_already_is_not_asked_for_its_sign() -> None:
    step = np.arange(40.0)
    rounded = np.r_[np.full(20, 0.69), np.full(20, 0.7)]  # rises as steadily as the accuracy
    run = run_of({"l": Series(step, rounded), "a": Series(step, np.linspace(0.1, 0.9, 40))})
    found = assess(run, Roles(loss="l", val_accuracy="a"))
    assert found.refusal.endswith(ROUNDING)
    assert found.rising_with_accuracy is None
