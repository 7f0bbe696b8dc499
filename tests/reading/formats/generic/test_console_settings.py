"""Settings that a text log prints: once above all, or above each training."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

import lrdoctor
from lrdoctor.reading.formats.generic.console_line import parse
from lrdoctor.reading.formats.generic.console_settings import optimizer_of, settings_of, under_headings
from lrdoctor.reading.formats.generic.console_steps import Row
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.reading.formats.line_logs import written

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


Said = Mapping[str, float | str]
Named = dict[str, float | str]


def row(values: Mapping[str, float], settings: Said = MappingProxyType({})) -> tuple[float, Row]:
    stated = tuple(settings.items())
    return 1.0, Row(None, None, 0, "step", tuple(values.items()), "loss" in values, settings=stated)


def stated(**settings: float | str) -> tuple[float, Row]:
    return row({}, settings)


def test_a_heading_is_of_the_training_below_it() -> None:
    loss, val = row({"loss": 0.5}), row({"val loss": 0.5})
    lr = row({"Training with lr": 0.01}, {"lr": 0.01})
    told = under_headings(
        [[loss, loss, val, lr, stated(batch_size=8)], [loss, stated(lr=9.0)]], {"base_lr": 0.1, "momentum": 0.9}
    )
    assert told == [
        ([loss, loss, val], {"base_lr": 0.1, "momentum": 0.9}),
        ([loss], {"momentum": 0.9, "lr": 0.01, "batch_size": 8}),
    ]


def test_what_a_schedule_prints_is_no_heading() -> None:
    loss, lrs = row({"loss": 0.5}), [row({"lr": lr}, {"lr": lr}) for lr in (0.1, 0.05)]
    trainings = [[loss, lrs[0], loss, lrs[1]], [loss]]
    assert under_headings(trainings, {}) == [(training, {}) for training in trainings]


def test_a_heading_holds_until_another_one() -> None:
    loss = row({"loss": 0.5})
    trainings = [[loss], [loss, stated(lr=0.2)], [loss], [loss, stated(optimizer="Adam")], [loss]]
    settings = [settings for _, settings in under_headings(trainings, {"lr": 0.1})]
    assert settings == [*[{"lr": 0.1}] * 2, *[{"lr": 0.2}] * 2, {"lr": 0.2, "optimizer": "Adam"}]


OPTIMIZERS = [
    ("Optimizer: SGD", "SGD"),
    ("optimizer = torch.optim.AdamW(params)", "AdamW"),
    ("Namespace(lr=0.1, optimizer='adam')", "adam"),
    ("===== RMSprop =====", "RMSprop"),
    ("Training with Adam", "Adam"),
    ("Using the SGD optimizer", "SGD"),
    ("Adam is here", None),
    ("with adam-like steps", None),
]


@pytest.mark.parametrize(("text", "named"), OPTIMIZERS)
def test_an_optimizer_in_a_line(text: str, named: str | None) -> None:
    assert optimizer_of(text, beside_settings=False) == named


def loops(*headings: str) -> str:
    return "".join(
        f"{heading}\n" + "".join(f"epoch {e}/20 loss {2 / (e + k):.4f}\n" for e in range(1, 21))
        for k, heading in enumerate(headings, start=1)
    )


LOOPS: list[tuple[tuple[str, ...], list[Named]]] = [
    (("Training with lr=0.001", "Training with lr=0.01"), [{"lr": 0.001}, {"lr": 0.01}]),
    (("Optimizer: SGD", "Optimizer: Adam"), [{"optimizer": "SGD"}, {"optimizer": "Adam"}]),
    (("--- SGD ---", "--- RMSprop ---"), [{"optimizer": "SGD"}, {"optimizer": "RMSprop"}]),
    (
        ("Trying learning rate 0.1 with SGD", "Trying learning rate 0.01 with Adam"),
        [{"learning_rate": 0.1, "optimizer": "SGD"}, {"learning_rate": 0.01, "optimizer": "Adam"}],
    ),
    (
        (
            "wandb: Agent Starting Run: a1 with config:\nwandb: \tbatch_size: 16\nwandb: \tlr: 0.1",
            "wandb: Agent Starting Run: b2 with config:\nwandb: \tbatch_size: 32\nwandb: \tlr: 0.01",
        ),
        [{"batch_size": 16, "lr": 0.1}, {"batch_size": 32, "lr": 0.01}],
    ),
    (
        ("Namespace(lr=0.1, optimizer='adam', epochs=20)", "Namespace(lr=0.2, optimizer='sgd', epochs=20)"),
        [{"lr": 0.1, "optimizer": "adam"}, {"lr": 0.2, "optimizer": "sgd"}],
    ),
    (
        ("batch size: 8\nseed 1", "seed 2", "batch size: 16\nseed 1"),
        [{"batch_size": 8}, {"batch_size": 8}, {"batch_size": 16}],
    ),
    (("Using learning rate 3e-4, batch size 32 and AdamW",), [{"learning_rate": 3e-4, "optimizer": "AdamW"}]),
]


@pytest.mark.parametrize(("headings", "settings"), LOOPS)
def test_each_training_has_the_settings_above_it(
    tmp_path: Path, headings: tuple[str, ...], settings: list[Named]
) -> None:
    runs = lrdoctor.read(written(tmp_path, loops(*headings), "train.log"))
    assert [{name: run.hparams.get(name) for name in own} for run, own in zip(runs, settings, strict=True)] == settings
    assert all(len(run.series["loss"]) == 20 for run in runs)
    assert all(set(run.series) == {"loss"} for run in runs)


def test_the_lr_that_a_base_lr_came_to(tmp_path: Path) -> None:
    text = "base lr: 1.0e-03\nactual lr: 3.91e-05\n" + loops("start")
    (run,) = lrdoctor.read(written(tmp_path, text, "train.log"))
    assert learning_rate(run, assign_roles(run)) == (3.91e-5, "hparams actual_lr")
