"""Compressed logs and archives are read as the file or folder they stand for."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.file_kinds import MAX_BYTES
from lrdoctor.reading.fetch import archives, workspace
from lrdoctor.reading.load import load, read
from tests.event_logs import losses
from tests.reading.fetch.trees import CSV, FILES, RUNS, TREE, Output, places, tarred, tree, zipped


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
    monkeypatch.setattr(workspace, "SMALL_ARCHIVE", 100)
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
    sample = Path(__file__).parents[3] / "sample_logs/formats" / name
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
