"""URLs, archives and compressed logs are read as the folder they stand for, and shown under their own names."""

import bz2
import gzip
import http.server
import io
import json
import lzma
import os
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from lrdoctor import fetch
from lrdoctor import load as loading
from lrdoctor.cli import main
from lrdoctor.discover import MAX_BYTES
from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.fetch import archives, remote
from lrdoctor.fetch.budget import WHOLE, budget
from lrdoctor.fetch.pour import pour
from lrdoctor.load import load, read
from lrdoctor.readers import READERS
from lrdoctor.run import Run, Source, named
from tests.event_logs import losses

Output = pytest.CaptureFixture[str]
CSV = ("step,train_loss\n" + "\n".join(f"{i},{2 - i / 50}" for i in range(40))).encode()
TREE = {
    "lr_0.1/metrics.csv": CSV,
    "lr_0.1/hparams.yaml": b"lr: 0.1\n",
    "lr_0.2/metrics.csv": CSV.replace(b"0,2", b"0,3"),
    "lr_0.2/hparams.yaml": b"lr: 0.2\n",
    "lr_0.2/checkpoints/epoch=1.ckpt": bytes(4000),
    "lr_0.2/weights": b"\0\1\2" * 40_000,
    ".git/metrics.csv": CSV,
    "train.py": b"pass",
}
RUNS = ["lr_0.1", "lr_0.2"]
FILES = ["lr_0.1/metrics.csv", "lr_0.2/metrics.csv"]


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


def tree(folder: Path, files: Mapping[str, bytes] = TREE) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(path: Path, files: Mapping[str, bytes] = TREE) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: Mapping[str, bytes] = TREE) -> Path:
    mode = {".tgz": "w:gz", ".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz", ".tar": "w"}[path.suffix]
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def places(path: str | Path) -> list[tuple[str, str]]:
    """Name and path of each run, as a report shows them."""
    return [(run.name, named(run.source.path)) for run in read(path)]


# URLs.


def test_a_folder_in_a_store_is_read_as_a_local_one(
    memory: Callable[[Mapping[str, bytes]], None], tmp_path: Path
) -> None:
    memory({f"bucket/{name}": content for name, content in TREE.items()})
    runs, local = read("memory://bucket"), read(tree(tmp_path))
    assert [(run.name, dict(run.hparams)) for run in runs] == [(run.name, dict(run.hparams)) for run in local]
    assert [named(run.source.path) for run in runs] == [f"memory://bucket/{name}" for name in FILES]
    assert [named(path) for path in runs[0].source.companions] == ["memory://bucket/lr_0.1/hparams.yaml"]


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
    assert not pour(source, target, budget(10**9))
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
        ("memory://r/big.csv", "larger than the 2 kB that --max-bytes allows"),
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
    assert f"{WHOLE} times what --max-bytes allows" in loaded.unreadable[0].reason


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
    monkeypatch.setattr(remote, "STALL", stall)
    monkeypatch.setattr(remote, "LONGEST", longest)
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


# Web servers.


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The tree, served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

        def do_GET(self) -> None:
            if "locked" in self.path:
                self.send_error(403)
            else:
                super().do_GET()

    tree(tmp_path / "served")
    zipped(tmp_path / "served/lr 3.zip", {"metrics.csv": CSV})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served"))
    ) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()
        thread.join()


def test_a_file_and_a_listed_folder_of_a_web_server(server: str) -> None:
    assert places(f"http://{server}/lr_0.1/metrics.csv") == [("lr_0.1", f"http://{server}/lr_0.1/metrics.csv")]
    assert places(f"http://{server}/") == [
        *((name, f"http://{server}/{name}/metrics.csv") for name in RUNS),
        ("lr 3", f"http://{server}/lr 3.zip/metrics.csv"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "http://wilhelmina:geheim@{}/lr_0.1/metrics.csv?token=geheim#geheim",
        "http://{}/lr_0.1/metrics.csv?X-Amz-Signature=geheim",
    ],
)
@pytest.mark.parametrize("format_", ["text", "json", "html"])
def test_what_is_secret_in_a_url_is_never_shown(name: str, format_: str, server: str, capsys: Output) -> None:
    assert main(["diagnose", name.format(server), "--format", format_]) == 0
    said = capsys.readouterr()
    assert "geheim" not in said.out + said.err
    assert "wilhelmina" not in said.out + said.err


@pytest.mark.parametrize("path", ["absent.csv", "locked.csv", "lr_0.2/checkpoints/epoch=1.ckpt", "empty/", "train.py"])
@pytest.mark.parametrize("command", [["diagnose"], ["inspect"], ["sweep"], ["replay", "x.py:y", "--log"]])
def test_nor_in_an_error(path: str, command: list[str], server: str, capsys: Output) -> None:
    assert main([*command, f"http://wilhelmina:geheim@{server}/{path}?sig=geheim"]) == 2
    said = capsys.readouterr()
    assert "geheim" not in said.out + said.err
    assert "wilhelmina" not in said.err
    assert said.err.count("\n") == 1


def test_a_server_that_is_not_there_or_says_no(server: str) -> None:
    with pytest.raises(UnreadableError, match="access denied"):
        read(f"http://{server}/locked.csv")
    with pytest.raises(UnreadableError, match=r"cannot be fetched .*: check the address and the network"):
        read("http://127.0.0.1:9/metrics.csv")


def test_ctrl_c_while_a_server_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/metrics.csv"
        command = [sys.executable, "-m", "lrdoctor", "diagnose", address]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603
            silent.settimeout(60)
            connection, _ = silent.accept()
            with connection:
                assert len(list(tmp_path.iterdir())) == 1
                running.send_signal(signal.SIGINT)
                _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "")
    assert list(tmp_path.iterdir()) == []


# Compressed logs and archives.


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_a_compressed_log_is_read_with_what_lies_beside_it(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {f"lr_0.1/metrics.csv{suffix}": pack(CSV), "lr_0.1/hparams.yaml": b"lr: 0.1\n"})
    for path in (tmp_path / f"lr_0.1/metrics.csv{suffix}", tmp_path):
        [run] = read(path)
        assert (run.name, run.hparams["lr"]) == ("lr_0.1", 0.1)
        assert str(run.source.path) == str(run.source.files[0]) == str(tmp_path / f"lr_0.1/metrics.csv{suffix}")
        assert run.source.companions == (tmp_path / "lr_0.1/hparams.yaml",)
    monkeypatch.chdir(tmp_path / "lr_0.1")
    for path in (Path(f"metrics.csv{suffix}"), Path()):
        [run] = read(path)
        assert (run.name, run.hparams["lr"]) == ("lr_0.1", 0.1)
        assert (run.source.path, run.source.companions) == (Path(f"metrics.csv{suffix}"), (Path("hparams.yaml"),))


@pytest.mark.parametrize("name", ["logs.zip", "logs.tgz", "logs.tar.gz", "logs.tar.bz2", "logs.tar.xz", "logs.tar"])
def test_an_archive_is_read_as_a_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = zipped if name.endswith("zip") else tarred
    make(tmp_path / name)
    assert places(tmp_path / name) == [(run, f"{tmp_path}/{name}/{run}/metrics.csv") for run in RUNS]
    assert places(tmp_path) == places(tmp_path / name)  # small, and its listing names logs
    monkeypatch.chdir(tmp_path)
    assert places(name) == [(run, f"{name}/{run}/metrics.csv") for run in RUNS]


def test_an_archive_of_one_run_is_named_after_it(tmp_path: Path) -> None:
    (tmp_path / "lr_0.3").mkdir()
    path = zipped(tmp_path / "lr_0.3/logs.zip", {"metrics.csv": CSV})
    assert places(path) == [("lr_0.3", f"{path}/metrics.csv")]
    assert places(zipped(tmp_path / "warm.zip", {"metrics.csv": CSV}))[0][0] == "warm"


def test_event_files_in_an_archive(tmp_path: Path) -> None:
    losses(tmp_path / "t/run/train/events.out.tfevents.1", range(3))
    losses(tmp_path / "t/run/val/events.out.tfevents.2", range(3))
    files = {str(p.relative_to(tmp_path / "t")): p.read_bytes() for p in (tmp_path / "t").rglob("*") if p.is_file()}
    [run] = read(zipped(tmp_path / "a.zip", files))
    assert str(run.source.path) == f"{tmp_path}/a.zip/run"
    assert [path.name for path in run.source.files] == ["events.out.tfevents.1", "events.out.tfevents.2"]


def test_compressed_event_files_of_one_folder_are_one_run(tmp_path: Path) -> None:
    for number in (1, 2):
        path = losses(tmp_path / f"x/events.out.tfevents.{number}.host", range(number * 9, number * 9 + 9))
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / f"run/{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    [run] = read(tmp_path / "run")
    assert run.source.path == tmp_path / "run"
    assert [path.name for path in run.source.files] == [f"events.out.tfevents.{n}.host.gz" for n in (1, 2)]
    assert len(run.series["loss"]) == 18


@pytest.mark.parametrize(
    ("name", "files", "expected"),
    [
        ("data.zip", {"train.csv": CSV}, []),  # a data set, by its listing
        ("model.pt", {"metrics.csv": CSV}, []),  # a torch checkpoint is a zip
        ("warm.zip", {"metrics.csv": CSV}, ["warm"]),
    ],
)
def test_among_other_files_only_an_archive_of_logs_is_opened(
    name: str, files: Mapping[str, bytes], expected: list[str], tmp_path: Path
) -> None:
    tree(tmp_path, {"own/metrics.csv": CSV.replace(b"2", b"3")})
    zipped(tmp_path / name, files)
    assert [run.name for run in read(tmp_path)] == ["own", *expected]


def test_a_large_archive_among_other_files_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SMALL_ARCHIVE", 100)
    tree(tmp_path, {"own/metrics.csv": CSV})
    path = zipped(tmp_path / "logs.zip")
    assert [run.name for run in read(tmp_path)] == ["own"]
    assert [run.name for run in read(path)] == RUNS


def test_what_lies_unpacked_beside_it_is_not_read_twice(tmp_path: Path) -> None:
    tree(tmp_path, {"a/metrics.csv": CSV, "a/metrics.csv.gz": gzip.compress(CSV)})
    assert [str(run.source.path) for run in read(tmp_path)] == [str(tmp_path / "a/metrics.csv")]


def test_one_level_inside_another_and_no_further(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"metrics.csv": CSV}).read_bytes()
    packed = {"a/metrics.csv.gz": gzip.compress(CSV.replace(b"2", b"3")), "b/logs.zip": inner}
    middle = zipped(tmp_path / "middle.zip", packed)
    assert [path for _, path in places(middle)] == [f"{middle}/a/metrics.csv.gz", f"{middle}/b/logs.zip/metrics.csv"]
    outer = zipped(tmp_path / "outer.zip", {"c/logs.zip": middle.read_bytes()})
    with pytest.raises(UnreadableError, match="no training log"):
        read(outer)


def test_an_archive_without_logs_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="an archive of 2 files, none of them a training log by its name"):
        read(zipped(tmp_path / "a.zip", {"a.png": b"1", "b.py": b"2"}))
    with pytest.raises(UnreadableError, match="no training log among 1 file"):
        read(zipped(tmp_path / "b.zip", {"notes.txt": b"hello"}))


@pytest.mark.parametrize("name", ["mlflow-sqlite", "optuna-storage"])
def test_databases_in_an_archive(name: str, tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "sample_logs/formats" / name
    files = {str(path.relative_to(sample)): path.read_bytes() for path in sample.rglob("*") if path.is_file()}
    runs, local = read(zipped(tmp_path / "a.zip", files)), read(sample)
    assert [(run.name, len(run.series)) for run in runs] == [(run.name, len(run.series)) for run in local]


def test_real_logs_in_an_archive_are_as_in_their_folder(real_logs: Path, tmp_path: Path) -> None:
    files = {str(path.relative_to(real_logs)): path.read_bytes() for path in real_logs.rglob("*") if path.is_file()}
    packed, local = load([zipped(tmp_path / "a.zip", files)]), load([real_logs])
    for one, other in zip(packed.runs, local.runs, strict=True):
        assert one.name == other.name
        assert one.source.path.relative_to(tmp_path / "a.zip") == other.source.path.relative_to(real_logs)
        assert dict(one.hparams) == dict(other.hparams)
        assert {tag: len(series) for tag, series in one.series.items()} == {
            tag: len(series) for tag, series in other.series.items()
        }
    assert [entry.reason for entry in packed.unreadable] == [entry.reason for entry in local.unreadable]


def test_a_checkpoint_named_by_the_user_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="a zip archive"):
        read(zipped(tmp_path / "model.pt"))


def test_two_calls_give_the_same_bytes(tmp_path: Path, capsys: Output) -> None:
    zipped(tmp_path / "logs.zip")
    tree(tmp_path, {"b/metrics.csv.gz": gzip.compress(CSV), "c/metrics.csv.gz": gzip.compress(CSV)[:-9]})
    for format_ in ("json", "html", "text"):
        outputs = []
        for _ in range(2):
            assert main(["diagnose", str(tmp_path), "--format", format_]) == 0
            outputs.append(capsys.readouterr())
        assert outputs[0] == outputs[1]
        assert "lrdoctor-" not in outputs[0].out.replace("lrdoctor-report", "") + outputs[0].err


def test_json_names_what_the_user_named(tmp_path: Path, capsys: Output) -> None:
    path = zipped(tmp_path / "logs.zip", {**TREE, "x/metrics.csv": b""})
    assert main(["diagnose", str(path), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [run["source"]["path"] for run in report["runs"]] == [f"{path}/{name}" for name in FILES]
    assert report["runs"][0]["source"]["companions"] == [f"{path}/lr_0.1/hparams.yaml"]
    assert [entry["path"] for entry in report["unreadable"]] == [f"{path}/x/metrics.csv"]


def test_a_temporary_folder_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    path = zipped(tmp_path / "logs.zip")
    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(UnreadableError, match="No space left on device"):
        read(path)


def test_bytes_that_end_or_differ_are_told_in_one_line(tmp_path: Path) -> None:
    """Every cut and every flipped byte of every kind of archive: less, or a line, never another exception."""
    for name in ("a.zip", "a.tgz", "a.tar", "a.tar.xz", "a.tar.bz2"):
        whole = (zipped if name == "a.zip" else tarred)(tmp_path / name, {"run/metrics.csv": CSV}).read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 15)):
            for mutated in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
                (tmp_path / name).write_bytes(mutated)
                for entry in load([tmp_path / name]).unreadable:
                    assert "internal error" not in entry.reason
                    assert "\n" not in entry.reason


def test_names_of_compressed_files() -> None:
    assert archives.inner_name("a.b.tar.bz2") == "a.b"
    assert archives.inner_name(".gz") == ".gz"
    assert MAX_BYTES == 2 * 10**9
