"""What tests of URLs and archives share: nothing may be left behind, and a store in memory."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test leaves the folder of temporary folders as it was: empty."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def memory() -> Iterator[Callable[[Mapping[str, bytes]], None]]:
    """Fill the store of `memory://`."""

    def fill(files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            MemoryFileSystem().pipe_file(f"/{name}", content)

    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    yield fill
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
