"""A file is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from lrdoctor.cli import files


def test_what_was_written_is_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    assert files.write(target, "é") == 2
    assert target.read_text(encoding="utf-8") == "é"
    assert files.write(target, "again") == 5
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_failure_half_way_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(files.UnwritableError, match="No space left on device"):
        files.write(target, "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_is_followed_and_permissions_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    files.write(link, "new")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("x", encoding="utf-8")
    files.write(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize(("name", "why"), [("", "directory"), ("no/where.txt", "no directory")])
def test_targets_that_cannot_be_are_refused_in_one_line(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(files.UnwritableError, match=why) as refused:
        files.check_target(tmp_path / name)
    assert "\n" not in str(refused.value)


def test_what_is_no_regular_file_is_written_straight_to() -> None:
    assert files.write(Path(os.devnull), "x") == 1
    assert not Path(os.devnull).is_file()
