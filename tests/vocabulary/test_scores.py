"""Scores that are accuracies: by a setting, else by how they go."""

from pathlib import Path

import numpy as np
import pytest

from lrdoctor.records.run import HParam, Run, Series, Source
from lrdoctor.vocabulary.roles import assign_roles

FALLS, RISES = np.linspace(2, 0.5, 20), np.linspace(0.1, 0.8, 20)


def run_with(score: object, loss: object = FALLS, **settings: HParam) -> Run:
    at = np.arange(20.0)
    curves = {"train_loss": loss, "val_loss": FALLS, "train_score": score, "val_score": score}
    series = {tag: Series(at, np.asarray(value, np.float64)) for tag, value in curves.items()}
    return Run("run", series, Source(Path("log.json"), (Path("log.json"),), "made", "by a test"), settings)


def test_a_setting_says_that_the_score_is_an_accuracy() -> None:
    roles = assign_roles(run_with(RISES[::-1], **{"config/score_func": "accuracy"}))
    assert (roles.accuracy, roles.val_accuracy) == ("train_score", "val_score")


def test_a_setting_names_another_score() -> None:
    assert assign_roles(run_with(RISES, scoring="neg_mean_squared_error")).val_accuracy is None


@pytest.mark.parametrize(
    ("score", "loss", "is_one"),
    [(RISES, FALLS, True), (RISES, FALLS[::-1], False), (100 * RISES, FALLS, False), (-RISES, FALLS, False)],
)
def test_without_a_setting_it_rises_within_0_and_1_while_the_loss_falls(
    score: object, loss: object, is_one: bool
) -> None:
    assert (assign_roles(run_with(score, loss)).val_accuracy == "val_score") is is_one


def test_a_metric_is_named_by_settings_of_its_own() -> None:
    run = run_with(RISES, metric="val_loss")
    assert assign_roles(run).val_accuracy == "val_score"
    series = {tag.replace("score", "metric"): points for tag, points in run.series.items()}
    assert assign_roles(Run(run.name, series, run.source, run.hparams)).val_accuracy is None
    named = Run(run.name, series, run.source, {"metric": "top1_accuracy"})
    assert assign_roles(named).val_accuracy == "val_metric"


def test_an_accuracy_by_name_comes_first() -> None:
    run = run_with(RISES)
    named = Run(run.name, {**run.series, "val_acc": run.series["val_score"]}, run.source)
    assert assign_roles(named).val_accuracy == "val_acc"
