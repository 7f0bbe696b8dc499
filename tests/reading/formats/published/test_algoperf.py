"""AlgoPerf's `measurements.csv` tells what the event file of the same trial tells, NaN and diagnosis included."""

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lrdoctor
from lrdoctor.reading.formats.published.algoperf import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from tests.damaged_logs import assert_survives
from tests.event_logs import scalar, write
from tests.reading.formats.line_logs import knows, written

Row = dict[str, float]
CLOCKS = ("score", "total_duration", "accumulated_submission_time")
HEADER = f"global_step,grad_norm,loss,train/loss,validation/loss,{','.join(CLOCKS)},preemption_count"


def trial(losses: list[float], first: int = 0) -> list[Row]:
    """Rows as a trial logs them: a training row every step, an evaluation every tenth."""
    rows: list[Row] = []
    for step, loss in enumerate(losses, first):
        rows.append({"global_step": step, "loss": loss, "grad_norm": 2 * loss})
        if step % 10 == 0:
            clocks: Row = dict.fromkeys(CLOCKS, 0.5 * step)
            rows.append({"global_step": step, "train/loss": loss, "validation/loss": loss + 0.1, **clocks})
            rows[-1]["preemption_count"] = 0
    rows.append({"global_step": first + len(losses), "score": 99.0, "preemption_count": 0})
    return rows


def saved(folder: Path, rows: list[Row], name: str = "measurements.csv") -> Path:
    """As the benchmark writes them: the table is read and written anew by pandas with every row."""
    text = ""
    for row in rows:
        new = pd.DataFrame([row])
        table = pd.concat([pd.read_csv(io.StringIO(text)), new]) if text else new
        text = table.to_csv(index=False)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def read(*paths: Path) -> Run:
    source = Source(paths[0] if len(paths) == 1 else paths[0].parent, paths, READER.name, "test")
    (run,) = READER.read(source)
    return run


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (HEADER + "\n0,1,2,,,,,,\n1,,,2,2,1,1,1,0\n", True),
        ("accumulated_submission_time,global_step,preemption_count,train/loss\n1,1,0,0.5\n", True),
        ("global_step,grad_norm,loss\n0,1,2\n1,1,2\n", False),
        ("global_step,loss,score,total_duration\n0,1,2,3\n1,1,2,4\n", False),
        ("step,accumulated_submission_time,preemption_count\n0,1,2\n", False),
        ("", False),
    ],
)
def test_recognised_by_its_clocks(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "measurements.csv")) is known


def test_training_and_evaluation_rows_are_told_apart(tmp_path: Path) -> None:
    run = read(saved(tmp_path, trial([3.0, 2.0, 1.0] * 5)))
    assert run.step_axis == "global_step"
    assert run.series["loss"].step.tolist() == list(range(15))
    assert run.series["train/loss"].step.tolist() == [0, 10]
    assert run.series["score"].step.tolist() == [0, 10, 15]
    assert run.notes == ()


def test_an_empty_cell_is_nan_where_its_row_must_hold_the_value(tmp_path: Path) -> None:
    losses = [3.0, 2.0, math.inf, *[math.nan] * 18]
    path = saved(tmp_path, trial(losses))
    assert "nan" not in path.read_text().lower()  # what makes this test worth while
    run = read(path)
    np.testing.assert_array_equal(run.series["loss"].value, losses)
    np.testing.assert_array_equal(run.series["grad_norm"].value, [2 * loss for loss in losses])
    np.testing.assert_array_equal(run.series["validation/loss"].value, [np.float32(3.1), np.nan, np.nan])


def test_a_row_of_another_kind_says_nothing_of_the_loss(tmp_path: Path) -> None:
    run = read(saved(tmp_path, [*trial([2.0] * 11), {"global_step": 30, "learning_rate": 0.1}]))
    assert run.series["loss"].step.tolist() == list(range(11))


def test_a_trial_that_was_preempted(tmp_path: Path) -> None:
    run = read(saved(tmp_path, [*trial([3.0] * 20), *trial([1.0] * 20, first=15)]))
    assert run.series["loss"].step.tolist() == list(range(35))
    assert run.series["loss"].value[14:16].tolist() == [3.0, 1.0]
    assert [note.step for note in run.notes if note.code == "restart"] == [15]


def test_the_files_of_a_trial_are_one_run(tmp_path: Path) -> None:
    rows = trial([3.0, 2.0, 1.0] * 8)
    saved(tmp_path / "a", rows)
    saved(tmp_path / "a", [row for row in rows if "total_duration" in row], "eval_measurements.csv")
    (tmp_path / "a/hparams.json").write_text(json.dumps({"learning_rate": 0.25}))
    saved(tmp_path / "b", [row for row in rows if "total_duration" in row], "eval_measurements.csv")
    first, second = lrdoctor.read(tmp_path)
    assert (first.name, set(first.series) >= {"loss", "train/loss"}) == ("a", True)
    assert first.hparams["learning_rate"] == 0.25
    assert (second.name, "loss" in second.series) == ("b", False)


@pytest.mark.parametrize(
    "losses", [[3 / (1 + 0.1 * i) for i in range(120)], [3.0] * 30 + [math.nan] * 90, [math.nan] * 30]
)
def test_the_event_file_gives_the_same(tmp_path: Path, losses: list[float]) -> None:
    rows = trial([loss * (1 + 0.01 * math.sin(9 * i)) for i, loss in enumerate(losses)])
    (tmp_path / "hparams.json").write_text(json.dumps({"learning_rate": 0.01}))
    table = saved(tmp_path, rows)
    events = [
        scalar(tag, int(row["global_step"]), value, 10.0 * place)
        for place, row in enumerate(rows)
        for tag, value in row.items()
    ]
    assert_same(table, write(tmp_path / "events.out.tfevents.1.host.1.0.v2", events))


def assert_same(table: Path, event_file: Path) -> None:
    """Both files, each alone, give one diagnosis, down to the last digit."""
    (one,), (other,) = lrdoctor.read(table), lrdoctor.read(event_file)
    assert one.source.format == READER.name
    assert other.source.format == "tensorboard"
    assert dict(one.hparams) == dict(other.hparams)
    assert set(other.series) - set(one.series) == {"global_step"}  # here it is the step
    for tag, points in one.series.items():
        np.testing.assert_array_equal(points.step, other.series[tag].step)
        np.testing.assert_array_equal(points.value, other.series[tag].value)
    assert assign_roles(one) == assign_roles(other)
    a, b = lrdoctor.diagnose(one), lrdoctor.diagnose(other)
    assert (a.verdict, a.suggested_lr, a.factor, a.interval) == (b.verdict, b.suggested_lr, b.factor, b.interval)
    assert a.probabilities == b.probabilities
    assert [finding.code for finding in a.findings] == [finding.code for finding in b.findings]


def test_real_pairs(real_logs: Path) -> None:
    """The same trial as a table and as an event file, from the benchmark's own archive."""
    folders = sorted(path for path in (real_logs / "algoperf_pairs").iterdir() if path.is_dir())
    assert len(folders) >= 5
    for folder in folders:
        assert_same(folder / "measurements.csv", next(folder.glob("events*")))


def test_a_real_trial(real_logs: Path) -> None:
    (run,) = lrdoctor.read(real_logs / "algoperf/amos_criteo_t1")
    assert len(run.series["loss"]) == 100
    assert len(run.series["train/loss"]) == 64
    assert run.series["train/loss"].step[-1] == 10_172
    with (real_logs / "algoperf/amos_criteo_t1/measurements.csv").open() as file:
        written = [float(row["loss"]) for row in csv.DictReader(file) if row["loss"]]
    np.testing.assert_allclose(run.series["loss"].value, written, rtol=1e-7)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    known = [path for path in real_logs.rglob("*") if path.is_file() and READER.recognise(look(path))]
    assert {path.name for path in known} == {"measurements.csv", "eval_measurements.csv"}


def test_a_torn_tail(tmp_path: Path) -> None:
    path = saved(tmp_path, trial([3.0, 2.0, 1.0] * 5))
    path.write_text(path.read_text() + "16,1.")
    run = read(path)
    assert "torn-tail" in [note.code for note in run.notes]
    assert run.series["loss"].step[-1] == 14


def test_damage(tmp_path: Path) -> None:
    good = saved(tmp_path, trial([3.0, math.nan] * 6)).read_bytes()
    assert_survives(READER, tmp_path / "measurements.csv", good)
