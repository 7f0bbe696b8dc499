"""Parameters of a model, from settings."""

from collections.abc import Mapping

import pytest

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.model_size import parameters


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"n_params": 124_000_000}, 124e6),
        ({"model/num_parameters": "124M"}, 124e6),
        ({"model_size": "1.3b"}, 1.3e9),
        ({"model_name": "EleutherAI/pythia-160m"}, 160e6),
        ({"model": "Llama-2-7b-hf"}, 7e9),
        ({"model_name": "llama_60m"}, 60e6),
        ({"n_layer": 12, "n_embd": 768}, 12 * 12 * 768**2),
        ({"model/num_hidden_layers": 4, "model/hidden_size": 256}, 12 * 4 * 256**2),
        ({"n_layer": 12}, None),
        ({"model": "resnet50"}, None),
        ({"model": "bert-base-cased"}, None),
        ({"n_params": 0}, None),
        ({"n_params": float("nan"), "n_layer": float("inf"), "n_embd": 8}, None),
        ({}, None),
    ],
)
def test_parameters(settings: Mapping[str, HParam], size: float | None) -> None:
    assert parameters(settings) == (None if size is None else pytest.approx(size))
