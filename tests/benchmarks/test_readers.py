"""The reading benchmark: logs that hold what they should, costs of processes of their own."""

import csv
import sys
from pathlib import Path

import pytest

from benchmarks import readers
from benchmarks.readers import Cost, cost, cost_here, cost_of_command, in_turn, numbers, write_keras, write_lightning
from lrdoctor.reading.formats.tensorboard.event_file import read_event_file
from lrdoctor.reading.parsing.table_columns import read_table
from tests.reading.formats.tensorboard.test_event_file import as_tensorboard_reads


@pytest.mark.parametrize("write", [readers.write_torch, readers.write_tf2])
def test_both_read_the_same_scalars(write: object, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path / "run", 80)
    [path] = (tmp_path / "run").iterdir()
    ours = {tag: points.value.tolist() for tag, points in read_event_file(path).series.items()}
    assert ours == {tag: [value for _, _, value in points] for tag, points in as_tensorboard_reads(path).items()}
    assert sum(map(len, ours.values())) == len(list(numbers(80))) == 80


@pytest.mark.parametrize("write", [write_lightning, write_keras])
def test_tables_are_as_long_as_said(write: object, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path, 2)
    paths = sorted(tmp_path.rglob("*.csv"))
    assert len(paths) == 2
    for path in paths:
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        table = read_table(path)
        assert (len(table), len(table.columns)) == (len(rows) - 1, 6) == (readers.ROWS, 6)


def test_a_process_says_what_it_cost(tmp_path: Path) -> None:
    write_keras(tmp_path, 1)
    [path] = tmp_path.rglob("*.csv")
    assert cost("lrdoctor, cells", path, tmp_path).seconds > 0
    assert cost_here("lrdoctor, runs", path, tmp_path).seconds > 0
    assert cost_of_command(sys.executable, "-c", "sum(range(10**6))").seconds > 0


def test_what_is_compared_takes_turns() -> None:
    asked: list[str] = []

    def measure(name: str) -> Cost:
        asked.append(name)
        return Cost(float(len(asked)))

    first, second = in_turn(2, lambda: measure("a"), lambda: measure("b"))
    assert asked == ["a", "b", "a", "b"]
    assert ([one.seconds for one in first], [one.seconds for one in second]) == ([1, 3], [2, 4])


def test_logs_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "HERE", tmp_path)
    written: list[int] = []

    def write(folder: Path, count: int) -> None:
        folder.mkdir()
        written.append(count)

    assert readers.made("some", write, 3) == readers.made("some", write, 3) == tmp_path / "some-3"
    assert written == [3]
