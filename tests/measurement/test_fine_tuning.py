"""How likely a run is a fine-tuning: settings, the LR, the length and the first loss together."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.measurement.case import examine
from lrdoctor.measurement.fine_tuning import FineTuning, customary_log_lr
from lrdoctor.pipeline import diagnose
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import HParam, Series
from tests.runs import a_run, falling

LOSSES = falling(200, floor=1.0)


def probability(hparams: dict[str, HParam], **other: object) -> float:
    run = replace(a_run(LOSSES), hparams=hparams, **other)  # type: ignore[arg-type]
    run = replace(run, series={"train_loss": run.series["train_loss"]})
    return examine(run).quality.fine_tuning.probability


@pytest.mark.parametrize(
    ("hparams", "low", "high"),
    [
        ({}, 0.0, 0.1),
        ({"lr": 1e-3, "optimizer": "adam"}, 0.0, 0.1),
        ({"lr": 3e-4, "optimizer": "adamw"}, 0.1, 0.4),  # as often from scratch
        ({"lr": 2e-5, "optimizer": "adamw", "epochs": 3}, 0.6, 1.0),
        ({"lr": 2e-5, "epochs": 3}, 0.6, 1.0),  # who names no optimizer uses an Adam
        ({"lr": 2e-5, "optimizer": "adamw", "lora_r": 8}, 0.9, 1.0),
        ({"lr": 0.1, "optimizer": "sgd", "model_name": "bert-base-uncased"}, 0.4, 0.9),
        ({"lr": 2e-5, "optimizer": "adamw", "num_classes": 8}, 0.0, 0.2),  # begins at the untrained loss, ln 8
    ],
)
def test_evidence_adds_up(hparams: dict[str, HParam], low: float, high: float) -> None:
    assert low <= probability(hparams) <= high


def test_the_same_run_gets_the_same_answer_in_every_format(tmp_path: Path) -> None:
    log = [{"loss": loss, "learning_rate": 2e-5, "epoch": 0.01 * k, "step": 10 * k} for k, loss in enumerate(LOSSES, 1)]
    state = tmp_path / "trainer_state.json"
    state.write_text(json.dumps({"log_history": log, "global_step": 2000, "max_steps": 2000}))
    lines = [f"{one['step']},{one['loss']},{one['learning_rate']},{one['epoch']}" for one in log]
    table = tmp_path / "metrics.csv"
    table.write_text("\n".join(["step,loss,learning_rate,epoch", *lines]))
    said = [lrdoctor.diagnose(run) for path in (state, table) for run in lrdoctor.read(path)]
    assert len(said) == 2
    assert said[0].verdict is said[1].verdict
    assert said[0].factor == said[1].factor
    assert dict(said[0].probabilities) == pytest.approx(dict(said[1].probabilities))
    assert all("fine-tuning" in {finding.name for finding in d.findings} for d in said)


@pytest.mark.parametrize(
    ("method", "optimizer", "lr"), [("full", "AdamW", -4.4), ("adapters", None, -3.4), ("head", "SGD", -0.7)]
)
def test_custom_is_its_own(method: str, optimizer: str | None, lr: float) -> None:
    assert customary_log_lr(FineTuning(0.9, "", method), optimizer)[0] == pytest.approx(lr)  # type: ignore[arg-type]


def test_a_good_fine_tuning_is_not_sent_up_as_a_slow_training() -> None:
    steps = np.asarray(50.0 * np.arange(1, 61), dtype=np.float64)
    losses = 0.9 + 0.5 * np.exp(-np.arange(60) / 25) + 0.03 * np.random.default_rng(0).standard_normal(60)
    run = a_run(losses)
    run = replace(
        run,
        series={"loss": Series(steps, losses)},
        hparams={"lr": 2e-5, "optimizer": "adamw", "model_name": "bert-base-uncased", "epochs": 3},
    )
    d = diagnose(run)
    assert d.factor is None or d.factor <= 3.2
    assert "fine-tuning" in {finding.name for finding in d.findings}
    scratch = diagnose(replace(run, hparams={"lr": 2e-5, "optimizer": "adamw", "epochs": 300}))
    assert d.probabilities[Verdict.TOO_SLOW] < scratch.probabilities[Verdict.TOO_SLOW]
