"""What settings and names say of weights that were trained before."""

from dataclasses import replace
from pathlib import Path

import pytest

from lrdoctor.records.run import HParam, Traits
from lrdoctor.vocabulary.fine_tuning import hints
from tests.runs import a_run

RUN = replace(a_run([2.0, 1.5, 1.2]), hparams={})


@pytest.mark.parametrize(
    ("hparams", "method"),
    [
        ({"use_peft": True}, "adapters"),
        ({"lora/r": 16}, "adapters"),
        ({"r": 8, "lora_alpha": 16}, "adapters"),
        ({"peft_config/lora_rank": 4}, "adapters"),
        ({"model_name_or_path": "gpt2"}, "unknown"),
        ({"pretrained": True}, "unknown"),
        ({"model_name": "distilbert-base-uncased"}, "unknown"),
        ({"model": "facebook/wav2vec2-xls-r-300m"}, "unknown"),
        ({"model_id": "meta-llama/Llama-3.2-1B"}, "unknown"),
        ({"init_from": "gpt2-medium"}, "unknown"),
        ({"freeze_backbone": True}, "head"),
        ({"weights": "IMAGENET1K_V2"}, "unknown"),
        ({"model": "yolov8n.pt"}, "unknown"),
    ],
)
def test_settings_that_speak_for_it(hparams: dict[str, HParam], method: str) -> None:
    found = list(hints(replace(RUN, hparams=hparams)))
    assert found
    assert sum(hint.log_odds for hint in found) >= 2.5
    assert {hint.method for hint in found} == {method}


@pytest.mark.parametrize(
    "hparams",
    [
        {},
        {"lr": 1e-3, "optimizer": "adam", "batch_size": 32},
        {"model/pretrained": False},
        {"use_lora": False, "lora_dropout": 0},
        {"model_name_or_path": None},
        {"model": "resnet50"},
        {"init_from": "scratch"},
        {"model_type": "gpt2"},
        {"pretrained": "False"},
        {"pretrained": "no"},
        {"use_lora": False, "lora_r": 8},
        {"freeze_backbone": False},
        {"r": 8},
        {"data_dir": "data/imagenet"},
    ],
)
def test_settings_that_do_not(hparams: dict[str, HParam]) -> None:
    assert not list(hints(replace(RUN, hparams=hparams)))


@pytest.mark.parametrize(
    ("name", "speaks"), [("finetune_bert", True), ("llama-lora-r8", True), ("fine-tuning-3", True), ("baseline", False)]
)
def test_names_speak_too(name: str, speaks: bool) -> None:
    path = Path("logs", name, "metrics.csv")
    assert bool(list(hints(replace(RUN, source=replace(RUN.source, path=path))))) == speaks


def test_so_does_a_format_that_only_fine_tuners_write() -> None:
    assert list(hints(replace(RUN, source=replace(RUN.source, traits=Traits(fine_tunes=True)))))
