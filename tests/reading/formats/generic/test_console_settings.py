"""Settings that a text log prints: once above all, or above each training."""

from collections.abc import Mapping

import pytest

from lrdoctor.reading.formats.generic.console_line import parse
from lrdoctor.reading.formats.generic.console_settings import settings_of, under_headings
from lrdoctor.reading.formats.generic.console_steps import Row

ABOVE = [
    ("Namespace(arch='resnet50', batch_size=256, lr=0.1, epochs=90)", {"batch_size": 256, "lr": 0.1}),
    ("Config param learning_rate: 3e-05", {"learning_rate": 3e-5}),
    ("=== lr=0.01 ===", {"lr": 0.01}),
    ("Epoch 1 lr 0.1", {}),  # may be a schedule's
    ("Epoch 1 lr 0.1 loss 2.5", {}),
    ("threads: 8", {}),
]


@pytest.mark.parametrize(("text", "settings"), ABOVE)
def test_above_the_first_training(text: str, settings: dict[str, float]) -> None:
    line = parse(text)
    assert line is not None
    assert settings_of(text, line) == settings


def row(values: Mapping[str, float]) -> tuple[float, Row]:
    return 1.0, Row(None, None, 0, "step", tuple(values.items()), "loss" in values)


def test_a_heading_is_of_the_training_below_it() -> None:
    loss, val = row({"loss": 0.5}), row({"val loss": 0.5})
    told = under_headings([[loss, loss, val, row({"lr": 0.01}), row({"batch_size": 8.0})], [loss, row({"lr": 9.0})]])
    assert told == [([loss, loss, val], {}), ([loss], {"lr": 0.01, "batch_size": 8})]


def test_what_a_schedule_prints_is_no_heading() -> None:
    trainings = [[row({"loss": 0.5}), row({"lr": 0.1}), row({"loss": 0.4}), row({"lr": 0.05})], [row({"loss": 0.5})]]
    assert under_headings(trainings) == [(training, {}) for training in trainings]
