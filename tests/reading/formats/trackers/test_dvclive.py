"""DVCLive's tables: those of one folder are one run, and each metric is called after its path."""

from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.dvclive import READER, home
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.damaged_logs import assert_survives


def saved(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def curve(name: str, *values: object, first: int = 0) -> str:
    rows = "".join(f"{first + i}\t{value}\n" for i, value in enumerate(values))
    return f"step\t{name}\n{rows}"


@pytest.mark.parametrize(
    ("path", "text", "known"),
    [
        ("dvclive/plots/metrics/train/loss.tsv", curve("loss", 3, 2), True),
        ("results/plots/metrics/loss.tsv", curve("loss", 3, 2), True),
        ("dvclive/loss.tsv", curve("loss", 3, 2), True),
        ("dvclive/scalars/loss.tsv", curve("loss", 3, 2), True),
        ("training/loss.tsv", "timestamp\tstep\tloss\n1634000000000\t0\t3\n1634000001000\t1\t2\n", True),
        ("training/loss.tsv", curve("loss", 3, 2), False),
        ("dvclive/plots/metrics/loss.tsv", curve("accuracy", 3, 2), False),
        ("dvclive/plots/metrics/loss.csv", "step,loss\n0,3\n1,2\n", False),
        ("dvclive/plots/metrics/loss.tsv", "step\tloss\tlr\n0\t3\t1\n1\t2\t1\n", False),
        ("dvclive/plots/sklearn/roc.json", '{"roc": []}', False),
        ("dvclive/plots/metrics/loss.tsv", "", False),
    ],
)
def test_recognised_by_header_and_name(tmp_path: Path, path: str, text: str, known: bool) -> None:
    assert (READER.recognise(look(saved(tmp_path / path, text))) is not None) is known


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/a/dvclive/plots/metrics/train/loss.tsv", "/a/dvclive"),
        ("/a/run1/plots/metrics/loss.tsv", "/a/run1"),
        ("/a/dvclive/scalars/loss.tsv", "/a/dvclive"),
        ("/a/dvclive_2/train/loss.tsv", "/a/dvclive_2"),
        ("/a/b/loss.tsv", "/a/b/loss.tsv"),
    ],
)
def test_the_folder_that_a_table_belongs_to(path: str, folder: str) -> None:
    assert home(Path(path)) == Path(folder)


def test_one_run_of_all_tables(tmp_path: Path) -> None:
    metrics = tmp_path / "mine/dvclive/plots/metrics"
    saved(metrics / "train/loss.tsv", curve("loss", 3, "nan", "-inf"))
    saved(metrics / "val/loss.tsv", curve("loss", 2.5, first=2))
    saved(metrics / "lr.tsv", curve("lr", 0.1, 0.2, 0.1))
    saved(metrics / "empty.tsv", "step\tempty\n")
    saved(metrics.parents[1] / "params.yaml", "lr: 0.2\n")
    saved(metrics.parents[1] / "metrics.json", '{"train": {"loss": 9}, "step": 2}')
    (run,) = lrdoctor.read(tmp_path)
    assert (run.name, run.source.format, run.step_axis) == ("mine", "dvclive", "step")
    assert set(run.series) == {"train/loss", "val/loss", "lr"}
    np.testing.assert_array_equal(run.series["train/loss"].value, [3, np.nan, -np.inf])
    assert run.series["val/loss"].step.tolist() == [2]
    assert run.hparams == {"lr": 0.2}


def test_folders_are_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for metric in ("loss", "lr"):
            saved(tmp_path / name / f"dvclive/plots/metrics/{metric}.tsv", curve(metric, 3, 2, 1))
    assert [run.name for run in lrdoctor.read(tmp_path)] == ["a", "b"]


def test_a_table_named_alone(tmp_path: Path) -> None:
    path = saved(tmp_path / "mine/dvclive/plots/metrics/train/loss.tsv", curve("loss", 3, 2, 1))
    saved(tmp_path / "mine/dvclive/params.yaml", "lr: 0.2\n")
    (run,) = lrdoctor.read(path)
    assert (run.name, set(run.series), run.hparams) == ("mine", {"train/loss"}, {"lr": 0.2})
    (run,) = lrdoctor.read(tmp_path / "mine/dvclive/plots/metrics")
    assert (run.name, set(run.series), run.hparams) == ("mine", {"train/loss"}, {"lr": 0.2})


def test_wall_times_in_milliseconds(tmp_path: Path) -> None:
    path = saved(tmp_path / "dvclive/loss.tsv", "timestamp\tstep\tloss\n1634000000000\t0\t3\n1634000001000\t1\t2\n")
    (run,) = lrdoctor.read(path)
    assert run.series["loss"].wall_time is not None
    assert run.series["loss"].wall_time.tolist() == [1634000000, 1634000001]


def test_restart_and_torn_tail(tmp_path: Path) -> None:
    text = curve("loss", 5, 4, 3) + curve("loss", 3.5, 2, first=1).split("\n", 1)[1] + "3"
    (run,) = lrdoctor.read(saved(tmp_path / "dvclive/loss.tsv", text))
    assert run.series["loss"].step.tolist() == [0, 1, 2]
    assert run.series["loss"].value.tolist() == [5, 3.5, 2]
    assert [note.code for note in run.notes] == ["torn-tail", "restart"]


def test_a_table_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    good = saved(tmp_path / "dvclive/loss.tsv", curve("loss", 3, 2))
    bad = saved(tmp_path / "dvclive/lr.tsv", "")
    (run,) = READER.read(Source(tmp_path / "dvclive", (bad, good), READER.name, "test"))
    assert [note.code for note in run.notes] == ["skipped"]
    with pytest.raises(UnreadableError, match=r"^lr.tsv: an empty file"):
        READER.read(Source(tmp_path / "dvclive", (bad,), READER.name, "test"))


def test_damage(tmp_path: Path) -> None:
    assert_survives(READER, tmp_path / "dvclive/loss.tsv", curve("loss", *np.linspace(3, 1, 40)).encode())


def test_real_logs(real_logs: Path) -> None:
    first, second = lrdoctor.read(real_logs / "dvclive")
    assert set(first.series) == {"epoch", "learning_rate", "loss"}
    assert len(first.series["loss"]) == 14
    assert first.series["learning_rate"].value.max() == pytest.approx(0.0009933, rel=1e-4)
    assert learning_rate(first, assign_roles(first))[0] == pytest.approx(0.001)
    assert set(second.series) == {"epoch", "train/loss", "val/loss"}
    assert second.series["train/loss"].step[[0, -1]].tolist() == [429, 4299]
    assert (assign_roles(second).loss, assign_roles(second).val_loss) == ("train/loss", "val/loss")
    assert learning_rate(second, assign_roles(second))[0] == 0.001


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    known = [path for path in real_logs.rglob("*") if path.is_file() and READER.recognise(look(path))]
    assert len(known) == 6
    assert all("dvclive" in path.parts for path in known)
