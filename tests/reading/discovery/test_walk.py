"""Trees of files in any state: what can be read is found, the rest is named or passed over."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery import discover as discover_module
from lrdoctor.reading.discovery import walk
from lrdoctor.reading.discovery.discover import discover, expand
from lrdoctor.reading.parsing.head import Head, look
from tests.reading.discovery.folders import CSV, found, refused, text


def test_hidden_and_cache_folders_are_passed_over(tmp_path: Path) -> None:
    for folder in (".git", "__pycache__", ".ipynb_checkpoints"):
        text(tmp_path / folder / "metrics.csv")
    text(tmp_path / "run/.metrics.csv")
    text(tmp_path / "run/metrics.csv")
    assert [path for _, path, _, _ in found(tmp_path)] == ["run/metrics.csv"]


def test_links_in_a_circle_and_to_nowhere(tmp_path: Path) -> None:
    text(tmp_path / "run/metrics.csv")
    (tmp_path / "run/again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "latest-run").symlink_to("run", target_is_directory=True)
    (tmp_path / "gone.csv").symlink_to("nowhere")
    assert [path for _, path, _, _ in found(tmp_path)] == ["run/metrics.csv"]
    assert found(tmp_path / "latest-run")[0][1] == "metrics.csv"


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    assert discover(tmp_path).sources == ()
    with pytest.raises(UnreadableError, match="neither a file nor a directory"):
        discover(tmp_path / "metrics.csv")


def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not done with chmod, which does not keep out root.
    locked = text(tmp_path / "locked/metrics.csv")
    text(tmp_path / "open/metrics.csv")

    def look_at_open_files(path: Path) -> Head:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(discover_module, "look", look_at_open_files)
    assert refused(tmp_path) == {"locked/metrics.csv": "Permission denied: check its permissions"}
    assert [path for _, path, _, _ in found(tmp_path)] == ["open/metrics.csv"]
    with pytest.raises(UnreadableError, match="Permission denied"):
        discover(locked)


def test_a_tree_without_end_is_cut_and_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_FILES", 5)
    for number in range(6):
        text(tmp_path / f"{number}/metrics.csv")
    assert len(discover(tmp_path).sources) == 5
    assert refused(tmp_path) == {".": "more than 5 files: stopped looking; name a directory further down"}


def test_broken_links_pipes_and_sockets_are_named_where_they_are_called_like_a_log(tmp_path: Path) -> None:
    text(tmp_path / "run/metrics.csv")
    (tmp_path / "progress.csv").symlink_to("nowhere")
    (tmp_path / "latest").symlink_to("nowhere")
    (tmp_path / "history.csv").symlink_to("history.csv")  # a circle of one
    os.mkfifo(tmp_path / "results.csv")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path may have 108 bytes
        try:
            one.bind("train.log")
        finally:
            os.chdir(here)
    assert [path for _, path, _, _ in found(tmp_path)] == ["run/metrics.csv"]
    assert {path: reason.split(":")[0] for path, reason in refused(tmp_path).items()} == {
        "history.csv": "Too many levels of symbolic links",
        "progress.csv": "a link to a file that is not there",
        "results.csv": "a pipe, socket or device, not a file",
        "train.log": "a pipe, socket or device, not a file",
    }


def test_a_link_to_a_file_elsewhere_is_followed_one_to_a_folder_is_not(tmp_path: Path) -> None:
    text(tmp_path / "elsewhere/metrics.csv")
    (tmp_path / "tree/run").mkdir(parents=True)
    (tmp_path / "tree/run/metrics.csv").symlink_to(tmp_path / "elsewhere/metrics.csv")
    (tmp_path / "tree/up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "tree/other").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert [path for _, path, _, _ in found(tmp_path / "tree")] == ["run/metrics.csv"]


def test_a_device_is_refused() -> None:
    with pytest.raises(UnreadableError, match="neither a file nor a directory"):
        discover(Path("/dev/zero"))


def test_a_thousand_levels(tmp_path: Path) -> None:
    # By steps: the whole path is longer than the system takes at once.
    here = os.open(tmp_path, os.O_RDONLY)
    for level in range(1000):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        if level == 500:
            with os.fdopen(os.open("metrics.csv", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
                file.write(CSV)
    os.close(here)
    try:
        assert [path for _, path, _, _ in found(tmp_path)] == ["deeper/" * 501 + "metrics.csv"]
        assert list(refused(tmp_path).values()) == ["File name too long: check the path and its disk"]
    finally:  # level by level: pytest's way to remove it is a recursion
        while (tmp_path / "deeper/deeper").exists():
            (tmp_path / "deeper/deeper").rename(tmp_path / "next")
            (tmp_path / "deeper/metrics.csv").unlink(missing_ok=True)
            (tmp_path / "deeper").rmdir()
            (tmp_path / "next").rename(tmp_path / "deeper")


def test_a_folder_that_may_not_be_entered_is_named_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not done with chmod, which does not keep out root.
    text(tmp_path / "locked/metrics.csv")
    text(tmp_path / "open/metrics.csv")
    as_ever = os.scandir

    def scan(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return as_ever(path)

    monkeypatch.setattr(os, "scandir", scan)
    assert [path for _, path, _, _ in found(tmp_path)] == ["open/metrics.csv"]
    assert refused(tmp_path) == {"locked": "Permission denied: check its permissions"}
    with pytest.raises(UnreadableError, match=r"locked: Permission denied: check its permissions"):
        discover(tmp_path / "locked")


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_FOLDERS"])
def test_such_a_folder_is_named_where_the_walk_is_cut_too(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text(tmp_path / "a-locked/metrics.csv")
    for number in range(6):
        text(tmp_path / f"{number}/metrics.csv")
    text(tmp_path / "0-locked/metrics.csv")
    as_ever = os.scandir

    def scan(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return as_ever(path)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr(walk, limit, 4)
    reasons = refused(tmp_path)
    assert reasons["0-locked"] == "Permission denied: check its permissions"
    assert "stopped looking" in reasons["."]


def test_settings_that_may_not_be_looked_at_hide_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    text(tmp_path / "run/metrics.csv")
    monkeypatch.setattr(Path, "is_file", locked)
    assert [path for _, path, _, _ in found(tmp_path)] == ["run/metrics.csv"]


def test_a_file_that_vanishes_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text(tmp_path / "a/metrics.csv")
    text(tmp_path / "b/metrics.csv")

    def look_late(path: Path) -> Head:
        if path.parent.name == "a":
            path.unlink(missing_ok=True)
        return look(path)

    monkeypatch.setattr(discover_module, "look", look_late)
    answer = discover(tmp_path)
    assert [one.path.parent.name for one in answer.sources] == ["b"]
    assert [one.reason for one in answer.refused] == ["it vanished while it was looked at: try again"]


def test_names_nobody_would_choose(tmp_path: Path) -> None:
    odd = ["a\nb", "tab\t", "-o", "[x]*?", "\x1b[2J", "ünï", "a" * 250, os.fsdecode(b"\xff\xfe"), " "]
    for name in odd:
        text(tmp_path / name / "metrics.csv")
    assert {path.partition("/")[0] for _, path, _, _ in found(tmp_path)} == set(odd)


def test_folders_without_end_are_cut_and_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_FOLDERS", 4)
    for number in range(9):
        (tmp_path / str(number)).mkdir()
    assert next(iter(refused(tmp_path).values())).startswith("more than 20,000 files: stopped looking")


@pytest.mark.parametrize("path", ["x" * 300, "x/" * 5000, "a\0b", "~nobody-of-that-name/x"])
def test_paths_that_are_none(path: str) -> None:
    [same] = expand([path])
    with pytest.raises(UnreadableError) as caught:
        discover(same)
    assert "\n" not in str(caught.value)
