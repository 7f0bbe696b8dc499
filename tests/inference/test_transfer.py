"""How an LR is carried over to another length and batch."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdoctor
from lrdoctor import limits
from lrdoctor.errors import UsageError
from lrdoctor.inference.transfer import LAWS, carried_over, next_run_of, total_steps
from lrdoctor.records.run import HParam, Note, Run
from lrdoctor.vocabulary.optimizers import StepKind
from tests.runs import a_run, falling

SAMPLES = Path(__file__).parents[2] / "sample_logs"
KINDS = st.sampled_from(sorted(LAWS))


def test_every_kind_of_step_has_a_law_near_what_replay_learned() -> None:
    from lrdoctor.replay.belief.other_tasks import DRIFT

    assert LAWS.keys() == DRIFT.keys()
    for kind, ends in DRIFT.items():
        mean, spread = LAWS[kind].steps
        assert min(abs(mean - middle) for middle, _ in ends) <= spread, kind


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("plain", 1.6, 2.0), ("momentum", 1.6, 2.0), ("averaged", 1.05, 1.45), ("sign", 1.1, 1.5)],
)
def test_twice_the_batch(kind: StepKind, least: float, most: float) -> None:
    moved = carried_over(kind, None, None, 64, 128)
    assert least <= 10**moved.shift <= most
    assert moved.spread > 0
    assert "arXiv" in moved.reason


@pytest.mark.parametrize("kind", ["plain", "momentum", "averaged", "scaled", "sign", "unknown"])
def test_a_longer_run_takes_no_higher_lr(kind: StepKind) -> None:
    assert carried_over(kind, 1000, 4000, None, None).shift < 0


@given(KINDS, st.integers(1, 10**6), st.floats(0.011, 99))
def test_there_and_back_is_where_it_began(kind: StepKind, steps: int, times: float) -> None:
    there = carried_over(kind, steps, steps * times, None, None)
    back = carried_over(kind, steps * times, steps, None, None)
    assert there.shift + back.shift == pytest.approx(0, abs=1e-9)
    assert there.spread == pytest.approx(back.spread)


@given(KINDS, st.floats(1, 9), st.floats(1, 9))
def test_the_farther_the_wider(kind: StepKind, near: float, more: float) -> None:
    here = carried_over(kind, 1000, 1000 * near, 32, 32)
    there = carried_over(kind, 1000, 1000 * near * more, 32, 32)
    assert there.spread >= here.spread - 1e-12
    both = carried_over(kind, 1000, 1000 * near, 32, 32 * more)
    assert both.spread >= here.spread - 1e-12


def test_as_now_moves_nothing() -> None:
    moved = carried_over("averaged", 1000, 1000, 64, 64)
    assert (moved.shift, moved.spread) == (0, 0)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((None, 1000, 64, None), "number of optimizer steps of this run is not in the log"),
        ((1000, None, None, 64), "batch size of this run is not in the log"),
        ((1000, 1000 * 101, None, None), "too far"),
        ((None, None, 1, 1000), "too far"),
        ((1000, 0, None, None), "positive"),
    ],
)
def test_what_cannot_be_carried_over(numbers: tuple[float | None, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        carried_over("averaged", *numbers)


@pytest.mark.parametrize("wrong", [0, -5, True, 1.5, 2**60])
def test_a_number_of_steps_is_a_positive_whole_number(wrong: int) -> None:
    for asked in ((wrong, None), (None, wrong)):
        with pytest.raises(UsageError, match="positive whole number"):
            next_run_of(*asked)


def of(hparams: dict[str, HParam], **other: object) -> Run:
    run = a_run(falling(300), every=10)
    return replace(run, hparams={**run.hparams, **hparams}, **other)  # type: ignore[arg-type]  # fields of a Run


@pytest.mark.parametrize(
    ("run", "steps"),
    [
        (of({}), 2990),
        (of({"max_steps": 5000}), 5000),
        (of({"max_steps": -1}), 2990),
        (of({"trainer/max_steps": "8000", "total_steps": 7000}), 7000),
        (of({}, step_axis="epoch"), None),
        (of({"max_iters": 600}, step_axis="epoch"), 600),
        (of({}, step_axis="row"), None),
        (of({}, notes=(Note("steps-invented", "rows are numbered", None),)), None),
    ],
)
def test_steps_of_a_run(run: Run, steps: int | None) -> None:
    assert total_steps(run) == steps


def test_a_diagnosis_is_carried_over_and_stays_what_it_is() -> None:
    (run,) = lrdoctor.read(SAMPLES / "sweep" / "lr_0.0003")
    now, then = lrdoctor.diagnose(run), lrdoctor.diagnose(run, next_steps=8000, next_batch=256)
    assert now.carried_over is None
    assert then.suggested_lr == now.suggested_lr
    carried = then.carried_over
    assert carried is not None
    assert carried.lr is not None
    assert carried.factor is not None
    assert carried.interval is not None
    assert now.interval is not None
    assert now.suggested_lr is not None
    assert carried.lr == pytest.approx(now.suggested_lr * carried.factor)
    low, high = carried.interval
    assert low < carried.lr < high
    assert math.log10(high / low) > math.log10(now.interval[1] / now.interval[0])


def test_a_sweep_is_carried_over() -> None:
    runs = lrdoctor.read(SAMPLES / "sweep")
    now, then = lrdoctor.diagnose_sweep(runs), lrdoctor.diagnose_sweep(runs, next_batch=256)
    assert now.carried_over is None
    assert then.carried_over is not None
    assert then.carried_over.lr is not None
    assert now.suggested_lr is not None
    assert then.carried_over.lr > now.suggested_lr


def test_what_the_log_lacks_is_said_in_one_line() -> None:
    run = a_run(falling(300), lr=1e-5)
    found = lrdoctor.diagnose(run, next_batch=256).carried_over
    assert found is not None
    assert (found.lr, found.factor, found.interval) == (None, None, None)
    assert "not in the log" in found.reason or "no LR is suggested" in found.reason
    assert "\n" not in found.reason


def test_an_inconclusive_run_has_nothing_to_carry_over() -> None:
    found = lrdoctor.diagnose(a_run([1.0, 0.9, 0.8]), next_steps=100)
    assert found.verdict is lrdoctor.Verdict.INCONCLUSIVE
    assert found.carried_over is not None
    assert found.carried_over.lr is None


def test_the_reach_is_a_limit() -> None:
    assert carried_over("plain", 1, 10 ** float(limits.CARRIED_REACH), None, None).shift < 0
