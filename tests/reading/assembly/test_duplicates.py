"""One training in several files is told once; two trainings stay two."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.reading.assembly.duplicates import drop_duplicate_runs, same_training
from lrdoctor.records.run import HParam, Run, Series, Source
from tests.runs import falling

LOSS = falling(200)
DEAD = 2.302585 + 1e-5 * np.random.default_rng(1).normal(size=200)
STEP = np.arange(200, dtype=float)


def log(path: str, losses: np.ndarray = LOSS, *, step: np.ndarray = STEP, tag: str = "loss", lr: bool = False) -> Run:
    hparams: dict[str, HParam] = {"lr": 0.1} if lr else {}
    kind = "tensorboard" if "events" in path else "table"
    file = Path(path)
    home = file.parent if kind == "tensorboard" else file
    return Run(file.stem, {tag: Series(step, losses)}, Source(home, (file,), kind, "made by a test"), hparams)


def names(*runs: Run) -> list[str]:
    return [run.source.files[0].as_posix() for run in drop_duplicate_runs(runs)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (log("out/metrics.csv"), log("out/events.1", tag="train/loss")),
        (log("out/trainer_state.json", np.round(LOSS, 4)), log("out/runs/Mar24/events.1", tag="train/loss")),
        (log("out/results.csv"), log("out/events.1", step=STEP + 1)),  # epochs from 0 and from 1
        (log("out/metrics.csv"), log("out/events.1", LOSS[::10], step=STEP[::10])),  # one logs more rarely
        (log("out/metrics.csv"), log("out/copy.csv")),
    ],
)
def test_one_training_is_told_once(one: Run, other: Run) -> None:
    assert len(drop_duplicate_runs([one, other])) == 1
    assert len(drop_duplicate_runs([other, one])) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (log("out/metrics.csv"), log("out/events.1", falling(200, seed=1))),  # another seed
        (log("a/metrics.csv"), log("b/metrics.csv")),  # in two runs' folders
        (log("out/metrics.csv"), log("out/events.1", tag="val/loss")),  # another quantity
        (log("out/metrics.csv", np.zeros(200)), log("out/events.1", np.zeros(200))),  # a constant says nothing
        (log("out/metrics.csv", DEAD), log("out/events.1", DEAD[::-1])),  # both dead: level but for rounding
        (log("out/metrics.csv", np.full(200, np.nan)), log("out/events.1", np.full(200, np.nan))),
    ],
)
def test_two_trainings_stay_two(one: Run, other: Run) -> None:
    assert len(drop_duplicate_runs([one, other])) == 2


def test_the_fuller_log_is_kept_and_says_which_it_stands_for() -> None:
    with_lr, dense = log("out/a.csv", LOSS[::2], step=STEP[::2], lr=True), log("out/runs/x/events.1")
    (kept,) = drop_duplicate_runs([dense, with_lr])
    assert kept.source == with_lr.source
    (note,) = kept.notes
    assert note.code == "twin"
    assert "runs/x" in note.message


def test_three_files_of_one_training_are_one() -> None:
    assert names(log("o/metrics.csv"), log("o/events.1"), log("o/eval.csv", LOSS[::10], step=STEP[::10])) == [
        "o/metrics.csv"
    ]


def test_a_diverged_training_is_recognised_by_what_it_was_before() -> None:
    broken = np.r_[LOSS[:50], np.full(150, np.nan)]
    assert same_training(log("o/a.csv", broken), log("o/events.1", broken))
    assert not same_training(log("o/a.csv", broken), log("o/events.1", LOSS))


def test_copies_in_a_folder_full_of_logs_are_told_once() -> None:
    others = [log(f"all/{i}.csv", falling(200, seed=i)) for i in range(1, 61)]
    assert len(drop_duplicate_runs([*others, *(log(f"all/copy{i}.csv") for i in range(60))])) == 61


def test_a_log_too_short_to_tell_is_told_by_all_it_holds() -> None:
    def evaluation(path: str, shift: float = 0.0) -> Run:
        tags = ("train/loss", "validation/loss", "test/loss", "ce_loss")
        series = {tag: Series(np.ones(1), np.array([float(i) + 0.1 + shift])) for i, tag in enumerate(tags)}
        return replace(log(path), series=series)

    assert same_training(evaluation("o/a.csv"), evaluation("o/events.1"))
    assert not same_training(evaluation("o/a.csv"), evaluation("o/events.1", shift=0.05))


def test_the_log_with_an_lr_column_is_kept_though_another_has_more_points() -> None:
    many = replace(log("o/events.1", np.repeat(LOSS[:20], 10), step=np.repeat(STEP[:20], 10)), hparams={"lr": 0.1})
    table = log("o/results.csv", LOSS[:20], step=STEP[:20])
    table = replace(table, series={**table.series, "lr": Series(STEP[:20], np.full(20, 0.1))})
    assert [run.source.format for run in drop_duplicate_runs([many, table])] == ["table"]


def test_two_loggers_side_by_side_tell_one_training() -> None:
    assert len(drop_duplicate_runs([log("run/csv/v0/metrics.csv"), log("run/tb/v0/events.1")])) == 1


def test_two_formats_side_by_side_among_many_are_not_compared() -> None:
    others = [log(f"runs/{i}/metrics.csv", falling(200, seed=i)) for i in range(1, 14)]
    assert len(drop_duplicate_runs([*others, log("runs/a/metrics.csv"), log("runs/b/events.1")])) == 15


NOISE = 2.3 + 0.03 * np.random.default_rng(0).normal(size=200)


@pytest.mark.parametrize(
    ("one", "other"),
    [("lr_1e-6.csv", "lr_1e-7.csv"), ("lr_1e-6.csv", "lr_1e-7/events.1"), ("lr_1e-6/a.csv", "lr_1e-7/events.1")],
)
def test_runs_of_one_seed_that_hardly_learned_are_told_apart_by_their_lrs(one: str, other: str) -> None:
    """Their losses agree to the sixth digit: noise of the same batches, and next to no descent."""
    slow, slower = log(f"sweep/{one}", NOISE - 1e-6 * STEP), log(f"sweep/{other}", NOISE - 1e-7 * STEP)
    assert len(drop_duplicate_runs([slow, slower])) == 2


def test_two_logs_of_one_format_are_one_only_as_copies() -> None:
    nearly = LOSS.copy()
    nearly[100] += 1e-6
    assert len(drop_duplicate_runs([log("out/a.csv"), log("out/b.csv", nearly)])) == 2
    assert len(drop_duplicate_runs([log("out/a.csv"), log("out/b.csv")])) == 1


def test_an_lr_that_a_log_stepped_over_is_no_other_lr() -> None:
    state = replace(log("out/state.json"), hparams={"lr": 4.988e-5})
    events = replace(log("out/runs/x/events.1"), hparams={"lr": 5e-5})
    assert len(drop_duplicate_runs([state, events])) == 1


def with_more(run: Run, **series: Series) -> Run:
    return replace(run, series={**run.series, **{tag.replace("__", "/"): told for tag, told in series.items()}})


@pytest.mark.parametrize("off", [0.0, 1.0])
def test_what_the_kept_log_lacks_is_taken_from_the_other(off: float) -> None:
    every = STEP[::20]
    kept = with_more(log("out/metrics.csv", lr=True), lr=Series(STEP, STEP))
    other = with_more(
        log("out/events.1", np.round(LOSS, 3), step=STEP + off, tag="train/loss"),
        val__loss=Series(every + off, every / 100),
        grad_norm=Series(every + off, every),
    )
    [run] = drop_duplicate_runs([kept, other])
    assert run.source.files[0].name == "metrics.csv"
    assert run.series["val/loss"].step.tolist() == every.tolist()
    assert run.series["grad_norm"].value.tolist() == every.tolist()
    assert run.notes[-1].message == "val/loss, grad_norm from out, which tells the same training"
