"""W&B charts as CSV: several runs in one file, each with its own points."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.wandb.chart import READER
from lrdoctor.reading.formats.wandb.chart_header import plots
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import codes

Cells = Sequence[float | str | None]


def chart(axis: str, x: Cells, columns: Mapping[str, Cells], *, bounds: bool = True) -> str:
    """As W&B writes it: every cell quoted, empty where a run has no point, each column with its `__MIN` and `__MAX`."""
    header, body = [axis], [list(x)]
    for name, values in columns.items():
        siblings = [name + end for end in ("__MIN", "__MAX")]
        bare = bounds and not name.endswith(("__MIN", "__MAX")) and siblings[0] not in columns
        header += [name, *siblings] if bare else [name]
        body += [list(values)] * (3 if bare else 1)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([header, *(["" if cell is None else cell for cell in row] for row in zip(*body, strict=True))])
    return text.getvalue()


def saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wandb_export_2026-05-01T10_00_00.000+02_00.csv"
    path.write_text(text)
    return path


def read(path: Path) -> dict[str, Run]:
    runs = READER.read(Source(path, (path,), READER.name, "test"))
    assert len({run.name for run in runs}) == len(runs)
    return {run.name: run for run in runs}


def is_known(path: Path) -> bool:
    return READER.recognise(look(path)) is not None


NAMES: list[tuple[str, list[str], list[tuple[str, str]]]] = [
    ("plain", ["a - loss", "b - loss"], [("a", "loss"), ("b", "loss")]),
    ("a slash in both", ["x/y - train/loss"], [("x/y", "train/loss")]),
    ("a dash in the run", ["bert - lr 3 - train/loss"], [("bert - lr 3", "train/loss")]),
    ("dashes in some runs", ["a - 1 - loss", "a - 2 - loss", "b - loss"],
     [("a - 1", "loss"), ("a - 2", "loss"), ("b", "loss")]),
    ("dashes in the runs of a strange metric", ["a - 1 - foo", "a - 2 - foo"], [("a - 1", "foo"), ("a - 2", "foo")]),
    ("dashes in the runs of two metrics", ["a - 1 - loss", "a - 1 - acc", "a - 2 - loss", "a - 2 - acc"],
     [("a - 1", "loss"), ("a - 1", "acc"), ("a - 2", "loss"), ("a - 2", "acc")]),
    ("a dash in the metrics", ["a - top - one", "a - rank - two"], [("a", "top - one"), ("a", "rank - two")]),
    ("nothing to go by", ["a - x - y"], [("a - x", "y")]),
    ("a word before the metric", ["a - b - train/loss_step"], [("a - b", "train/loss_step")]),
    ("phase and loss", ["a - train - loss", "a - val - loss"], [("a", "train - loss"), ("a", "val - loss")]),
    ("a run called train", ["train - loss", "b - loss"], [("train", "loss"), ("b", "loss")]),
    ("siblings", ["a - loss", "a - loss__MIN", "a - loss__MAX"], [("a", "loss")]),
    ("a metric that only looks like a sibling", ["a - x__MIN"], [("a", "x__MIN")]),
    ("a group", ["Group: lr - 0.1 - loss"], [("Group: lr - 0.1", "loss")]),
    ("W&B's own", ["a - b - _step", "a - b - loss"], [("a - b", "_step"), ("a - b", "loss")]),
]  # fmt: skip


@pytest.mark.parametrize(("header", "expected"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_names_are_split_into_run_and_metric(header: list[str], expected: list[tuple[str, str]]) -> None:
    assert [(plot.run, plot.metric) for plot in plots(["Step", *header])] == expected


def test_an_endless_name_is_split_in_no_time() -> None:
    (plot,) = plots(["Step", "a - " * 200_000 + "loss"])
    assert plot.metric == "loss"


def test_each_run_has_its_own_points(tmp_path: Path) -> None:
    text = chart("Step", [0, 1, 2, 5], {"a - loss": [3, 2, None, 1], "b - loss": [None, None, "NaN", "Infinity"]})
    runs = read(saved(tmp_path, text))
    assert list(runs) == ["a", "b"]
    assert (runs["a"].step_axis, runs["a"].notes) == ("_step", ())
    assert runs["a"].series["loss"].step.tolist() == [0, 1, 5]
    assert runs["a"].series["loss"].value.tolist() == [3, 2, 1]
    np.testing.assert_array_equal(runs["b"].series["loss"].value, [np.nan, np.inf])
    assert list(runs["b"].series) == ["loss"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.floats(width=32)), min_size=5, max_size=5), min_size=1, max_size=4))
def test_what_was_drawn_comes_back(tmp_path_factory: pytest.TempPathFactory, curves: list[list[float | None]]) -> None:
    text = chart("Step", range(5), {f"run - {i} - loss": curve for i, curve in enumerate(curves)})
    path = saved(tmp_path_factory.mktemp("chart"), text)
    assert is_known(path)
    drawn = {f"run - {i}": curve for i, curve in enumerate(curves) if any(value is not None for value in curve)}
    if not drawn:
        with pytest.raises(UnreadableError):
            read(path)
        return
    runs = read(path)
    assert list(runs) == list(drawn)
    for name, curve in drawn.items():
        found = runs[name].series["loss"]
        np.testing.assert_array_equal(found.value, [value for value in curve if value is not None])
        assert found.step.tolist() == [i for i, value in enumerate(curve) if value is not None]


def test_several_metrics_of_a_run_are_one_run(tmp_path: Path) -> None:
    text = chart(
        "epoch", [1, 2], {"a - loss": [2, 1], "a - lr": [0.1, 0.01], "b - loss": [4, 3], "b - lr": [0.2, None]}
    )
    runs = read(saved(tmp_path, text))
    assert [sorted(run.series) for run in runs.values()] == [["loss", "lr"], ["loss", "lr"]]
    assert runs["b"].series["lr"].step.tolist() == [1]
    assert runs["a"].step_axis == "epoch"


def test_two_runs_of_one_name_stay_two(tmp_path: Path) -> None:
    lines = chart("Step", [0, 1], {"a - loss": [1, 2], "b - loss": [3, 4]}).replace("b - ", "a - ")
    runs = read(saved(tmp_path, lines))
    assert {name: run.series["loss"].value.tolist() for name, run in runs.items()} == {"a": [1, 2], "a (2)": [3, 4]}


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [([1, 2, 3], [1, 2, 3], []), ([1, 1, 3], [1, 3, 3], ["aggregated"]), ([None] * 3, [None] * 3, []),
     (["NaN", 2, 3], ["NaN", 2, 3], [])],
)  # fmt: skip
def test_values_between_their_bounds_are_aggregates(
    tmp_path: Path, low: list[float], high: list[float], expected: list[str]
) -> None:
    columns: dict[str, Cells] = {"Group: x - loss": [1, 2, 3]}
    text = chart("Step", [0, 1, 2], columns | {"Group: x - loss__MIN": low, "Group: x - loss__MAX": high})
    (run,) = read(saved(tmp_path, text)).values()
    assert codes(run) == expected
    assert list(run.series) == ["loss"]


def every(count: int, gap: int = 1) -> list[int]:
    return [gap * i for i in range(count)]


SAMPLED = [
    ("every call", every(400), False),
    ("every tenth call", every(400, 10), False),
    ("all of 500 calls", every(500), False),
    ("500 points, ten apart", every(500, 10), True),
    ("1,500 points, two apart", every(1500, 2), True),
    ("a tenth left out", [i for i in every(1300) if i % 10 != 3], True),
    ("few points, uneven", [i * i for i in range(100)], False),
    ("one step left out", [i for i in every(600) if i != 77], False),
]


@pytest.mark.parametrize(("steps", "expected"), [case[1:] for case in SAMPLED], ids=[case[0] for case in SAMPLED])
def test_a_sample_shows_in_its_steps(tmp_path: Path, steps: list[int], expected: bool) -> None:
    (run,) = read(saved(tmp_path, chart("Step", steps, {"a - loss": [1 / (i + 1) for i in steps]}))).values()
    assert codes(run) == (["sampled"] if expected else [])


AXES = [
    ("Step", [0, 1, 2], "_step", [0, 1, 2], None),
    ("train/global_step", [0, 50, 100], "train/global_step", [0, 50, 100], None),
    ("trainer/tokens", [0, 50, 100], "trainer/tokens", [0, 50, 100], None),
    ("Relative Time (Process)", [0.5, 2.5, 4], "seconds", [0.5, 2.5, 4], None),
    ("Wall Time", [1.7e9, 1.7e9 + 1, 1.7e9 + 3], "seconds", [0, 1, 3], [1.7e9, 1.7e9 + 1, 1.7e9 + 3]),
    ("Wall Time", [1.7e12, 1.7e12 + 1000, 1.7e12 + 3000], "seconds", [0, 1, 3], [1.7e9, 1.7e9 + 1, 1.7e9 + 3]),
]


@pytest.mark.parametrize(("axis", "x", "name", "steps", "times"), AXES)
def test_every_x_axis(
    tmp_path: Path, axis: str, x: list[float], name: str, steps: list[float], times: list[float] | None
) -> None:
    path = saved(tmp_path, chart(axis, x, {"a - loss": [3, 2, 1]}))
    assert is_known(path)
    run = read(path)["a"]
    found = run.series["loss"]
    assert run.step_axis == name
    assert found.step.tolist() == steps
    assert (None if found.wall_time is None else found.wall_time.tolist()) == times


def test_the_log_call_tells_points_of_one_epoch_apart(tmp_path: Path) -> None:
    columns: dict[str, Cells] = {"a - _step": [0, 1, 2, 3, 4, 5], "a - loss": [6, 5, 4, 3, 2, 1]}
    run = read(saved(tmp_path, chart("epoch", [0, 0, 0, 1, 1, 1], columns)))["a"]
    assert (run.step_axis, run.series["loss"].step.tolist()) == ("_step", [0, 1, 2, 3, 4, 5])
    run = read(saved(tmp_path, chart("epoch", [0, 1, 2, 3, 4, 5], columns)))["a"]
    assert (run.step_axis, list(run.series)) == ("epoch", ["loss"])
    run = read(saved(tmp_path, chart("epoch", [0, 0, 0, 1, 1, 1], {"a - loss": columns["a - loss"]})))["a"]
    assert (run.step_axis, codes(run)) == ("epoch", ["one-step-many-values"])


def test_timestamps_in_the_chart_are_wall_times(tmp_path: Path) -> None:
    text = chart("Step", [0, 1], {"a - _timestamp": [1.7e9, 1.7e9 + 5], "a - loss": [2, 1]})
    times = read(saved(tmp_path, text))["a"].series["loss"].wall_time
    assert times is not None
    assert times.tolist() == [1.7e9, 1.7e9 + 5]


def test_a_run_named_after_a_home_directory_or_a_mail_address(tmp_path: Path) -> None:
    text = chart("Step", [0], {"/home/ada/out/bert - loss": [1], "ada@example.org 2 - loss": [2]})
    assert list(read(saved(tmp_path, text))) == ["bert", "... 2"]


KNOWN = [
    ("as exported", chart("Step", [0], {"a - loss": [1]}), True),
    ("without bounds", chart("Step", [0, 1], {"a - loss": [1, 2]}, bounds=False), True),
    ("saved again by pandas", ",Step,a - loss\n0,0,1.5\n1,1,1.25\n", True),
    ("an x axis of the user's own, with bounds", chart("images seen", [0], {"a - loss": [1]}), True),
    ("an x axis of the user's own, without", chart("images seen", [0], {"a - loss": [1]}, bounds=False), False),
    ("a metric without a run", "epoch,train - loss,val - loss\n0,1,2\n", False),
    ("a plain table", "step,loss\n0,1\n", False),
    ("one column with a dash", "step,loss,val - loss\n0,1,2\n", False),
    ("JSON", '{"_step": 0, "a - loss": 1}\n', False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in KNOWN], ids=[case[0] for case in KNOWN])
def test_recognised_by_the_header(tmp_path: Path, text: str, known: bool) -> None:
    assert is_known(saved(tmp_path, text)) is known


def test_an_index_column_is_passed_over(tmp_path: Path) -> None:
    run = read(saved(tmp_path, ",Step,a - loss\n0,10,1.5\n1,20,1.25\n"))["a"]
    assert run.series["loss"].step.tolist() == [10, 20]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (chart("Step", [0, 1], {"a - loss": [None, None]}), "without a single point"),
        (chart("Wall Time", ["May 1", "May 2"], {"a - loss": [2, 1]}), "holds no numbers: export it with Step"),
    ],
)
def test_charts_that_cannot_be_read(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(saved(tmp_path, text))


REAL = [
    # file, runs, first name, metric, points of the first run, whether sampled
    ("druidowm/wandb_export.csv", 8, "gpt2_last_char_to_char1729642919.4054031", "train/loss", 51, False),
    ("evergreentree/cifar10.csv", 2, "colu", "train/loss", 500, True),
    ("evergreentree/wandb_export.csv", 2, "oxford_flowers102-colu-conv2d", "train/loss", 1170, True),
    ("khawar_nominmax/val_loss.csv", 4, "Res50+DiffuseMix", "Valid/Loss", 150, False),
]


@pytest.mark.parametrize(("file", "count", "name", "metric", "points", "sampled"), REAL, ids=[case[0] for case in REAL])
def test_real_charts(
    real_logs: Path, file: str, count: int, name: str, metric: str, points: int, sampled: bool
) -> None:
    path = real_logs / "wandb_chart" / file
    assert is_known(path)
    runs = read(path)
    assert len(runs) == count
    assert next(iter(runs)) == name
    assert all(list(run.series) == [metric] for run in runs.values())
    assert len(runs[name].series[metric]) == points
    assert all(codes(run) == (["sampled"] if sampled else []) for run in runs.values())


def test_runs_of_a_real_chart_end_where_they_end(real_logs: Path) -> None:
    runs = read(real_logs / "wandb_chart/druidowm/wandb_export.csv")
    lengths = [len(run.series["train/loss"]) for run in runs.values()]
    assert lengths == [51, 57, 166, 150, 128, 386, 118, 128]
    assert runs["gpt2"].series["train/loss"].value[0] == 10.95404052734375


def test_no_other_real_log_is_taken_for_a_chart(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "wandb_chart" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if is_known(path)] == []
