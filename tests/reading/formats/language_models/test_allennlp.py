"""AllenNLP's metrics by epoch: a folder is one run."""

import json
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.allennlp import READER
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written


def metrics(epoch: int, loss: float | None = None) -> dict[str, object]:
    """As `GradientDescentTrainer` dumps them."""
    return {
        "best_epoch": epoch,
        "peak_worker_0_memory_MB": 3000,
        "training_duration": "0:05:10",
        "training_start_epoch": 0,
        "training_epochs": epoch,
        "epoch": epoch,
        "training_accuracy": 0.65,
        "training_loss": 4 / (epoch + 1) if loss is None else loss,
        "validation_accuracy": 0.6,
        "validation_loss": 4.1 / (epoch + 1),
        "best_validation_loss": 1.6,
    }


def folder(at: Path, epochs: int = 12, first: int = 0) -> list[Path]:
    return [
        written(at, json.dumps(metrics(epoch), indent=2), f"out/metrics_epoch_{epoch}.json")
        for epoch in range(first, epochs)
    ]


def test_the_epochs_of_a_folder_are_one_run_in_their_order(tmp_path: Path) -> None:
    folder(tmp_path)
    written(tmp_path, json.dumps(metrics(11)), "out/metrics.json")
    config = {"trainer": {"optimizer": {"type": "adam", "lr": 0.003}, "num_epochs": 12}}
    written(tmp_path, json.dumps(config), "out/config.json")
    [run] = lrdoctor.read(tmp_path)
    assert (run.name, run.step_axis) == ("out", "epoch")
    assert points(run, "training_loss") == [(e, 4 / (e + 1)) for e in range(12)]
    assert set(run.series) == {"training_accuracy", "training_loss", "validation_accuracy", "validation_loss"}
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("training_loss", "validation_loss")
    assert (learning_rate(run, roles)[0], optimizer(run)) == (0.003, "Adam")


def test_one_that_is_torn_or_lost_is_left_out(tmp_path: Path) -> None:
    files = folder(tmp_path)
    files[3].write_text('{"epoch": 3, "training_loss": 1.')
    files[5].unlink()
    run = read_one(READER, *files[:5], *files[6:])
    assert [epoch for epoch, _ in points(run, "training_loss")] == [0, 1, 2, 4, 6, 7, 8, 9, 10, 11]
    assert codes(run) == ["skipped", "aggregated"]


def test_nan_is_kept(tmp_path: Path) -> None:
    files = folder(tmp_path, 3)
    files[2].write_text(json.dumps(metrics(2, float("nan"))))
    run = read_one(READER, *files)
    assert not run.series["training_loss"].value[2] >= 0


def test_without_the_epoch_the_name_counts(tmp_path: Path) -> None:
    rows = ({"training_loss": 1 / (n + 1)} for n in (3, 10))
    names = ("metrics_epoch_3.json", "metrics_epoch_10.json")
    files = [written(tmp_path, json.dumps(row), name) for name, row in zip(names, rows, strict=True)]
    assert [epoch for epoch, _ in points(read_one(READER, *reversed(files)), "training_loss")] == [3, 10]


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("metrics_epoch_0.json", json.dumps(metrics(0)), True),
        ("metrics_epoch_0.json", '{"accuracy": 1}', False),
        ("metrics.json", json.dumps(metrics(0)), False),
        ("metrics_epoch_0.json", "", False),
    ],
)
def test_recognised_by_name_and_loss(tmp_path: Path, name: str, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, name)) is known


def test_without_a_number_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one number"):
        read_one(READER, written(tmp_path, "{}", "metrics_epoch_0.json"))


def test_damaged_files(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, json.dumps(metrics(0), indent=1), "metrics_epoch_0.json") > 3
