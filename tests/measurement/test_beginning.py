"""Whether a log holds the beginning of its training, from steps, epochs, the LR, settings and the curve."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.measurement.assumed_schedule import assumed_schedule
from lrdoctor.measurement.case import examine
from lrdoctor.measurement.kind import Kind
from lrdoctor.measurement.signs import LATE_SIGNS
from lrdoctor.pipeline import diagnose
from lrdoctor.records.run import HParam, Note, Run, Series
from lrdoctor.vocabulary.untrained import resumed_from, untrained_loss
from tests.runs import a_run, falling

FALL = falling(200)


def log(losses: np.ndarray, first: float, gap: float, *, counted: bool = False, **settings: HParam) -> Run:
    """A log whose steps begin at `first`; `counted` where the reader had to count them."""
    run = a_run(losses)
    notes = (Note("steps-invented", "no step column", "train_loss"),) if counted else ()
    step = np.asarray(first + gap * np.arange(len(losses)), dtype=np.float64)
    return replace(run, series={"train_loss": Series(step, losses)}, hparams=dict(settings), notes=notes)


def with_epochs(run: Run, first: float, rows: int) -> Run:
    step = run.series["train_loss"].step
    epochs = Series(step, np.asarray(first + np.arange(len(step)) // rows, dtype=np.float64))
    return replace(run, series={**run.series, "epoch": epochs})


EVEN = 2.0 + 0.05 * np.random.default_rng(1).standard_normal(20)


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (log(FALL, 0, 1), ""),
        (log(FALL, 50, 50), ""),  # first logged after one interval
        (log(FALL, 100, 50), ""),
        (log(FALL, 140_749, 50), "begins at step 140,749"),
        (with_epochs(log(EVEN, 0, 1, counted=True), 10, 5), "begins in epoch 10"),
        (with_epochs(log(FALL, 0, 1), 0, 20), ""),
        (with_epochs(log(FALL, 1, 1), 1, 1), ""),
        (log(EVEN, 0, 1, counted=True), "20 lines without a step"),
        (log(FALL[:40], 0, 1, counted=True), ""),  # they come down as a run's first do
        (log(falling(300), 0, 1, counted=True), ""),  # so long a log is mostly a whole one
        (log(FALL, 0, 1, counted=True, resume_from="out/ckpt.pt"), "goes on from ckpt.pt"),
        (log(FALL, 0, 1, resume_from="out/ckpt.pt"), ""),  # the steps begin at 0
        (log(0.3 * FALL, 0, 1, resume="out/ckpt.pt", num_classes=1000), "goes on from ckpt.pt"),
        (log(EVEN, 0, 1, counted=True, vocab_size=50257), "an untrained model's is 10.8"),
    ],
)
def test_what_says_that_the_beginning_is_missing(run: Run, says: str) -> None:
    found = examine(run)
    assert (says in found.quality.no_beginning) if says else found.quality.no_beginning == ""
    assert found.curve is not None
    assert found.curve.begins == (says == "")


def test_signs_that_need_the_beginning_are_missing_not_wrong() -> None:
    late, whole = examine(log(FALL[100:], 5000, 50)), examine(log(FALL, 50, 50))
    assert set(late.signs) == {sign.name for sign in LATE_SIGNS}
    assert {"depth", "t50", "net_change"} <= set(whole.signs) - set(late.signs)


def test_the_report_says_so() -> None:
    d = diagnose(log(FALL[100:], 5000, 50))
    assert "no-beginning" in {finding.name for finding in d.findings}


def test_a_late_first_loss_is_not_taken_for_the_untrained_one() -> None:
    losses = 4.8 * np.arange(1, 101) ** -0.08
    plain = examine(log(losses, 100, 100))
    known = examine(log(losses, 100, 100, vocab_size=50257))
    assert plain.curve is not None
    assert known.curve is not None
    assert [plain.curve.start, known.curve.start] == pytest.approx([4.8, np.log(50257)])
    assert (plain.kind, known.kind) == (Kind.OTHER, Kind.LANGUAGE_MODEL)


@pytest.mark.parametrize(
    ("hparams", "loss"),
    [
        ({"vocab_size": 50257}, 10.825),
        ({"model/num_classes": 10}, 2.303),
        ({"num_classes": 1}, None),
        ({"vocab_size": "auto"}, None),
        ({}, None),
    ],
)
def test_the_untrained_loss_is_the_log_of_the_choices(hparams: dict[str, HParam], loss: float | None) -> None:
    assert untrained_loss(hparams) == (None if loss is None else pytest.approx(loss, abs=1e-3))


@pytest.mark.parametrize(
    ("hparams", "name"),
    [({"resume": "a/b.ckpt"}, "b.ckpt"), ({"resume": True}, ""), ({"resume": "allow"}, ""), ({"ckpt_path": None}, "")],
)
def test_a_checkpoint_that_is_gone_on_from(hparams: dict[str, HParam], name: str) -> None:
    assert resumed_from(hparams) == name


@pytest.mark.parametrize(
    ("name", "middle"),
    [
        ("cosine", 0.5),
        ("linear", 0.5),
        ("get_cosine_schedule_with_warmup", 0.5),
        ("CosineAnnealingLR", 0.5),
        ("polynomial", 0.5),
    ],
)
def test_a_schedule_that_is_named_sets_the_clock(name: str, middle: float) -> None:
    found = assumed_schedule({"lr_scheduler_type": name}, np.arange(101.0))
    assert found is not None
    assert found.value[[0, 50, 100]] == pytest.approx([1.0, 0.5, 0.01])


@pytest.mark.parametrize("name", ["constant", "step", "reduce_on_plateau", "cosine_with_restarts", ""])
def test_a_schedule_that_says_too_little_sets_none(name: str) -> None:
    assert assumed_schedule({"lr_scheduler_type": name}, np.arange(101.0)) is None
