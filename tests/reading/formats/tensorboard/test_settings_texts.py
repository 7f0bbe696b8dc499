"""Settings in TensorBoard's texts."""

import pytest

from lrdoctor.reading.formats.tensorboard.settings_texts import MAX_BYTES, is_about_settings, text_settings


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("|param|value|\n|-|-|\n|lr|0.00025|\n|anneal|True|", {"lr": 2.5e-4, "anneal": True}),
        ("| key | value |\n| --- | :-: |\n| **lr** | `1e-4` |\n| note |  |", {"lr": 1e-4, "note": ""}),
        ('{"learning_rate": 5e-5, "optim": "adamw_torch"}', {"learning_rate": 5e-5, "optim": "adamw_torch"}),
        ("Namespace(lr=0.1, opt='sgd', resume=None)", {"lr": 0.1, "opt": "sgd", "resume": None}),
        ("```\nlr: 0.01\noptim:\n  name: adam\n```", {"lr": 0.01, "optim/name": "adam"}),
        ("lr: 1e-4", {"lr": 1e-4}),
        ("just a note", {}),
        ("", {}),
        ("[1, 2", {}),
        ("|lr|0.1|", {}),  # a table's head alone
    ],
)
def test_settings_in_every_shape(text: str, settings: dict[str, object]) -> None:
    assert text_settings(text.encode()) == settings


def test_too_long_a_text_is_passed_over() -> None:
    assert text_settings(b"lr: 0.1\n" + b"#" * MAX_BYTES) == {}


def test_nothing_personal_is_kept() -> None:
    found = text_settings(b"|param|value|\n|-|-|\n|lr|0.1|\n|user|ada|\n|data|/home/ada/x|")
    assert found == {"lr": 0.1}


@pytest.mark.parametrize(
    ("tag", "telling"),
    [
        ("args/text_summary", True),
        ("Hyperparameters", True),
        ("train/config/text_summary", True),
        ("model_config/text_summary", True),
        ("generations", False),
        ("", False),
    ],
)
def test_only_telling_tags_are_looked_at(tag: str, *, telling: bool) -> None:
    assert is_about_settings(tag) is telling
