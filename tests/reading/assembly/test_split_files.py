"""Training and validation in a file each are one run."""

from pathlib import Path

import pytest

import lrdoctor

LOSSES = {
    "train": [3.0 / (1 + step / 4) for step in range(30)],
    "valid": [3.2 / (1 + step / 5) for step in range(30)],
    "test": [3.3 / (1 + step / 6) for step in range(30)],
}


def csv(split: str) -> str:
    rows = "".join(f"{step},{value:.5f},{step / 100}\n" for step, value in enumerate(LOSSES[split]))
    return f"epoch,loss,acc\n{rows}"


def log(split: str) -> str:
    return "".join(f"epoch {step}: loss {value:.5f}\n" for step, value in enumerate(LOSSES[split]))


def jsonl(split: str) -> str:
    return "".join(f'{{"epoch": {step}, "loss": {value:.5f}}}\n' for step, value in enumerate(LOSSES[split]))


@pytest.mark.parametrize(
    ("train", "other", "split", "text"),
    [
        ("train.csv", "val.csv", "valid", csv),
        ("train.log", "test.log", "test", log),
        ("log_train.txt", "log_test.txt", "test", log),
        ("training-metrics.csv", "validation-metrics.csv", "valid", csv),
        ("metrics_train.jsonl", "metrics_eval.jsonl", "valid", jsonl),
        ("fold2_train.csv", "fold2_dev.csv", "valid", csv),
    ],
)
def test_two_files_are_one_run(tmp_path: Path, train: str, other: str, split: str, text: object) -> None:
    assert callable(text)
    (tmp_path / train).write_text(text("train"))
    (tmp_path / other).write_text(text(split))
    (run,) = lrdoctor.read(tmp_path)
    roles = lrdoctor.diagnose(run).roles
    assert roles.loss == "loss"
    assert run.series["loss"].value.tolist() == pytest.approx(LOSSES["train"], abs=1e-5)
    assert roles.val_loss is not None
    assert run.series[roles.val_loss].value.tolist() == pytest.approx(LOSSES[split], abs=1e-5)
    assert {path.name for path in run.source.files} == {train, other}


def test_three_files(tmp_path: Path) -> None:
    for split in LOSSES:
        (tmp_path / f"{split}.csv").write_text(csv(split))
    (run,) = lrdoctor.read(tmp_path)
    assert {"loss", "valid/loss", "test/loss"} <= set(run.series)


def test_several_trainings_keep_their_own(tmp_path: Path) -> None:
    for lr in ("lr0.1", "lr0.01"):
        for split in ("train", "valid"):
            (tmp_path / f"{lr}_{split}.csv").write_text(csv(split))
    runs = lrdoctor.read(tmp_path)
    assert [sorted(run.series) for run in runs] == [["acc", "loss", "valid/acc", "valid/loss"]] * 2


@pytest.mark.parametrize("names", [("train_a.csv", "train_b.csv"), ("train.csv", "old_val.csv"), ("a.csv", "val.csv")])
def test_other_files_stay_apart(tmp_path: Path, names: tuple[str, str]) -> None:
    (tmp_path / names[0]).write_text(csv("train"))
    (tmp_path / names[1]).write_text(csv("valid"))
    assert len(lrdoctor.read(tmp_path)) == 2


def test_a_training_with_a_validation_of_its_own_keeps_it(tmp_path: Path) -> None:
    rows = "".join(f"{step},{value:.5f},{value + 1:.5f}\n" for step, value in enumerate(LOSSES["train"]))
    (tmp_path / "train.csv").write_text(f"epoch,loss,val_loss\n{rows}")
    (tmp_path / "val.csv").write_text(csv("valid").replace("loss", "val_loss"))
    assert len(lrdoctor.read(tmp_path)) == 2
