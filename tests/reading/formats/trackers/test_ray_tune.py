"""Ray Tune: the files of a trial are one run, and a folder of trials is a sweep."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.ray_tune import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.damaged_logs import assert_survives
from tests.reading.formats.line_logs import knows, written

Row = dict[str, object]


def row(iteration: int, **values: object) -> Row:
    ray: Row = {"training_iteration": iteration, "trial_id": "b2350_00001", "time_total_s": 0.5 * iteration, "pid": 7}
    ray |= {"timestamp": 1795438771 + iteration, "done": False, "hostname": "secret", "node_ip": "192.0.2.2"}
    return {**values, **ray, "config": {"lr": 0.1, "model": {"width": 8}}}


def lines(rows: list[Row]) -> str:
    return "".join(json.dumps(one) + "\n" for one in rows)


def trial(folder: Path, rows: list[Row], *, result: bool = True, progress: bool = True) -> Path:
    folder.mkdir(parents=True)
    if result:
        (folder / "result.json").write_text(lines(rows))
    if progress:
        with (folder / "progress.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, [key for key in rows[0] if key != "config"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "params.json").write_text(json.dumps(rows[0]["config"]))
    return folder


def read(path: Path) -> Run:
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    return run


def saved(tmp_path: Path, rows: list[Row]) -> Path:
    path = tmp_path / "result.json"
    path.write_text(lines(rows))
    return path


FALLING = [row(i, loss=3 / i) for i in range(1, 30)]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (lines(FALLING), True),
        ("loss,training_iteration,trial_id,time_total_s\n3,1,a,0.5\n2,2,a,0.5\n", True),
        (json.dumps({"iteration": 19, "total_loss": 1.5, "lr": 0.1}) + "\n", False),
        (json.dumps({"training_iteration": 1, "loss": 1}) + "\n", False),
        (json.dumps([FALLING[0]]), False),
        (json.dumps({"config": {"lr": 0.1}, "loss": [1, 2, 3]}), False),
        ("trial_id,lr,loss\na,0.1,2\nb,0.2,3\n", False),
        ("", False),
    ],
)
def test_recognised_by_what_ray_adds(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "result.json")) is known


@pytest.mark.parametrize(("result", "progress"), [(True, True), (True, False), (False, True)])
def test_a_trial_is_one_run(tmp_path: Path, result: bool, progress: bool) -> None:
    folder = trial(tmp_path / "train_fn_b2350_00001_1_lr=0.1000", FALLING, result=result, progress=progress)
    (run,) = lrdoctor.read(folder)
    assert run.source.format == READER.name
    assert run.name == folder.name
    assert run.step_axis == "training_iteration"
    assert set(run.series) == {"loss"}
    assert run.series["loss"].step.tolist() == list(range(1, 30))
    assert dict(run.hparams) == {"lr": 0.1, "model/width": 8}
    assert "secret" not in repr(run.notes) + repr(dict(run.hparams))


def test_the_table_serves_where_the_lines_cannot_be_read(tmp_path: Path) -> None:
    folder = trial(tmp_path / "a", FALLING)
    files = (folder / "progress.csv", folder / "result.json")
    files[1].write_text("{broken\n")
    (run,) = READER.read(Source(folder, files, READER.name, "test"))
    assert len(run.series["loss"]) == 29


def test_trials_are_a_sweep(tmp_path: Path) -> None:
    for number, lr in enumerate((0.001, 0.01, 0.1)):
        rows = [{**row(i, loss=3 - lr * i), "config": {"lr": lr}} for i in range(1, 30)]
        trial(tmp_path / f"trial_{number}", rows)
    runs = lrdoctor.read(tmp_path)
    assert [learning_rate(run, assign_roles(run))[0] for run in runs] == [0.001, 0.01, 0.1]


def test_nested_values_keep_their_path(tmp_path: Path) -> None:
    learner = {"default_policy": {"learner_stats": {"cur_lr": 5e-5, "total_loss": 1.5, "allreduce_latency": 0.0}}}
    rows = [row(i, info={"learner": learner}, hist_stats={"r": [1, 2]}, episode_reward_mean=1.0) for i in range(1, 12)]
    run = read(saved(tmp_path, rows))
    path = "info/learner/default_policy/learner_stats"
    assert set(run.series) == {
        f"{path}/cur_lr",
        f"{path}/total_loss",
        f"{path}/allreduce_latency",
        "episode_reward_mean",
    }
    assert assign_roles(run).loss == f"{path}/total_loss"


def test_the_users_own_steps_are_taken_where_they_rise(tmp_path: Path) -> None:
    run = read(saved(tmp_path, [row(i, loss=3 / i, step=50 * i) for i in range(1, 5)]))
    assert (run.step_axis, set(run.series)) == ("step", {"loss"})
    assert run.series["loss"].step.tolist() == [50, 100, 150, 200]
    run = read(saved(tmp_path, [row(i, loss=3 / i, step=i % 2) for i in range(1, 5)]))
    assert (run.step_axis, set(run.series)) == ("training_iteration", {"loss", "step"})


def test_population_based_training_changes_the_lr(tmp_path: Path) -> None:
    rows = [{**row(i, loss=3 / i), "config": {"lr": 0.1 if i < 3 else 0.2}} for i in range(1, 6)]
    run = read(saved(tmp_path, rows))
    assert run.series["config/lr"].value.tolist() == [0.1, 0.1, 0.2, 0.2, 0.2]
    assert assign_roles(run).lr == "config/lr"


def test_a_restored_trial_nan_and_a_torn_tail(tmp_path: Path) -> None:
    rows = [row(i, loss=3.0) for i in (1, 2, 3)] + [row(i, loss=float("nan")) for i in (2, 3, 4)]
    path = saved(tmp_path, rows)
    path.write_text(path.read_text() + '{"loss": 1')
    run = read(path)
    assert run.series["loss"].step.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(run.series["loss"].value, [3, np.nan, np.nan, np.nan])
    assert {note.code for note in run.notes} == {"restart", "torn-tail"}


def test_a_trial_without_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"report the loss"):
        read(saved(tmp_path, [row(i) for i in (1, 2, 3)]))


def test_damage(tmp_path: Path) -> None:
    assert_survives(READER, tmp_path / "result.json", lines(FALLING).encode())
    table = trial(tmp_path / "a", FALLING) / "progress.csv"
    assert_survives(READER, table, table.read_bytes())


def test_logs_by_their_own_writer(real_logs: Path) -> None:
    runs = lrdoctor.read(real_logs / "generated/ray")
    assert [run.source.format for run in runs] == [READER.name] * 2
    assert [len(run.series["loss"]) for run in runs] == [20, 20]
    assert [learning_rate(run, assign_roles(run))[0] for run in runs] == [0.001, 0.1]
    # The table alone says the same.
    (alone,) = lrdoctor.read(real_logs / "generated/ray/lr=0.1000/progress.csv")
    np.testing.assert_allclose(alone.series["loss"].value, runs[1].series["loss"].value)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    known = [path for path in real_logs.rglob("*") if path.is_file() and READER.recognise(look(path))]
    assert len(known) == 4
    assert all("ray" in path.parts for path in known)
