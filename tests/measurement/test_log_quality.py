"""What a log can carry, case by case."""

import numpy as np
import pytest

from lrdoctor.measurement.divergence import divergence
from lrdoctor.measurement.log_quality import assess
from lrdoctor.pipeline import diagnose
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.run import Note, Run, Series
from lrdoctor.vocabulary.roles import assign_roles
from tests.runs import a_run, falling

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([2.0] + [1.0] * 20, ""),
        ([2.0] + [1.0] * 20 + [NAN], "non-finite"),
        ([2.0] + [1.0] * 20 + [INF], "non-finite"),
        ([2.0, NAN] + [1.0] * 200, ""),  # recovered
        ([2.0] + [5.0] * 20, "rising"),
        ([2.0] + [2.08] * 20, ""),  # 4 % above: not the 5 % of the rule
        ([1.0] + [1.3] * 20, "rising"),  # one value of the beginning, and no noise after it
        ([1.0] + [0.4, 1.6] * 50, ""),  # 12 % above its start, but within its own noise
        ([-2.0] + [-3.0] * 20, ""),  # a negative loss that falls
        ([-2.0] + [-1.0] * 20, "rising"),
        ([NAN] * 20, "non-finite"),
        # However short the log.
        ([NAN], "non-finite"),
        ([2.0, INF], "non-finite"),
        ([2.0, 1.9, NAN, NAN], "non-finite"),
        ([2.0, NAN, 1.9], ""),  # recovered
        ([2.0, 5.0, 9.0], ""),  # too few to tell a rise from noise
        ([], ""),
    ],
)
def test_divergence_is_an_observation(losses: list[float], expected: str) -> None:
    assert (divergence(np.array(losses)).kind or "") == expected


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        ([2.0, 1.0, 0.5], "only 3 training losses"),
        ([1.5] * 40, "1.5 at every step"),
        ([2.0, NAN, 1.0], "only 3 training losses"),
        ([NAN] * 40, ""),
        ([2.0, NAN], ""),
        ([2.0, 1.0] * 10, "one unit of the last of its 0 decimals"),
        ([0.7] + [0.69] * 40, "one unit of the last of its 2 decimals"),
        ([0.7] + [0.68] * 40, ""),
        ([0.701] + [0.69] * 40, ""),
        ([2.5, 1.0] * 10, ""),
    ],
)
def test_refusals_say_why(losses: list[float], says: str) -> None:
    run = a_run(losses)
    refusal = assess(run, assign_roles(run)).refusal
    assert says in refusal
    assert bool(says) == bool(refusal)


def test_no_loss_series_is_refused_with_the_names_there_are() -> None:
    run = a_run([1.0] * 20)
    strange = Run("strange", {"reward": Series(np.arange(20.0), np.arange(20.0))}, run.source)
    refusal = assess(strange, assign_roles(strange)).refusal
    assert "reward" in refusal
    assert "--loss" in refusal


@pytest.mark.parametrize("code", ["sampled", "aggregated", "restart", "steps-invented", "corrupt-record"])
def test_a_doubtful_log_makes_the_answer_less_sure(code: str) -> None:
    losses = falling(400)
    clean, doubtful = (diagnose(a_run(losses, notes=notes)) for notes in ([], [Note(code, "seen")]))

    def width(d: Diagnosis) -> float:
        assert d.interval_decades is not None
        return d.interval_decades[1] - d.interval_decades[0]

    assert width(doubtful) > width(clean)


def test_a_note_about_another_series_leaves_the_loss_alone() -> None:
    run = a_run(falling(100), notes=[Note("sampled", "seen", series="val_loss")])
    assert assess(run, assign_roles(run)).trust == 1


def test_a_likelihood_that_rises_with_the_accuracy_is_refused() -> None:
    run = a_run(-falling(100))
    accuracy = Series(np.arange(100.0), np.linspace(0.1, 0.9, 100))
    turned = Run("turned", {**run.series, "val_accuracy": accuracy}, run.source, run.hparams)
    refused = diagnose(turned)
    assert "sign looks turned" in refused.reason
    assert "diverged-rising" not in {finding.name for finding in refused.findings}
    right = Run("right", {"train_loss": a_run(falling(100)).series["train_loss"], "val_accuracy": accuracy}, run.source)
    assert "sign" not in assess(right, assign_roles(right)).refusal


def with_tags(losses: np.ndarray, *tags: str) -> Run:
    run = a_run(losses)
    more = {tag: Series(np.arange(50.0), np.linspace(1, 9, 50)) for tag in tags}
    return Run("run", {**run.series, **more}, run.source, run.hparams)


RISING = np.linspace(1, 3, 200) + 0.01 * np.sin(np.arange(200))


@pytest.mark.parametrize(
    "tag", ["rollout/ep_rew_mean", "eprewmean", "charts/episodic_return", "train/policy_gradient_loss", "actor_loss"]
)
def test_reinforcement_learning_is_given_no_verdict_and_no_divergence(tag: str) -> None:
    d = diagnose(with_tags(RISING, tag))
    assert d.verdict.value == "inconclusive"
    assert "moving target" in d.reason
    assert d.probabilities[Verdict.DIVERGENT] == 0
    assert diagnose(a_run(RISING)).verdict.value == "divergent"


def test_a_policy_whose_loss_is_not_finite_has_diverged_all_the_same() -> None:
    losses = np.r_[falling(100), np.full(50, np.nan)]
    assert diagnose(with_tags(losses, "rollout/ep_rew_mean")).verdict.value == "divergent"


@pytest.mark.parametrize("tags", [("rewards/chosen", "rewards/margins"), ("value",), ("return",), ("episode",)])
def test_preferences_and_values_are_no_reinforcement(tags: tuple[str, ...]) -> None:
    run = with_tags(falling(200), *tags)
    assert not assess(run, assign_roles(run)).moving_target


def test_grpos_loss_is_refused_with_its_reason() -> None:
    run = with_tags(falling(200), "reward", "kl", "completion_length")
    assert "GRPO" in diagnose(run).reason
    assert "GRPO" not in diagnose(with_tags(falling(200), "reward")).reason


def test_an_lr_finders_ramp_is_no_training() -> None:
    losses = np.r_[falling(100), np.linspace(2, 40, 60)]
    d = diagnose(a_run(losses, lr=np.geomspace(1e-7, 1, 160)))
    assert "LR finder" in d.reason
    assert "diverged-rising" not in {finding.name for finding in d.findings}
    warm_up = diagnose(a_run(losses, lr=np.linspace(1e-7, 1, 160)))
    assert warm_up.verdict.value == "divergent"


def test_rewards_of_episodes_that_a_log_counts() -> None:
    run = with_tags(falling(200), "reward")
    assert not assess(run, assign_roles(run)).moving_target
    counted = Run("run", run.series, run.source, step_axis="episode")
    assert assess(counted, assign_roles(counted)).moving_target


FILTERED_NOTE = Note("non-finite-filtered", "NaN was written as 0", series="train_loss")


def test_a_reader_that_saw_nan_filtered_makes_a_frozen_end_a_divergence() -> None:
    frozen = np.r_[falling(100), np.zeros(60)]
    seen = assess(run := a_run(frozen, notes=[FILTERED_NOTE]), assign_roles(run))
    assert (seen.diverged.kind, seen.filtered and seen.filtered.since) == ("hidden", 100)
    assert diagnose(run).verdict.value == "divergent"
    unnoted = a_run(frozen)
    assert assess(unnoted, assign_roles(unnoted)).diverged.kind is None
    moving = a_run(falling(160), notes=[FILTERED_NOTE])
    assert assess(moving, assign_roles(moving)).diverged.kind is None


ENDS_INFINITE = np.r_[1.0, 1.2, INF, INF, INF]


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("norms", [ENDS_INFINITE, np.full(60, NAN), np.r_[np.ones(30), np.full(30, NAN)]])
def test_gradient_norms_that_are_not_finite_speak_only_beside_a_loss_that_stands_still(
    norms: np.ndarray, frozen: bool
) -> None:
    losses = falling(160)
    if frozen:
        losses[60:] = 0.0
    run = a_run(losses)
    step = np.linspace(0, 159, len(norms))
    run = Run(run.name, {**run.series, "grad_norm": Series(step, norms)}, run.source, run.hparams)
    assert assess(run, assign_roles(run)).diverged.kind == ("hidden" if frozen else None)
    probabilities = diagnose(run).probabilities
    assert (probabilities[Verdict.DIVERGENT] > 0.9) == frozen


@pytest.mark.parametrize(
    ("losses", "accuracy", "turned"),
    [
        ([0.70] + [0.69] * 39, [0.5] * 40, False),
        ([0.69] * 39 + [0.70], [0.5] * 40, False),
        (np.r_[np.full(20, 0.69), np.full(20, 0.7)], [0.5] * 40, False),
        (np.r_[np.full(39, 0.5), 0.9], np.linspace(0, 1, 40), False),
        (np.linspace(-3, -1, 40), np.linspace(0.1, 0.9, 40), True),
        (np.repeat(np.linspace(-3, -1, 8), 5), np.repeat(np.linspace(0.1, 0.9, 4), 10), True),
        (np.linspace(3, 1, 40), np.linspace(0.1, 0.9, 40), False),
        (np.linspace(1, 3, 40), np.linspace(0.9, 0.1, 40), False),
    ],
)
def test_a_sign_is_turned_where_loss_and_accuracy_both_rise_and_ties_are_no_rise(
    losses: list[float], accuracy: list[float], turned: bool
) -> None:
    step = np.arange(40.0)
    series = {"train_loss": Series(step, np.array(losses)), "val_acc": Series(step, np.array(accuracy))}
    run = Run("run", series, a_run([1.0]).source)
    roles = assign_roles(run)
    assert (roles.loss, roles.val_accuracy) == ("train_loss", "val_acc")
    assert (assess(run, roles).rising_with_accuracy is not None) == turned


@pytest.mark.parametrize("losses", [[2.1, NAN, NAN], [NAN], [NAN] * 12, [2.0, 3.0] + [INF] * 4, [NAN] * 300])
def test_a_log_that_ends_without_a_finite_loss_is_divergent_however_short(losses: list[float]) -> None:
    d = diagnose(a_run(losses, lr=3.0))
    assert d.verdict is Verdict.DIVERGENT
    assert (d.factor or 1) < 1
    said = {f.name: f.message for f in d.findings}
    assert "diverged-non-finite" in said
    assert not {"transient-non-finite", "non-finite-filtered"} & said.keys()
    assert "for a verdict" not in said["too-few-points"]


def test_what_diverged_without_a_curve_is_sent_by_its_lr_alone() -> None:
    near, far = (diagnose(a_run([NAN] * 20, lr=lr, optimizer="SGD")) for lr in (0.5, 500.0))
    assert (far.factor or 1) < (near.factor or 1) < 1
    assert {evidence.sign for evidence in far.evidence} == {"log_lr"}
