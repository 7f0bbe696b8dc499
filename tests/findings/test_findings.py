"""Each finding: a run that has it, and one that looks alike and does not."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.findings import FINDINGS
from lrdoctor.findings.rule import Rule
from lrdoctor.pipeline import diagnose
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Note, Run, Series
from tests.runs import a_run, falling

HEADINGS = (
    *("What it says:", "Why it matters:", "What it is not:", "Known false alarms:"),
    *("Evidence shown:", "Limits used:", "References:"),
)
GOOD = falling()
NAN_SOON = np.r_[1.0, np.full(9, np.nan)]
DECAY = np.r_[np.full(200, 1e-2), np.full(300, 1e-4)]
STEPS = np.r_[
    falling(200, speed=0.2),
    np.full(300, falling(200, speed=0.2)[-1]) + 0.01 * np.random.default_rng(0).normal(size=300),
]


def with_values(values: np.ndarray, where: slice, new: float) -> np.ndarray:
    out = values.copy()
    out[where] = new
    return out


RNG = np.random.default_rng(3)
NOISE = 0.02 * RNG.normal(size=500)
ZIGZAG = 0.02 * (-1.0) ** np.arange(500) + 0.01 * RNG.normal(size=500)
FLAT_LR = np.full(500, 1e-2)
WARM_UP = np.minimum(np.arange(500) / 100, 1) * 1e-2 + 1e-5


def clipped(threshold: float) -> Run:
    """A run whose gradient norm is about 1, clipped at `threshold`."""
    run = a_run(GOOD)
    norm = Series(run.series["train_loss"].step, 1 + 0.2 * np.sin(np.arange(500)))
    return replace(run, series={**run.series, "grad_norm": norm}, hparams={**run.hparams, "max_grad_norm": threshold})


def with_accuracy(losses: np.ndarray) -> Run:
    """A run with a rising validation accuracy beside `losses`."""
    run = a_run(losses)
    accuracy = Series(np.linspace(0, 499, 20), np.linspace(0.1, 0.9, 20))
    return replace(run, series={**run.series, "val_accuracy": accuracy})


def with_series(losses: np.ndarray, tag: str) -> Run:
    """A run that logs something else of another name beside `losses`."""
    run = a_run(losses)
    return replace(run, series={**run.series, tag: Series(np.arange(50.0), np.linspace(1, 9, 50))})


def beside(losses: np.ndarray, tag: str, values: np.ndarray) -> Run:
    """A run that logs `values` beside its losses, evenly over its steps."""
    run = a_run(losses)
    return replace(run, series={**run.series, tag: Series(np.linspace(0, len(losses) - 1, len(values)), values)})


def spiked(at: np.ndarray) -> np.ndarray:
    """A calm loss with spikes at the points `at`."""
    losses = GOOD.copy()
    losses[at] += 2.0
    return losses


def with_settings(losses: np.ndarray, **settings: bool) -> Run:
    """A run with more settings."""
    run = a_run(losses)
    return replace(run, hparams={**run.hparams, **settings})


def names(run: Run) -> set[str]:
    found: Diagnosis = diagnose(run)
    return {finding.name for finding in found.findings}


CASES: list[tuple[str, Run, Run]] = [
    (
        "diverged-non-finite",
        a_run(with_values(GOOD, slice(400, None), np.nan)),
        a_run(with_values(GOOD, slice(400, 410), np.nan)),
    ),
    (
        "diverged-rising",
        a_run(with_values(GOOD, slice(300, None), 9.0)),
        a_run(with_values(GOOD, slice(300, 320), 9.0)),
    ),
    (
        "transient-non-finite",
        a_run(with_values(GOOD, slice(10, 12), np.inf)),
        a_run(with_values(GOOD, slice(480, None), np.inf)),
    ),
    ("early-blow-up", a_run(with_values(GOOD, slice(10, 20), 30.0)), a_run(with_values(GOOD, slice(10, 20), 2.6))),
    ("still-falling", a_run(falling(speed=0.002)), a_run(falling(speed=3.0))),
    ("flat-after-decay", a_run(STEPS, lr=DECAY), a_run(STEPS, lr=1e-2)),
    ("too-few-points", a_run(falling(20)), a_run(falling(40))),
    ("no-learning-rate", a_run(GOOD, lr=None), a_run(GOOD)),
    ("torn-tail", a_run(GOOD, notes=[Note("torn-tail", "the file ends inside a record")]), a_run(GOOD)),
    ("restart-overlap", a_run(GOOD, notes=[Note("restart", "steps again", step=60.0)]), a_run(GOOD)),
    ("sampled-export", a_run(GOOD, notes=[Note("sampled", "1,000 of 5,000")]), a_run(GOOD)),
    ("aggregated-values", a_run(GOOD, notes=[Note("aggregated", "means")]), a_run(GOOD)),
    ("non-finite-filtered", a_run(with_values(GOOD, slice(50, None), 0.0), val=NAN_SOON), a_run(GOOD, val=NAN_SOON)),
    (
        "smoothed-curve",
        a_run(np.convolve(falling(700), 0.05 * 0.95 ** np.arange(120), mode="valid")),
        a_run(falling(580)),
    ),
    (
        "spikes",
        a_run(with_values(GOOD, slice(100, 500, 60), 2.0)),
        a_run(with_values(GOOD, slice(4, 44, 10), 2.0)),
    ),
    ("dead-from-the-start", a_run(NOISE + 2.3), a_run(NOISE + falling(speed=0.0005, noise=0))),
    ("oscillation", a_run(falling(noise=0) + ZIGZAG), a_run(falling(noise=0) + NOISE)),
    ("shallow-descent", a_run(falling(speed=0.0005)), a_run(falling(speed=0.02))),
    ("early-plateau", a_run(falling(floor=1.8, speed=3.0)), a_run(falling(floor=0.01, speed=3.0))),
    ("noise-floor", a_run(falling(floor=1.5, speed=3.0, noise=0.3)), a_run(falling(floor=0.1, speed=3.0, noise=0.01))),
    ("flat-not-decayed", a_run(STEPS, lr=FLAT_LR), a_run(STEPS, lr=DECAY)),
    ("lr-far-from-customary", a_run(GOOD, lr=3.0), a_run(GOOD, lr=0.01)),
    (
        "warm-up-missing",
        a_run(with_values(GOOD, slice(5, 9), 4.0), lr=FLAT_LR),
        a_run(with_values(GOOD, slice(5, 9), 4.0), lr=WARM_UP),
    ),
    (
        "schedule-ends-high",
        a_run(falling(noise=0.1), lr=FLAT_LR),
        a_run(falling(noise=0.1), lr=DECAY),
    ),
    (
        "validation-turned",
        a_run(GOOD, val=np.r_[np.linspace(2.3, 0.5, 20), np.linspace(0.5, 1.5, 20)]),
        a_run(GOOD, val=np.r_[np.linspace(2.3, 0.5, 36), np.linspace(0.5, 0.6, 4)]),
    ),
    ("gradient-clipping-saturated", clipped(0.5), clipped(3.0)),
    ("rounded-values", a_run(np.round(GOOD, 1)), a_run(np.round(GOOD, 5))),
    ("wrong-sign", with_accuracy(-GOOD), with_accuracy(GOOD)),
    ("moving-target", with_series(GOOD, "rollout/ep_rew_mean"), with_series(GOOD, "rewards/chosen")),
    ("fine-tuning", with_settings(GOOD, use_lora=True), with_settings(GOOD, use_lora=False)),
    ("steps-invented", a_run(GOOD, notes=[Note("steps-invented", "numbered")]), a_run(GOOD)),
    ("own-step-size", a_run(GOOD, optimizer="Prodigy", lr=1.0), a_run(GOOD, optimizer="Muon", lr=0.02)),
    ("chance-level", a_run(np.log(10) + 0.2 * NOISE), a_run(2.0 + 0.2 * NOISE)),
    (
        "zero-loss",
        a_run(with_values(GOOD, slice(300, None), 0.0)),
        a_run(np.maximum(2 * np.exp(-np.arange(500) / 12) - 1e-9, 0)),  # came down to zero
    ),
    ("unbounded-below", a_run(-3 * 1.02 ** np.arange(500.0)), a_run(GOOD - 3)),
    ("constant-loss", a_run(8.317766 + 1e-7 * NOISE), a_run(8.317766 + NOISE)),
    ("periodic-spikes", a_run(spiked(np.arange(40, 500, 60))), a_run(spiked(RNG.choice(500, 8, replace=False)))),
    ("level-shift", a_run(np.r_[GOOD[:300], GOOD[300:] + 0.6]), a_run(STEPS, lr=DECAY)),
    ("target-scale", a_run(1e6 * GOOD), a_run(1e2 * GOOD)),
    (
        "loss-scale-collapse",
        beside(GOOD, "loss_scale", 65536 * 0.5 ** np.arange(14.0)),
        beside(GOOD, "loss_scale", np.r_[np.full(10, 65536.0), np.full(10, 32768.0)]),
    ),
    (
        "norm-ahead",
        beside(
            with_values(GOOD, slice(450, None), np.nan), "grad_norm", np.r_[np.ones(300), np.geomspace(1, 1e3, 200)]
        ),
        beside(GOOD, "grad_norm", np.r_[np.ones(300), np.geomspace(1, 1e3, 200)]),  # while the loss falls
    ),
    ("no-beginning", a_run(GOOD[200:], first=140_749, every=50), a_run(GOOD, first=50, every=50)),
]


@pytest.mark.parametrize(("name", "has", "lacks"), CASES, ids=[c[0] for c in CASES])
def test_one_has_it_and_its_look_alike_does_not(name: str, has: Run, lacks: Run) -> None:
    assert name in names(has)
    assert name not in names(lacks)


def test_every_finding_has_a_case_a_unique_code_and_a_full_page() -> None:
    assert {rule.name for rule in FINDINGS} == {name for name, _, _ in CASES}
    assert len({rule.code for rule in FINDINGS}) == len(FINDINGS)
    for rule in FINDINGS:
        for heading in HEADINGS:
            assert heading in rule.explanation, (rule.name, heading)


def test_findings_carry_value_limit_and_steps() -> None:
    (finding,) = [f for f in diagnose(CASES[3][1]).findings if f.name == "early-blow-up"]
    assert finding.limit == 1.5
    assert finding.value == pytest.approx(30 / GOOD[0], rel=1e-6)
    assert finding.steps == (10.0, 19.0)
    assert finding.series == "train_loss"


@pytest.mark.parametrize("rule", FINDINGS, ids=lambda rule: rule.name)
def test_every_finding_names_what_its_evidence_is_not(rule: Rule) -> None:
    assert rule.caveat.endswith((".", "?"))
    assert "Known false alarms" not in rule.caveat


DRAWN = {"spikes", "dead-from-the-start", "still-falling", "shallow-descent", "early-plateau", "noise-floor"}
DRAWN |= {"flat-not-decayed", "flat-after-decay", "warm-up-missing", "early-blow-up", "validation-turned"}


@pytest.mark.parametrize(("name", "run"), [(name, has) for name, has, _ in CASES if name in DRAWN])
def test_what_was_fitted_or_measured_can_be_drawn(name: str, run: Run) -> None:
    (finding,) = [f for f in diagnose(run).findings if f.name == name]
    assert finding.drawn
    for mark in finding.drawn:
        assert mark.step.shape == mark.value.shape
        assert np.isfinite(mark.value).all()
        assert finding.steps is not None
        assert finding.value is not None
        assert finding.limit is not None


def test_a_fitted_slope_lies_on_the_loss() -> None:
    run = a_run(falling(speed=0.0005))
    (finding,) = [f for f in diagnose(run).findings if f.name == "shallow-descent"]
    fitted, attainable = finding.drawn
    loss = run.series["train_loss"]
    off = np.interp(fitted.step, loss.step, loss.value) - fitted.value
    assert float(np.median(np.abs(off))) < 0.05
    assert attainable.value[-1] < fitted.value[-1]
    assert attainable.value[0] == pytest.approx(fitted.value[0], rel=1e-6)


def test_a_non_finite_loss_that_stands_alone_is_no_blow_up() -> None:
    assert "early-blow-up" not in names(a_run(with_values(GOOD, slice(20, 22), np.nan), lr=FLAT_LR))
    assert "early-blow-up" in names(a_run(with_values(GOOD, slice(20, 23), np.nan), lr=FLAT_LR))
    assert "warm-up-missing" not in names(a_run(with_values(GOOD, slice(20, 22), np.nan), lr=FLAT_LR))


def test_a_divergence_in_the_warm_up_names_the_lr_it_broke_at() -> None:
    run = a_run(with_values(GOOD, slice(50, None), np.nan), lr=WARM_UP)
    (message,) = [f.message for f in diagnose(run).findings if f.name == "diverged-non-finite"]
    assert "from step 50 on, at an LR of 0.005, 50 % of its peak; until then they were calm" in message


def test_a_rising_end_is_not_flat() -> None:
    rising = np.r_[falling(250, floor=0.3, speed=1.0, noise=0.001), np.linspace(0.3, 1.2, 250)]
    assert not names(a_run(rising, lr=FLAT_LR)) & {"flat-not-decayed", "noise-floor", "early-plateau", "still-falling"}


def message(run: Run, name: str) -> str:
    (found,) = [f.message for f in diagnose(run).findings if f.name == name]
    return found


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (falling(speed=0.005), "overfitting, not the LR"),
        (np.r_[GOOD[:250], GOOD[249] + np.linspace(0, 0.5, 250) + NOISE[:250]], "no overfitting"),
    ],
)
def test_a_validation_turn_is_overfitting_where_training_went_on_falling(losses: np.ndarray, words: str) -> None:
    val = np.r_[np.linspace(2.3, 0.5, 20), np.linspace(0.5, 1.5, 20)]
    assert words in message(a_run(losses, val=val), "validation-turned")


def test_a_jump_that_gives_back_much_may_be_the_lr() -> None:
    lost = np.r_[STEPS[:300], np.full(200, STEPS[299] + 1.0) + 0.01 * NOISE[:200]]
    assert "too high an LR" in message(a_run(lost), "level-shift")


def test_a_plateau_left_at_once_is_no_level_shift() -> None:
    left = np.r_[np.full(200, 2.3), np.full(300, 0.4)] + 0.5 * NOISE
    assert "level-shift" not in names(a_run(left, lr=FLAT_LR))


@pytest.mark.parametrize(
    ("lr", "where"),
    [
        (np.full(500, 1e-2), "over its second half the loss fell"),
        # Half of a cosine's LR-time is over after 26.5 % of the steps, at the 134th loss of 500.
        (1e-2 * 0.5 * (1 + np.cos(np.pi * np.arange(500) / 500)), "over the last 73 % of its steps the loss fell"),
    ],
)
def test_the_half_that_a_slope_is_fitted_to_is_told_as_a_part_of_the_steps(lr: np.ndarray, where: str) -> None:
    assert message(a_run(falling(speed=0.002), lr=lr), "still-falling").startswith(where)
