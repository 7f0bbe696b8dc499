"""What a log can carry, case by case."""

import numpy as np
import pytest

from lrdoctor.engine import diagnose
from lrdoctor.quality import assess, divergence
from lrdoctor.run import Note, Run, Series
from lrdoctor.vocabulary import assign_roles
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
        ([1.0] + [1.3] * 20, "rising"),  # no noise is asked about above 15 %
        ([1.0] + [0.4, 1.6] * 50, ""),  # 12 % above its start, but within its own noise
        ([-2.0] + [-3.0] * 20, ""),  # a negative loss that falls
        ([-2.0] + [-1.0] * 20, "rising"),
        ([NAN] * 20, "non-finite"),
    ],
)
def test_divergence_is_an_observation(losses: list[float], expected: str) -> None:
    assert divergence(np.array(losses))[0] == expected


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        ([2.0, 1.0, 0.5], "only 3 training losses"),
        ([1.5] * 40, "1.5 at every step"),
        ([NAN] * 40, "not one finite"),
        ([2.0, 1.0] * 10, ""),
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
    clean, doubtful = diagnose(a_run(losses)), diagnose(a_run(losses, notes=[Note(code, "seen")]))
    assert max(doubtful.probabilities.values()) < max(clean.probabilities.values())


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
