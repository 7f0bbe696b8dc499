"""The temporary folder: that it cannot be made or written is one line, and it is removed whatever comes in between."""

import errno
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from lrdoctor.cli.main import main
from lrdoctor.reading.fetch import workspace
from tests.reading.fetch.trees import CSV, Output, zipped

SITUATIONS = [
    (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/x']"), "set TMPDIR to one that can"),
    (PermissionError(errno.EACCES, "Permission denied"), "Permission denied: make room there, or set TMPDIR"),
    (OSError(errno.ENOSPC, "No space left on device"), "No space left on device: make room there, or set TMPDIR"),
]


@pytest.mark.parametrize(("error", "says"), SITUATIONS)
@pytest.mark.parametrize("command", [["diagnose"], ["inspect"], ["sweep"], ["replay", "x.py:y", "--log"]])
def test_one_that_cannot_be_made(
    error: OSError,
    says: str,
    command: list[str],
    memory: Callable[[Mapping[str, bytes]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    def refused(*_given: object, **_options: object) -> NoReturn:
        raise error

    memory({"r/metrics.csv": CSV})
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    monkeypatch.setattr("tempfile.mkdtemp", refused)
    for name in ("memory://r", str(zipped(tmp_path / "logs.zip"))):
        assert main([*command, name]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert says in said
        assert "internal error" not in said


def test_a_name_that_is_too_long_for_the_file_system(memory: Callable[[Mapping[str, bytes]], None]) -> None:
    from lrdoctor.reading.load import read

    memory({f"{'r' * 300}/{'s' * 300}/metrics.csv": CSV})
    assert len(read(f"memory://{'r' * 300}/{'s' * 300}/metrics.csv")) == 1


def test_it_is_removed_though_its_removal_is_interrupted(
    memory: Callable[[Mapping[str, bytes]], None], monkeypatch: pytest.MonkeyPatch, nothing_is_left: Path
) -> None:
    def interrupted(*_given: object, **_options: object) -> NoReturn:
        raise KeyboardInterrupt

    def use() -> None:
        with workspace.Workspace() as space:
            space.found("memory://r")
            assert list(nothing_is_left.iterdir())

    memory({"r/metrics.csv": CSV})
    monkeypatch.setattr(tempfile.TemporaryDirectory, "_rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        use()
    assert list(nothing_is_left.iterdir()) == []
