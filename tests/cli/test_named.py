"""What the user names and what is only found inside of it: exit code 2 with the report, or none of its own."""

import gzip
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from tests.cli.command_line import a_log

Output = pytest.CaptureFixture[str]
Make = Callable[[Path], str]
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


def missing(folder: Path) -> str:
    return str(folder / "nope.csv")


def empty_glob(folder: Path) -> str:
    return str(folder / "nope-*.csv")


def picture(folder: Path) -> str:
    (folder / "x.png").write_bytes(PICTURE)
    return str(folder / "x.png")


def folder_of_notes(folder: Path) -> str:
    (folder / "notes").mkdir()
    (folder / "notes" / "a.txt").write_text("lunch")
    return str(folder / "notes")


def folder_of_broken_logs(folder: Path) -> str:
    (folder / "broken").mkdir()
    for number in range(20):
        (folder / "broken" / f"metrics_{number}.jsonl").write_bytes(PICTURE)
        (folder / "broken" / f"{number}.tfevents.1.host").write_bytes(PICTURE)
    return str(folder / "broken")


def cut_archive(folder: Path) -> str:
    packed = gzip.compress(a_log(folder, "other").read_bytes())
    (folder / "cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    return str(folder / "cut.csv.gz")


def refused_server(_folder: Path) -> str:
    return "http://127.0.0.1:9/metrics.csv"


def without_the_series(folder: Path) -> str:
    (folder / "short").mkdir()
    text = a_log(folder / "short").read_text().replace("train_loss", "objective")
    (folder / "short" / "metrics.csv").write_text(text)
    return str(folder / "short")


NAMED: list[Make] = [
    missing, empty_glob, picture, folder_of_notes, folder_of_broken_logs, cut_archive, refused_server,
    without_the_series,
]  # fmt: skip


def good(folder: Path) -> str:
    """A folder with a log that can be read and one that cannot."""
    (folder / "good").mkdir()
    (folder / "good" / "metrics.jsonl").write_bytes(PICTURE)
    return str(a_log(folder / "good").parent)


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("make", NAMED)
def test_what_is_named_and_cannot_be_had_is_one_line_and_2_beside_the_report(
    make: Make, quiet: bool, tmp_path: Path, capsys: Output
) -> None:
    report, bad = tmp_path / "r.json", make(tmp_path)
    options = ["--loss", "train_loss", "-o", str(report), "--fail-on", "too-slow>=30%,inconclusive,well-tuned>=30%"]
    assert main(["diagnose", good(tmp_path), bad, *options, *(["-q"] if quiet else [])]) == 2
    assert len(json.loads(report.read_text())["runs"]) == 1
    lines = capsys.readouterr().err.splitlines()
    (error,) = [line for line in lines if line.startswith("lrdoctor: error: ")]
    assert Path(bad).name in error or make is without_the_series
    assert len([line for line in lines if line.startswith("lrdoctor: --fail-on: ")]) == 1
    assert len(lines) == 2 if quiet else len(lines) == 5


@pytest.mark.parametrize("make", NAMED)
def test_inspect_and_sweep_do_the_same(make: Make, tmp_path: Path, capsys: Output) -> None:
    bad, runs = make(tmp_path), []
    for lr in ("0.01", "0.1"):
        (tmp_path / lr).mkdir()
        log = a_log(tmp_path / lr)
        log.write_text(log.read_text().replace("0.001,", f"{lr},"))
        runs.append(str(log))
    assert main(["inspect", *runs, "--loss", "train_loss"]) == 0
    assert main(["inspect", *runs, bad, "--loss", "train_loss", "--format", "json"]) == 2
    assert main(["sweep", *runs, "--together", "-q"]) == 0
    capsys.readouterr()
    assert main(["sweep", *runs, bad, "--together", "-q", "--loss", "train_loss"]) == 2
    said = capsys.readouterr()
    assert said.out.startswith("sweep")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("pack", [False, True])
def test_what_is_found_inside_beside_readable_logs_has_no_exit_code(pack: bool, tmp_path: Path, capsys: Output) -> None:
    path = good(tmp_path)
    if pack:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(Path(path) / "metrics.csv", "metrics.csv")
            link = zipfile.ZipInfo("metrics.jsonl")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "metrics.csv")
        path = str(tmp_path / "a.zip")
    glob = str(tmp_path / "g*" / "*")
    for names in ([path], [path, glob], [glob]):
        assert main(["diagnose", *names, "-q"]) == 0
        assert capsys.readouterr().err == ""
        assert main(["diagnose", *names, "--fail-on", "unreadable", "-q"]) == 1
        assert all("matched unreadable" in line for line in capsys.readouterr().err.splitlines())
        assert main(["diagnose", *names]) == 0
        assert capsys.readouterr().err.startswith("lrdoctor: warning: ")


@pytest.mark.parametrize("left", [512, 700, 4000])
def test_an_archive_that_breaks_off_is_2_though_some_of_it_was_read(left: int, tmp_path: Path, capsys: Output) -> None:
    log = a_log(tmp_path)
    with tarfile.open(tmp_path / "whole.tar", "w") as archive:
        archive.add(log, "metrics.csv")
        archive.add(log, "more/metrics.csv")
    with tarfile.open(tmp_path / "whole.tar") as archive:
        second = archive.getmembers()[1].offset
    (tmp_path / "cut.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[: second + left])
    code = main(["diagnose", str(tmp_path / "cut.tar"), "-q"])
    said = capsys.readouterr()
    assert "TOO SLOW" in said.out
    assert (code, said.err.count("\n")) == (2, 1), said


@pytest.mark.parametrize("again", [".", "same"])
def test_what_is_named_twice_is_not_missing(again: str, tmp_path: Path) -> None:
    log = a_log(tmp_path)
    assert main(["diagnose", str(log), str(log.parent / again / log.name) if again == "." else str(log), "-q"]) == 0
