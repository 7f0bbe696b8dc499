"""A log that is named twice, in whatever way, is one run."""

import gzip
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lrdoctor.batch import Choice, judge
from lrdoctor.reading.load import load

SWEEP = Path(__file__).parents[3] / "sample_logs" / "sweep"
Naming = Callable[[Path], list[str]]


def a_log(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("step,loss\n" + "\n".join(f"{i},{2 - i / (50 + seed)}" for i in range(40)))
    return path


def linked(top: Path, link: Callable[[Path, Path], None], *, folder: bool = False) -> list[str]:
    real, other = (top / "runs", top / "elsewhere") if folder else (top / "runs/a.csv", top / "elsewhere.csv")
    link(real, other)
    return [str(real), str(other)]


def beside(top: Path, link: Callable[[Path, Path], None]) -> list[str]:
    link(top / "runs/a.csv", top / "runs/latest.csv")
    return [str(top / "runs")]


def symlink(real: Path, other: Path) -> None:
    other.symlink_to(real)


def zipped(top: Path) -> Path:
    archive = top / "runs" / "more.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(a_log(top / "z/metrics.csv", 7), "z/metrics.csv")
    (top / "runs/a.csv").unlink()
    return archive


def compressed(top: Path) -> Path:
    path = top / "runs" / "a.csv.gz"
    path.write_bytes(gzip.compress((top / "runs/a.csv").read_bytes()))
    (top / "runs/a.csv").unlink()
    return path


WAYS: dict[str, Naming] = {
    "same": lambda top: [f"{top}/runs/a.csv"] * 2,
    "dot": lambda top: [f"{top}/runs/a.csv", f"{top}/./runs/a.csv"],
    "up and down": lambda top: [f"{top}/runs/a.csv", f"{top}/runs/../runs/a.csv"],
    "relative": lambda top: [f"{top}/runs/a.csv", os.path.relpath(top / "runs/a.csv")],
    "file, then folder": lambda top: [f"{top}/runs/a.csv", f"{top}/runs"],
    "folder, then file": lambda top: [f"{top}/runs", f"{top}/runs/a.csv"],
    "folder and the one above": lambda top: [f"{top}/runs", f"{top}"],
    "glob and folder": lambda top: [f"{top}/runs/*.csv", f"{top}/runs"],
    "two globs": lambda top: [f"{top}/*/a.csv", f"{top}/runs/?.csv"],
    "symlink to the file": lambda top: linked(top, symlink),
    "symlink to the folder": lambda top: linked(top, symlink, folder=True),
    "hard link": lambda top: linked(top, lambda real, other: os.link(real, other)),
    "symlink within the folder": lambda top: beside(top, symlink),
    "hard link within the folder": lambda top: beside(top, lambda real, other: os.link(real, other)),
    "file URL": lambda top: [f"{top}/runs/a.csv", f"file://{top}/runs/a.csv"],
    "archive twice": lambda top: [str(path := zipped(top)), f"{path.parent}/./more.zip"],
    "archive and its folder": lambda top: [str(path := zipped(top)), str(path.parent)],
    "folder and its archive": lambda top: [str((path := zipped(top)).parent), str(path)],
    "compressed and its folder": lambda top: [str(path := compressed(top)), str(path.parent)],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_log_named_twice_is_one_run(way: str, tmp_path: Path) -> None:
    a_log(tmp_path / "runs/a.csv")
    paths = WAYS[way](tmp_path)
    shutil.rmtree(tmp_path / "z", ignore_errors=True)
    loaded = load(paths)
    assert (len(loaded.runs), loaded.unreadable) == (1, ())
    assert not loaded.runs[0].notes
    assert loaded.runs[0].source.path == load(paths[:1]).runs[0].source.path  # the first naming wins


def test_two_copies_in_two_folders_are_two_runs(tmp_path: Path) -> None:
    shutil.copytree(a_log(tmp_path / "a/metrics.csv").parent, tmp_path / "b")
    assert len(load([tmp_path, tmp_path / "b"]).runs) == 2


def test_what_cannot_be_read_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("")
    missing = [tmp_path / "absent", tmp_path / "x/../absent"]
    assert len(load([tmp_path, tmp_path / "metrics.csv", *missing]).unreadable) == 2


@pytest.mark.parametrize("again", ["lr_0.1", "*", "."])
def test_a_sweep_named_twice_says_what_it_says_once(again: str, tmp_path: Path) -> None:
    runs = sorted(path for path in SWEEP.iterdir() if path.is_dir())
    for path in runs:
        shutil.copytree(path, tmp_path / path.name)
    names = [str(tmp_path / runs[-1].name), *[str(tmp_path / again)] * (again != "lr_0.1")]
    once = judge([str(tmp_path)], Choice(), assume_sweep=True)
    twice = judge([str(tmp_path), *names], Choice(), assume_sweep=True)
    assert len(once.diagnoses) == len(twice.diagnoses) == len(runs)
    assert [s.suggested_lr for s in once.sweeps] == [s.suggested_lr for s in twice.sweeps]
