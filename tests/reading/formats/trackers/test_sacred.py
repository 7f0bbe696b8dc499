"""Sacred's metrics.json: steps, times, values, settings beside it, damage and look-alikes."""

import json
import math
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.sacred import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAME = "metrics.json"
STAMP = "2026-12-01T13:43:{:02d}.500000"


def metric(values: list[object], every: int = 10) -> dict[str, object]:
    count = range(len(values))
    return {
        "steps": [every * n for n in count],
        "timestamps": [STAMP.format(n % 60) for n in count],
        "values": values,
    }


def saved(metrics: dict[str, object]) -> str:
    """As the observer writes it."""
    return json.dumps(metrics, sort_keys=True, indent=2)


LOSSES: list[object] = [4 / (1 + n) for n in range(50)]
LOG = saved({"training.loss": metric(LOSSES), "validation.loss": metric([3.0, 2.0, 1.0], 100)})
CASES = [
    ("Sacred's", LOG, True),
    ("steps longer than a head", saved({"a": metric([0.5] * 20_000), "loss": metric([0.5] * 9)}), True),
    ("nothing logged", "{}", False),
    ("a history", '{"loss": [3, 2, 1], "steps": [0, 1, 2]}', False),
    ("curves of another", '{"loss": {"steps": [0, 1], "values": [3, 2]}}', False),
    ("final scores", '{"loss": 0.5}', False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_a_metric_with_its_times(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, NAME)) is known


def test_numbered_folders_are_runs(tmp_path: Path) -> None:
    for number, rate in (("1", 0.001), ("2", 0.01)):
        written(tmp_path, LOG, f"toy/{number}/{NAME}")
        written(tmp_path, json.dumps({"lr": rate, "batch_size": 32, "seed": 7}), f"toy/{number}/config.json")
        written(tmp_path, json.dumps({"result": 0.5, "status": "COMPLETED"}), f"toy/{number}/run.json")
        written(tmp_path, "Epoch 1 done\n", f"toy/{number}/cout.txt")
    runs = lrdoctor.read(tmp_path)
    assert [run.name for run in runs] == ["toy/1", "toy/2"]
    assert [lrdoctor.diagnose(run).lr for run in runs] == [0.001, 0.01]


def test_every_value_at_its_step_and_time(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, LOG, NAME))
    assert points(run, "training.loss") == [(10 * n, 4 / (1 + n)) for n in range(50)]
    assert points(run, "validation.loss") == [(0, 3), (100, 2), (200, 1)]
    times = run.series["training.loss"].wall_time
    assert times is not None
    assert (times[1] - times[0], times[0] % 60) == (1, 0.5)


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    odd: list[object] = [1.0, math.nan, math.inf, None, {"py/reduce": [{"py/type": "numpy.float64"}]}, 2.0]
    run = read_one(READER, written(tmp_path, saved({"loss": metric(odd)}), NAME))
    assert [str(value) for _, value in points(run, "loss")] == ["1.0", "nan", "inf", "2.0"]
    assert codes(run) == ["skipped"]


def test_times_that_are_none(tmp_path: Path) -> None:
    text = LOG.replace(STAMP.format(3), "yesterday")
    run = read_one(READER, written(tmp_path, text, NAME))
    assert len(run.series["training.loss"]) == 50
    assert run.series["training.loss"].wall_time is None


@pytest.mark.parametrize(
    ("text", "why"), [(LOG[:-9], "broken or torn"), (saved({"a": metric([])}), "without a number")]
)
def test_what_holds_no_curve_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read_one(READER, written(tmp_path, text, NAME))


def test_damaged_logs_are_read_or_refused(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, LOG, NAME) >= 3
