"""What a run trains, from settings, names and series."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lrdoctor.records.run import HParam, Run
from lrdoctor.vocabulary.fine_tuning import Method
from lrdoctor.vocabulary.model_kind import TrainingKind, kind_of_tuning, training_kind
from tests.runs import a_run, falling


def run_with(settings: Mapping[str, HParam], tags: Sequence[str] = (), path: str = "run/log.csv") -> Run:
    run = a_run(falling(50))
    series = {**run.series, **dict.fromkeys(tags, run.series["train_loss"])}
    source = replace(run.source, path=Path(path))
    return replace(run, hparams={**run.hparams, **settings}, series=series, source=source)


@pytest.mark.parametrize(
    ("settings", "tags", "kind"),
    [
        ({"vocab_size": 50304}, (), "language-model"),
        ({"n_layer": 12, "n_head": 12, "n_embd": 768}, (), "language-model"),
        ({"block_size": 1024, "dataset": "openwebtext"}, (), "language-model"),
        ({}, ("val/perplexity",), "language-model"),
        ({"model": "resnet18"}, (), "vision"),
        ({"arch": "vit-small", "img_size": 224}, (), "vision"),
        ({"dataset/name": "CIFAR-10"}, (), "vision"),
        ({"num_train_timesteps": 1000}, (), "diffusion"),
        ({"model": "unet", "timesteps": 1000}, (), "diffusion"),
        ({"model": "conformer"}, ("valid/wer",), "speech"),
        ({"model": "unet"}, (), "unknown"),
        ({"seq_len": 96}, (), "unknown"),
        ({"model": "mlp", "name": "vit"}, (), "unknown"),
        ({"vocab_size": 1000, "model": "resnet50"}, (), "unknown"),
        ({"vocab_size": None}, (), "unknown"),
        ({}, (), "unknown"),
    ],
)
def test_kind(settings: Mapping[str, HParam], tags: Sequence[str], kind: str) -> None:
    assert training_kind(run_with(settings, tags)) is TrainingKind(kind)


@pytest.mark.parametrize(
    ("kind", "method", "tuned"),
    [
        ("language-model", "adapters", "adapters"),
        ("vision", "head", "head"),
        ("speech", "full", "speech-fine-tuning"),
        ("speech", "adapters", "adapters"),
        ("language-model", "unknown", "full-fine-tuning"),
        ("unknown", "unknown", "full-fine-tuning"),
    ],
)
def test_kind_of_tuning(kind: str, method: Method, tuned: str) -> None:
    assert kind_of_tuning(TrainingKind(kind), method) is TrainingKind(tuned)
