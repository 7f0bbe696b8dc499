"""Tables of several trainings: a run for each, with what tells it apart as its settings."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.records.run import Run

STEPS = range(12)
Row = tuple[object, ...]


def loss(k: int, step: int) -> float:
    return round(3.0 / (1 + (k + 1) * step / 5) + k, 4)


def below(values: Sequence[object], row: Callable[[int, object, int], Row]) -> list[Row]:
    return [row(k, value, step) for k, value in enumerate(values) for step in STEPS]


def in_turn(values: Sequence[object], row: Callable[[int, object, int], Row]) -> list[Row]:
    return [row(k, value, step) for step in STEPS for k, value in enumerate(values)]


def csv(header: str, rows: Sequence[Row]) -> str:
    return "".join(f"{line}\n" for line in [header, *(",".join(map(str, row)) for row in rows)])


def read(tmp_path: Path, text: str, name: str = "results.csv") -> list[Run]:
    (tmp_path / name).write_text(text)
    return lrdoctor.read(tmp_path / name)


NAMED = {
    "optimizer": ["SGD", "Adam", "Lion"],
    "variant": ["base", "wide"],
    "method": ["ours", "theirs"],
    "learning_rate": [0.1, 0.01, 0.001],
    "batch_size": [32, 64],
}


@pytest.mark.parametrize("order", [below, in_turn], ids=["below", "in turn"])
@pytest.mark.parametrize("name", NAMED)
def test_a_column_parts_the_rows(tmp_path: Path, name: str, order: Callable[..., list[Row]]) -> None:
    values = NAMED[name]
    rows = order(values, lambda k, value, step: (value, step, loss(k, step)))
    runs = read(tmp_path, csv(f"{name},epoch,train_loss", rows))
    assert [dict(run.hparams)[name] for run in runs] == values
    for k, run in enumerate(runs):
        assert run.series["train_loss"].step.tolist() == list(STEPS)
        assert run.series["train_loss"].value.tolist() == [loss(k, step) for step in STEPS]
        assert str(values[k]) in run.name


def test_two_columns_part_them_together(tmp_path: Path) -> None:
    pairs = [(name, lr) for name in ("sgd", "adam") for lr in (0.1, 0.01)]
    rows = [(name, lr, step, loss(k, step)) for k, (name, lr) in enumerate(pairs) for step in STEPS]
    runs = read(tmp_path, csv("optim,lr,step,loss", rows))
    assert [(run.hparams["optim"], run.hparams["lr"]) for run in runs] == pairs
    assert [run.series["loss"].value.tolist() for run in runs] == [[loss(k, step) for step in STEPS] for k in range(4)]


def test_splits_stay_parts_of_one_run(tmp_path: Path) -> None:
    rows = [(s, split, loss(k, s)) for s in STEPS for k, split in enumerate(("train", "val"))]
    (run,) = read(tmp_path, csv("epoch,split,loss", rows))
    assert {tag: len(points) for tag, points in run.series.items()} == {"train/loss": 12, "val/loss": 12}


def test_splits_of_several_runs(tmp_path: Path) -> None:
    rows = [
        (name, s, split, loss(k, s)) for name in ("a", "b") for s in STEPS for k, split in enumerate(("train", "val"))
    ]
    runs = read(tmp_path, csv("model,epoch,split,loss", rows))
    assert [dict(run.hparams) for run in runs] == [{"model": "a"}, {"model": "b"}]
    assert all(set(run.series) == {"train/loss", "val/loss"} for run in runs)


def test_metrics_and_splits_below_each_other(tmp_path: Path) -> None:
    rows = [
        (s, split, metric, loss(k, s) if metric == "loss" else 0.5)
        for s in STEPS
        for k, split in enumerate(("train", "val"))
        for metric in ("loss", "acc")
    ]
    (run,) = read(tmp_path, csv("epoch,split,metric,value", rows))
    assert {tag: len(points) for tag, points in run.series.items()} == {
        f"{split}/{metric}": 12 for split in ("train", "val") for metric in ("loss", "acc")
    }
    assert run.series["val/loss"].value.tolist() == [loss(1, step) for step in STEPS]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("step,status,loss", lambda s: (s, "slow" if s % 3 else "ok", loss(0, s))),
        ("step,lr,loss", lambda s: (s, 0.1 if s < 6 else 0.01, loss(0, s))),
        ("epoch,host,loss", lambda s: (s, f"node{s % 2}", loss(0, s))),
        ("step,stage,loss", lambda s: (s, "warmup" if s < 4 else "main", loss(0, s))),
    ],
)
def test_one_training_stays_one(tmp_path: Path, header: str, row: Callable[[int], Row]) -> None:
    (run,) = read(tmp_path, csv(header, [row(step) for step in STEPS]))
    assert run.series["loss"].step.tolist() == list(STEPS)


def appended(lines: Sequence[str], again: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in [*lines, *again])


@pytest.mark.parametrize("header", [True, False], ids=["a header again", "no header"])
def test_a_training_appended_to_another(tmp_path: Path, header: bool) -> None:
    one, two = ([f"{step},{loss(k, step)}" for step in STEPS] for k in (0, 2))
    text = appended(["epoch,loss", *one], ["epoch,loss", *two] if header else two)
    runs = read(tmp_path, text)
    assert [run.series["loss"].value.tolist() for run in runs] == [[loss(k, s) for s in STEPS] for k in (0, 2)]


def test_an_attempt_that_was_given_up_is_a_restart(tmp_path: Path) -> None:
    one, two = [f"{step},{loss(0, step)}" for step in range(5)], [f"{step},{loss(2, step)}" for step in STEPS]
    (run,) = read(tmp_path, appended(["epoch,loss", *one], two))
    assert len(run.series["loss"]) == 12
    assert [note.code for note in run.notes] == ["restart"]


def test_a_training_that_was_resumed_goes_on(tmp_path: Path) -> None:
    one = [f"{step},{loss(0, step)}" for step in STEPS]
    two = [f"{step},{loss(0, 12 + step)}" for step in STEPS]
    (run,) = read(tmp_path, appended(["epoch,loss", *one], ["epoch,loss", *two]))
    assert run.series["loss"].step.tolist() == list(range(24))


def test_json_rows_are_parted_too(tmp_path: Path) -> None:
    rows = below(["sgd", "adam"], lambda k, value, step: (value, step, loss(k, step)))
    text = "".join(json.dumps(dict(zip(("optimizer", "step", "loss"), row, strict=True))) + "\n" for row in rows)
    runs = read(tmp_path, text, "log.jsonl")
    assert [run.hparams["optimizer"] for run in runs] == ["sgd", "adam"]
    assert [len(run.series["loss"]) for run in runs] == [12, 12]
