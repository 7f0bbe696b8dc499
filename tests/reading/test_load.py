"""Reading many paths: a bad log, or a bug in a reader, never hides the others."""

from dataclasses import replace
from pathlib import Path

import pytest

from lrdoctor.errors import TRACEBACK, UnreadableError
from lrdoctor.reading import load as loading
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.load import load, read
from lrdoctor.records.run import Run, Source


def a_log(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("step,loss\n" + "\n".join(f"{i},{2 - i / 50}" for i in range(40)))
    return path


def test_the_good_are_read_and_the_bad_are_listed(tmp_path: Path) -> None:
    a_log(tmp_path, "good.csv")
    (tmp_path / "empty.csv").touch()
    loaded = load([tmp_path / "good.csv", tmp_path / "empty.csv", tmp_path / "absent"])
    assert [run.name for run in loaded.runs] == ["good"]
    assert [Path(u.path).name for u in loaded.unreadable] == ["empty.csv", "absent"]


def test_a_bug_in_a_reader_is_listed_or_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: Source) -> list[Run]:
        raise ZeroDivisionError(source.format)

    monkeypatch.setattr(loading, "READERS", tuple(replace(reader, read=broken) for reader in READERS))
    monkeypatch.delenv(TRACEBACK, raising=False)
    (unreadable,) = load([a_log(tmp_path, "good.csv")]).unreadable
    assert "ZeroDivisionError" in unreadable.reason
    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(ZeroDivisionError):
        load([tmp_path / "good.csv"])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (FileNotFoundError(2, "No such file or directory"), "it vanished while it was looked at: try again"),
        (PermissionError(13, "Permission denied"), "Permission denied: check its permissions"),
        (OSError(5, "Input/output error"), "Input/output error: check the path and its disk"),
    ],
)
def test_a_log_that_is_gone_once_it_is_read(
    error: OSError, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_source: Source) -> list[Run]:
        raise error

    monkeypatch.setenv(TRACEBACK, "1")  # the user's, not a bug
    monkeypatch.setattr(loading, "READERS", tuple(replace(reader, read=gone) for reader in READERS))
    assert [entry.reason for entry in load([a_log(tmp_path, "good.csv")]).unreadable] == [says]


def test_reading_nothing_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such file") as caught:
        read(tmp_path / "absent.csv")
    assert "\n" not in str(caught.value)


def test_globs_are_expanded(tmp_path: Path) -> None:
    for name in ("a/metrics.csv", "b/metrics.csv"):
        a_log(tmp_path, name)
    assert sorted(run.name for run in read(str(tmp_path / "*" / "metrics.csv"))) == ["a", "b"]
