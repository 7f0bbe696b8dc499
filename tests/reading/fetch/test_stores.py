"""URLs of stores: what they hold is read as the folder it stands for, and shown under its own name."""

import gzip
import io
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from lrdoctor.cli.main import main
from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading import load as loading
from lrdoctor.reading.fetch import remote, watch
from lrdoctor.reading.fetch.copying import copy_if_log
from lrdoctor.reading.fetch.quota import WHOLE, budget
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.load import load, read
from lrdoctor.records.run import Run, Source, path_as_named
from tests.reading.fetch.trees import CSV, FILES, RUNS, TREE, Output, places, tree, zipped


def test_a_folder_in_a_store_is_read_as_a_local_one(
    memory: Callable[[Mapping[str, bytes]], None], tmp_path: Path
) -> None:
    memory({f"bucket/{name}": content for name, content in TREE.items()})
    runs, local = read("memory://bucket"), read(tree(tmp_path))
    assert [(run.name, dict(run.hparams)) for run in runs] == [(run.name, dict(run.hparams)) for run in local]
    assert [path_as_named(run.source.path) for run in runs] == [f"memory://bucket/{name}" for name in FILES]
    assert [path_as_named(path) for path in runs[0].source.companions] == ["memory://bucket/lr_0.1/hparams.yaml"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("memory://bucket/lr_0.1/metrics.csv", [("lr_0.1", "memory://bucket/lr_0.1/metrics.csv")]),
        ("memory://bucket/lr_0.1/", [("lr_0.1", "memory://bucket/lr_0.1/metrics.csv")]),
        ("memory://bucket/*/metrics.csv", [(n, f"memory://bucket/{n}/metrics.csv") for n in RUNS]),
        ("memory://bucket/lr_0.[2]", [("lr_0.2", "memory://bucket/lr_0.2/metrics.csv")]),
        ("memory://bucket", [(n, f"memory://bucket/{n}/metrics.csv") for n in RUNS]),
    ],
)
def test_files_folders_and_globs(
    url: str, expected: list[tuple[str, str]], memory: Callable[[Mapping[str, bytes]], None]
) -> None:
    memory({f"bucket/{name}": content for name, content in TREE.items()})
    assert places(url) == expected


def test_what_is_no_log_is_not_copied(
    memory: Callable[[Mapping[str, bytes]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory({f"bucket/{name}": content for name, content in TREE.items()})
    opened: list[str] = []
    as_ever = MemoryFileSystem._open

    def noting(self: MemoryFileSystem, path: str, *given: object, **options: object) -> object:
        opened.append(path)
        return as_ever(self, path, *given, **options)

    monkeypatch.setattr(MemoryFileSystem, "_open", noting)
    read("memory://bucket")
    kept = {"lr_0.1/metrics.csv", "lr_0.1/hparams.yaml", "lr_0.2/metrics.csv", "lr_0.2/hparams.yaml", "lr_0.2/weights"}
    assert set(opened) == {f"/bucket/{name}" for name in kept}


def test_a_binary_file_without_a_suffix_is_dropped_after_its_head(tmp_path: Path) -> None:
    target = tmp_path / "weights"
    source = io.BytesIO(b"\0\1" * 10**6)
    assert not copy_if_log(source, target, budget(10**9))
    assert source.tell() <= 2**16
    assert not target.exists()


def test_archives_and_compressed_logs_in_a_store(memory: Callable[[Mapping[str, bytes]], None], tmp_path: Path) -> None:
    files = {"r/a/metrics.csv.gz": gzip.compress(CSV), "r/logs.zip": zipped(tmp_path / "x.zip").read_bytes()}
    memory(files)
    assert places("memory://r/logs.zip") == [(n, f"memory://r/logs.zip/{n}/metrics.csv") for n in RUNS]
    assert ("a", "memory://r/a/metrics.csv.gz") in places("memory://r")
    assert ("lr_0.2", "memory://r/logs.zip/lr_0.2/metrics.csv") in places("memory://r")


def test_the_temporary_folder_is_gone_after_an_interrupt(
    memory: Callable[[Mapping[str, bytes]], None], monkeypatch: pytest.MonkeyPatch, nothing_is_left: Path
) -> None:
    def interrupted(_source: Source) -> list[Run]:
        assert list(nothing_is_left.iterdir())
        raise KeyboardInterrupt

    memory({"r/metrics.csv": CSV})
    monkeypatch.setattr(loading, "READERS", tuple(replace(reader, read=interrupted) for reader in READERS))
    with pytest.raises(KeyboardInterrupt):
        load(["memory://r"])
    assert list(nothing_is_left.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("memory://absent/x.csv", "no such file or folder there"),
        ("nosuch://bucket/x", "no such kind of address: nosuch://"),
        ("memory://r/big.csv", "larger than the 2 kB that --max-bytes (in Python max_bytes=) allows"),
        ("memory://pictures", "no training log there by its name"),
    ],
)
def test_what_cannot_be_had_is_one_line(
    url: str, says: str, memory: Callable[[Mapping[str, bytes]], None], capsys: Output
) -> None:
    memory({"r/big.csv": CSV * 9, "pictures/a.png": b"\x89PNG"})
    assert main(["diagnose", url, "--max-bytes", "2kB"]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"lrdoctor: error: {url}: ")
    assert says in said.err


def test_a_large_file_among_others_is_left_out_and_named(memory: Callable[[Mapping[str, bytes]], None]) -> None:
    memory({"r/a/metrics.csv": CSV, "r/b/metrics.csv": CSV * 9})
    loaded = load(["memory://r"], 2000)
    assert [run.name for run in loaded.runs] == ["a"]
    assert [entry.path for entry in loaded.unreadable] == ["memory://r/b/metrics.csv"]


def test_all_together_have_a_limit_too(memory: Callable[[Mapping[str, bytes]], None]) -> None:
    memory({f"r/{k}/metrics.csv": CSV for k in range(9)})
    loaded = load(["memory://r"], len(CSV) + 1)
    assert [run.name for run in loaded.runs] == ["0", "1", "2", "3"]  # the first, whichever thread is faster
    assert len(loaded.unreadable) == 5
    assert f"{WHOLE} times what --max-bytes (in Python max_bytes=) allows" in loaded.unreadable[0].reason


def test_too_many_files(memory: Callable[[Mapping[str, bytes]], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_FILES", 3)
    memory({f"r/{k}/metrics.csv": CSV for k in range(5)})
    assert [entry.reason.partition(":")[0] for entry in load(["memory://r"]).unreadable] == ["more than 3 files"]


def test_names_that_lead_elsewhere_are_not_followed(
    memory: Callable[[Mapping[str, bytes]], None], monkeypatch: pytest.MonkeyPatch, nothing_is_left: Path
) -> None:
    memory({"r/metrics.csv": CSV})

    def listed(_self: object, path: str, detail: bool = True) -> list[dict[str, object]]:
        return [{"name": f"{path}/../../../escaped.csv", "size": 9, "type": "file"}]

    monkeypatch.setattr(MemoryFileSystem, "ls", listed)
    assert load(["memory://r"]).runs == ()


def test_a_folder_that_cannot_be_listed_hides_no_other(
    memory: Callable[[Mapping[str, bytes]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_ever = MemoryFileSystem.ls

    def ls(self: MemoryFileSystem, path: str, detail: bool = True) -> object:
        if path.endswith("lr_0.1"):
            raise PermissionError("user:geheim@store")
        return as_ever(self, path, detail=detail)

    memory({f"r/{name}": content for name, content in TREE.items()})
    monkeypatch.setattr(MemoryFileSystem, "ls", ls)
    loaded = load(["memory://r"])
    assert [run.name for run in loaded.runs] == ["lr_0.2"]
    assert [entry.path for entry in loaded.unreadable] == ["memory://r/lr_0.1"]
    assert loaded.unreadable[0].reason.startswith("access denied: ")


def test_an_archive_in_a_store_through_fsspecs_own_chain(
    memory: Callable[[Mapping[str, bytes]], None], tmp_path: Path
) -> None:
    memory({"r/logs.zip": zipped(tmp_path / "x.zip").read_bytes()})
    [(name, path)] = places("zip://lr_0.2/metrics.csv::memory://r/logs.zip")
    assert path == "zip://lr_0.2/metrics.csv::memory://r/logs.zip"
    assert name


@pytest.mark.parametrize(("stall", "longest", "says"), [(0.3, 9, "no answer for"), (9, 0.3, "not copied within")])
def test_a_store_that_hangs(
    stall: float,
    longest: float,
    says: str,
    memory: Callable[[Mapping[str, bytes]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken = threading.Event()
    memory({"r/metrics.csv": CSV})
    monkeypatch.setattr(watch, "STALL", stall)
    monkeypatch.setattr(watch, "LONGEST", longest)
    monkeypatch.setattr(MemoryFileSystem, "_open", lambda *_a, **_k: woken.wait(20))
    begun = time.monotonic()
    with pytest.raises(UnreadableError, match=says):
        read("memory://r")
    woken.set()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("url", "package"), [("s3://b/run", "s3fs"), ("gs://b/run", "gcsfs"), ("hf://a/b", "huggingface_hub")]
)
def test_a_missing_package_is_named(url: str, package: str, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["diagnose", url]) == 2
    assert capsys.readouterr().err.endswith(f"needs a package of its own: pip install {package}\n")


def test_without_fsspec_local_things_are_read_and_urls_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fsspec", "fsspec.core"):
        monkeypatch.setitem(sys.modules, name, None)
    assert len(read(zipped(tmp_path / "logs.zip"))) == 2
    with pytest.raises(UnreadableError, match=r"pip install 'lrdoctor\[remote\]' s3fs"):
        read("s3://bucket/run")
    with pytest.raises(MissingExtraError):
        remote.copy("s3://bucket/run", tmp_path, budget(1))


def test_file_urls_need_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert [name for name, _ in places(f"file://{tree(tmp_path)}")] == RUNS
