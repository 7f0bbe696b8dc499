"""Names of runs: short, never a person's, and different."""

from pathlib import Path

import numpy as np
import pytest

from lrdoctor.reading.parsing.run_names import run_name, unique_names
from lrdoctor.records.run import Run, Series, Source


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/data/exp/lr=0.1", "lr=0.1"),
        ("/data/exp/lr0.1.csv", "lr0.1"),
        ("/data/exp/metrics.csv", "exp"),
        ("/data/exp/lightning_logs/version_3/metrics.csv", "exp/version_3"),
        ("/data/multirun/3/csv/version_0/metrics.csv", "3/version_0"),
        ("/data/exp/train", "exp"),
        ("/data/exp/logs/events.out.tfevents.1.host", "exp"),
        ("/home/ada/metrics.csv", "metrics"),
        ("/home/ada/logs", "logs"),
        ("/Users/ada/project/log.txt", "project"),
        ("/metrics.csv", "metrics"),
        ("/data/bert/trainer_state.json", "bert"),
        ("/data/cnn/trainHistoryDict", "cnn"),
        ("/data/cnn/history.pkl", "cnn"),
        ("/data/exp/val/../train", "exp"),
    ],
)
def test_a_generic_name_gives_way_to_the_folders(path: str, name: str) -> None:
    assert run_name(Path(path)) == name


def test_a_relative_path_is_named_after_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exp7").mkdir()
    monkeypatch.chdir(tmp_path / "exp7")
    assert run_name(Path("metrics.csv")) == run_name(Path()) == "exp7"


def a_run(name: str, path: str, kind: str = "table") -> Run:
    return Run(name, {"loss": Series(np.zeros(1), np.ones(1))}, Source(Path(path), (Path(path),), kind, "test"))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([a_run("a", "/r/s/a.csv"), a_run("b", "/r/s/b.csv")], ["a", "b"]),
        ([a_run("v0", "/r/s/x/v0/metrics.csv"), a_run("v0", "/r/s/y/v0/metrics.csv")], ["x/v0", "y/v0"]),
        ([a_run("v0", "/r/s/x/logs/v0"), a_run("v0", "/r/s/y/logs/v0")], ["x/logs/v0", "y/logs/v0"]),
        ([a_run("lr=1", "/r/s/loss.csv"), a_run("lr=1", "/r/s/other.csv")], ["loss/lr=1", "other/lr=1"]),
        ([a_run("v0", "/r/s/v0"), a_run("v0", "/r/s/v0/metrics.csv", "csv")], ["v0 (table)", "v0 (csv)"]),
        ([a_run("v0", "/r/s/v0/a.csv"), a_run("v0", "/r/s/v0/b.csv")], ["v0 (table)", "v0 (table) #2"]),
        ([a_run("a", "/r/s/x/a"), a_run("a", "/r/s/y/a"), a_run("x/a", "/r/s/x/a")], ["x/a", "y/a", "x/a #2"]),
    ],
)
def test_names_differ(runs: list[Run], expected: list[str]) -> None:
    assert [run.name for run in unique_names(runs)] == expected
