"""TensorBoard's downloads: tags from file names, parts of one run together, samples recognised."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.tensorboard import downloads
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles

HEADER = "Wall time,Step,Value\n"


def csv_of(rows: int) -> str:
    return HEADER + "".join(f"{1.6e9 + i},{i},{2.0 - i / 100}\n" for i in range(rows))


def written(folder: Path, text: str, name: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read_all(*paths: Path) -> list[Run]:
    for path in paths:
        assert downloads.recognise(look(path)) is not None
    return downloads.read(Source(paths[0], paths, downloads.NAME, "made by a test"))


def read_one(*paths: Path) -> Run:
    (run,) = read_all(*paths)
    return run


@pytest.mark.parametrize(
    ("name", "run", "tag"),
    [
        ("run-mnist-tag-Loss_train.csv", "mnist", "Loss_train"),
        ("run-mnist-tag-Loss_train (1).csv", "mnist", "Loss_train"),
        ("run-mnist-tag-Loss_train(12).csv", "mnist", "Loss_train"),
        ("mnist-tag-loss.csv", "mnist", "loss"),
        ("run-a-tag-b-tag-loss.csv", "a-tag-b", "loss"),
        ("run-mnist_train-tag-epoch_loss.csv", "mnist", "train/epoch_loss"),
        ("run-mnist_validation-tag-epoch_loss.csv", "mnist", "validation/epoch_loss"),
        ("run-train-tag-epoch_loss.csv", "folder", "train/epoch_loss"),
        ("run-.-tag-epoch_loss.csv", "folder", "epoch_loss"),
        ("my train loss.csv", "folder", "my train loss"),
    ],
)
def test_names(tmp_path: Path, name: str, run: str, tag: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    read = read_one(written(folder, csv_of(3), name))
    assert (read.name, list(read.series)) == (run, [tag])
    assert read.step_axis == ("epoch" if "epoch_" in tag else "step")


def test_csv_points(tmp_path: Path) -> None:
    series = read_one(written(tmp_path, HEADER + "1.5,0,2\n2.5,10,nan\n3.5,20,inf\n", "run-a-tag-loss.csv")).series[
        "loss"
    ]
    assert series.step.tolist() == [0, 10, 20]
    assert math.isnan(series.value[1])
    assert series.value[2] == math.inf
    assert series.wall_time is not None
    assert series.wall_time.tolist() == [1.5, 2.5, 3.5]


def test_json_points(tmp_path: Path) -> None:
    text = '[[1.5, 0, 2.0], [2.5, 10, "NaN"], [3.5, 20, "Infinity"], [4.5, 30, "-Infinity"]]'
    series = read_one(written(tmp_path, text, "run-a-tag-loss.json")).series["loss"]
    assert series.step.tolist() == [0, 10, 20, 30]
    assert math.isnan(series.value[1])
    assert series.value[2:].tolist() == [math.inf, -math.inf]


def test_a_stripped_header_needs_a_telling_name(tmp_path: Path) -> None:
    text = "Step,Value\n0,2\n1,1\n"
    run = read_one(written(tmp_path, text, "run-a-tag-loss.csv"))
    assert run.series["loss"].wall_time is None
    assert downloads.recognise(look(written(tmp_path, text, "table.csv"))) is None


def test_the_parts_of_a_run_become_one(tmp_path: Path) -> None:
    names = ("run-m_train-tag-epoch_loss.csv", "run-m_validation-tag-epoch_loss.csv", "run-m_train-tag-epoch_lr.csv")
    run = read_one(*(written(tmp_path, csv_of(5), name) for name in names))
    roles = assign_roles(run)
    assert run.name == "m"
    assert (roles.loss, roles.val_loss, roles.lr) == ("train/epoch_loss", "validation/epoch_loss", "train/epoch_lr")


def test_several_runs_stay_apart(tmp_path: Path) -> None:
    runs = read_all(*(written(tmp_path, csv_of(3), f"run-{name}-tag-loss.csv") for name in "ab"))
    assert [run.name for run in runs] == ["a", "b"]


def test_of_two_downloads_the_longer_is_read(tmp_path: Path) -> None:
    early, late = csv_of(5), csv_of(9)
    names = ("run-a-tag-loss.csv", "run-a-tag-loss (1).csv")
    run = read_one(*(written(tmp_path, text, name) for text, name in zip((late, early), names, strict=True)))
    assert len(run.series["loss"]) == 9
    assert [note.code for note in run.notes] == ["skipped"]


@pytest.mark.parametrize(("rows", "every", "sampled"), [(1000, 1, False), (1000, 0, True), (999, 0, False)])
def test_a_full_download_is_a_sample(tmp_path: Path, rows: int, every: int, sampled: bool) -> None:
    rng = np.random.default_rng(0)
    steps = np.arange(rows) if every else np.sort(rng.choice(5000, rows, replace=False))
    path = written(tmp_path, json.dumps([[1.6e9, int(step), 1.0] for step in steps]), "run-a-tag-loss.json")
    assert ("sampled" in [note.code for note in read_one(path).notes]) is sampled


NOT_MINE = [
    ("another table", "step,loss\n0,1\n", "run-a-tag-loss.csv"),
    ("another JSON", '{"loss": [1, 2]}', "run-a-tag-loss.json"),
    ("pairs", "[[0, 1.5], [1, 1.4]]", "run-a-tag-loss.json"),
    ("plain list", "[1, 2, 3]", "run-a-tag-loss.json"),
    ("a longer header", "Wall time,Step,Value,Run\n1,0,1,a\n", "run-a-tag-loss.csv"),
    ("empty", "", "run-a-tag-loss.csv"),
]


@pytest.mark.parametrize(("text", "name"), [c[1:] for c in NOT_MINE], ids=[c[0] for c in NOT_MINE])
def test_what_is_left_to_others(tmp_path: Path, text: str, name: str) -> None:
    assert downloads.recognise(look(written(tmp_path, text, name))) is None


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (HEADER, "run-a-tag-loss.csv", "without a point"),
        ("[[1.5, 0, 2.0], [2.5, 10,", "run-a-tag-loss.json", "no intact list"),
        ('[[1.5, 0, 2.0], "surprise"]', "run-a-tag-loss.json", "no intact list"),
        ("[[1.5, 0, 2.0], [1, 2]]", "run-a-tag-loss.json", "no intact list"),
        ("[[1.5, 0, 2.0], 7]", "run-a-tag-loss.json", "no intact list"),
        ("[[1.5, 0, 2.0], " + "[" * 100_000, "run-a-tag-loss.json", "no intact list"),
        ("[[1.5, 0, 2.0], [1, 2, 1" + "0" * 400 + "]]", "run-a-tag-loss.json", "no intact list"),
    ],
)
def test_refusals_in_one_line(tmp_path: Path, text: str, name: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says) as refusal:
        read_all(written(tmp_path, text, name))
    assert "\n" not in str(refusal.value)


def test_real_downloads(real_logs: Path) -> None:
    as_csv = read_one(real_logs / "generated/tb_ui/run-torch_5000-tag-Loss_train.csv")
    as_json = read_one(real_logs / "generated/tb_ui/run-torch_5000-tag-Loss_train.json")
    for run in (as_csv, as_json):
        series = run.series["Loss_train"]
        assert (run.name, len(series), series.step[0], series.step[-1]) == ("torch_5000", 1000, 5, 4999)
        assert [note.code for note in run.notes] == ["sampled"]
    np.testing.assert_array_equal(as_csv.series["Loss_train"].value, as_json.series["Loss_train"].value)
    for suffix in ("csv", "json"):
        broken = read_one(real_logs / f"generated/tb_ui/run-torch_newstyle_nan-tag-loss.{suffix}")
        assert np.isnan(broken.series["loss"].value[-1])


def test_a_real_pair_without_the_prefix(real_logs: Path) -> None:
    run = read_one(*sorted((real_logs / "tb_ui_csv").iterdir()))
    roles = assign_roles(run)
    assert (run.name, run.step_axis) == ("subclass-mixed-input-subclass", "epoch")
    assert (roles.loss, roles.val_loss) == ("train/epoch_loss", "validation/epoch_loss")
    assert len(run.series["train/epoch_loss"]) == 60


def test_a_broken_file_among_others_is_left_out(tmp_path: Path) -> None:
    good = written(tmp_path, csv_of(3), "run-a-tag-loss.csv")
    bad = written(tmp_path, "[[1.5, 0, 2.0], [2.5,", "run-a-tag-lr.json")
    run = read_one(good, bad)
    assert list(run.series) == ["loss"]
    assert [note.message.partition(":")[0] for note in run.notes] == ["run-a-tag-lr.json"]
