"""A path is sorted into logs: which files are one run, what is refused and why, what is passed over."""

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from lrdoctor.errors import TRACEBACK, UnreadableError
from lrdoctor.reading.discovery import recognition as discover_module
from lrdoctor.reading.discovery.discover import Found, discover, expand
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.parsing.head import Head
from tests.event_logs import losses, scalar, write
from tests.reading.discovery.folders import CSV, LFS, found, names, refused, text

# Which files are one log.


def test_event_files_of_a_folder_are_one_run_oldest_first(tmp_path: Path) -> None:
    for name in ("events.out.tfevents.1000.h.10", "events.out.tfevents.999.h.0", "events.out.tfevents.1000.h.9"):
        losses(tmp_path / "run" / name, range(3))
    text(tmp_path / "run/hparams.yaml", "lr: 0.1\n")
    text(tmp_path / "run/checkpoints/epoch=1.ckpt", b"PK\x03\x04")
    files = ["run/events.out.tfevents.999.h.0", "run/events.out.tfevents.1000.h.9", "run/events.out.tfevents.1000.h.10"]
    assert found(tmp_path) == [("tensorboard", "run", files, ["run/hparams.yaml"])]
    assert discover(tmp_path).refused == ()


def test_runs_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        losses(tmp_path / f"version_{number}/events.out.tfevents.1", range(3))
    text(tmp_path / "version_2/metrics.csv")
    assert [path for _, path, _, _ in found(tmp_path)] == [
        "version_1",
        "version_2/metrics.csv",
        "version_9",
        "version_10",
    ]


@pytest.mark.parametrize(
    ("train", "validation"), [("train", "validation"), ("train", "val"), ("Train", "Valid"), ("training", "test")]
)
def test_a_pair_of_folders_is_one_run(train: str, validation: str, tmp_path: Path) -> None:
    losses(tmp_path / f"a/{train}/events.out.tfevents.5.v2", range(3), "epoch_loss")
    losses(tmp_path / f"a/{validation}/events.out.tfevents.4.v2", range(3), "epoch_loss")
    [(_, path, files, _)] = found(tmp_path)
    assert (path, len(files)) == ("a", 2)
    assert names(tmp_path) == [{f"{train}/epoch_loss", f"{validation}/epoch_loss"}]
    assert found(tmp_path / "a")[0][1] == "."


def test_a_folder_named_train_alone_is_a_run_of_its_own(tmp_path: Path) -> None:
    losses(tmp_path / "train/events.out.tfevents.1", range(3))
    losses(tmp_path / "train2/events.out.tfevents.2", range(3))
    assert [path for _, path, _, _ in found(tmp_path)] == ["train", "train2"]
    assert names(tmp_path) == [{"loss"}, {"loss"}]


def test_an_estimators_eval_folder_belongs_to_the_training_above_it(tmp_path: Path) -> None:
    losses(tmp_path / "model/events.out.tfevents.1", range(3))
    losses(tmp_path / "model/eval/events.out.tfevents.2", range(3))
    assert names(tmp_path) == [{"loss", "eval/loss"}]


def test_nothing_above_the_given_folder_is_taken_for_the_run(tmp_path: Path) -> None:
    losses(tmp_path / "run/train/events.out.tfevents.1", range(3))
    losses(tmp_path / "run/val/events.out.tfevents.2", range(3))
    assert found(tmp_path / "run/train") == [("tensorboard", ".", ["events.out.tfevents.1"], [])]


def test_add_scalars_writes_a_folder_a_curve(tmp_path: Path) -> None:
    write(tmp_path / "run/events.out.tfevents.1", [])
    losses(tmp_path / "run/Loss_train/events.out.tfevents.2", range(3), "Loss")
    losses(tmp_path / "run/Loss_val/events.out.tfevents.3", range(3), "Loss")
    losses(tmp_path / "run/other/events.out.tfevents.4", range(3), "Loss")  # a run inside the run's folder
    assert [path for _, path, _, _ in found(tmp_path)] == ["run", "run/other"]
    assert names(tmp_path) == [{"Loss/train", "Loss/val"}, {"Loss"}]


def test_add_hparams_writes_a_folder_named_with_the_time(tmp_path: Path) -> None:
    losses(tmp_path / "run/events.out.tfevents.1", range(3))
    write(tmp_path / "run/1795438636.43/events.out.tfevents.2", [scalar("hparam/loss", 0, 1.0)])
    losses(tmp_path / "1795438637.1/events.out.tfevents.3", range(3))  # with no run above it, it is one
    assert [(path, len(files)) for _, path, files, _ in found(tmp_path)] == [("1795438637.1", 1), ("run", 2)]


def test_a_table_has_the_settings_beside_it(tmp_path: Path) -> None:
    text(tmp_path / "version_0/metrics.csv")
    text(tmp_path / "version_0/hparams.yaml", "lr: 0.1\n")
    text(tmp_path / "hparams.yaml", "lr: 0.2\n")
    assert found(tmp_path) == [
        ("table", "version_0/metrics.csv", ["version_0/metrics.csv"], ["version_0/hparams.yaml"])
    ]
    [one] = discover(tmp_path / "version_0/metrics.csv").sources
    assert [path.name for path in one.companions] == ["hparams.yaml"]


def test_downloads_from_tensorboards_page_are_grouped_by_run(tmp_path: Path) -> None:
    curve = "Wall time,Step,Value\n1.5,0,3\n2.5,1,2\n3.5,2,1\n"
    tags = {"one": ["run-a-tag-loss.csv", "run-a-tag-lr.csv"], "two": ["run-b-tag-loss.csv", "run-c-tag-loss.csv"]}
    parts = ["run-k_train-tag-epoch_loss.csv", "run-k_validation-tag-epoch_loss.csv", "renamed.csv"]
    for folder, files in (tags | {"keras": parts}).items():
        for name in files:
            text(tmp_path / folder / name, curve)
    assert [(kind, path, len(files)) for kind, path, files, _ in found(tmp_path)] == [
        ("tb-ui", "keras", 2),
        ("tb-ui", "keras/renamed.csv", 1),
        ("tb-ui", "one", 2),
        ("tb-ui", "two/run-b-tag-loss.csv", 1),
        ("tb-ui", "two/run-c-tag-loss.csv", 1),
    ]
    assert names(tmp_path)[0] == {"train/epoch_loss", "validation/epoch_loss"}
    assert names(tmp_path)[2] == {"loss", "lr"}


def test_a_file_alone_is_read_alone(tmp_path: Path) -> None:
    first = losses(tmp_path / "events.out.tfevents.1", range(3))
    losses(tmp_path / "events.out.tfevents.2", range(3))
    [one] = discover(first).sources
    assert (one.path, one.files, one.format) == (first, (first,), "tensorboard")
    assert one.why


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    losses(tmp_path / "a/metrics.csv", range(3))
    text(tmp_path / "b/events.out.tfevents.1")
    losses(tmp_path / "c/events.out.tfevents.1.host.py", range(3))
    assert [(kind, path) for kind, path, _, _ in found(tmp_path)] == [
        ("tensorboard", "a"),
        ("table", "b/events.out.tfevents.1"),
        ("tensorboard", "c"),
    ]


def test_every_reader_has_its_own_name() -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)
    assert READERS[0].name == "tensorboard"
    assert READERS[-1].name == "console"


# What is refused.


def sqlite_file(path: Path) -> bytes:
    with sqlite3.connect(path / "x.db") as base:
        base.execute("create table t (a)")
    base.close()
    return (path / "x.db").read_bytes()


UNREADABLE: list[tuple[str, str, bytes, str]] = [
    ("an empty file", "log.csv", b"", "an empty file: "),
    ("a Git LFS pointer", "events.out.tfevents.1", LFS, "a Git LFS pointer, .*: run git lfs pull"),
    ("a PNG", "loss.png", b"\x89PNG\r\n\x1a\n\x00", "a PNG image: "),
    ("a JPEG", "loss.csv", b"\xff\xd8\xff\xe0\x00", "a JPEG image: "),
    ("a zip", "model.pt", b"PK\x03\x04\x00", "a zip archive .*: unpack it"),
    ("a gzip", "log.txt.gz", b"\x1f\x8b\x08\x00", "gzip-compressed: unpack it"),
    ("a pickle", "history.pkl", b"\x80\x04\x95\x00", "a Python pickle, which is not opened"),
    ("HDF5", "w.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    ("other binary", "data", bytes(range(256)), "a binary file of an unknown kind"),
    ("undecodable", "data", b"\xfe\xfd\xfc" * 99, "a binary file of an unknown kind"),
    (
        "a torn event file",
        "events.out.tfevents.1",
        b"\x18\x00\x00\x00\x00",
        "an event file by its name, but damaged or torn",
    ),
    ("a web page", "metrics.csv", b"<!DOCTYPE html><p>404", "a web page"),
    ("JSON", "all.json", b'{"accuracy": 0.5}', "JSON, but no training history"),
    ("a table without a loss", "cities.csv", b"name,people\nRome,3\nOslo,1\n", r"a .*table"),
    ("prose", "notes.txt", b"Dear diary,\nthe loss went up.\n", "text in no log format known here"),
    ("blanks", "notes.txt", b"\n \n", "a file of blanks"),
]


@pytest.mark.parametrize(
    ("name", "content", "reason"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE]
)
def test_an_unknown_file_is_refused_with_what_it_seems_to_be(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    answer = discover(text(tmp_path / name, content))
    assert answer.sources == ()
    [refusal] = answer.refused
    assert refusal.path == str(tmp_path / name)
    assert re.match(reason, refusal.reason), refusal.reason
    assert "\n" not in refusal.reason


def test_a_database_is_refused(tmp_path: Path) -> None:
    [refusal] = discover(text(tmp_path / "mlflow.db", sqlite_file(tmp_path))).refused
    assert refusal.reason.startswith("an SQLite database: ")


def test_a_format_without_curves_is_refused_with_its_own_words(tmp_path: Path) -> None:
    table = '"Name","State","Created","lr"\n"a","finished","2024","0.1"\n"b","finished","2024","0.2"\n'
    path = text(tmp_path / "wandb_export.csv", table)
    for where in (path, tmp_path):
        answer = discover(where)
        assert answer.sources == ()
        assert "runs table" in answer.refused[0].reason


def test_in_a_folder_only_what_looks_like_a_log_is_refused(tmp_path: Path) -> None:
    text(tmp_path / "run/metrics.csv")
    text(tmp_path / "a/events.out.tfevents.1", LFS)
    text(tmp_path / "b/events.out.tfevents.1", b"")
    text(tmp_path / "c/history.csv", LFS)
    text(tmp_path / "d/progress.csv", b"")
    for name, content in {
        "x.png": b"\x89PNG",
        "x.py": b"",
        "x.txt": b"hello",
        "x.json": b"{}",
        "empty.txt": b"",
    }.items():
        text(tmp_path / name, content)
    assert [path for _, path, _, _ in found(tmp_path)] == ["run/metrics.csv"]
    reasons = refused(tmp_path)
    assert {path: reason.split(":")[0].split(",")[0] for path, reason in reasons.items()} == {
        "a/events.out.tfevents.1": "a Git LFS pointer",
        "b/events.out.tfevents.1": "an empty file",
        "c/history.csv": "a Git LFS pointer",
        "d/progress.csv": "an empty file",
    }


def test_a_folder_with_nothing_to_read_says_what_was_seen(tmp_path: Path) -> None:
    for number in range(8):
        text(tmp_path / f"src/{number}.py", b"pass")
    for number in range(4):
        text(tmp_path / f"{number}.png", b"\x89PNG\r\n")
    answer = discover(tmp_path)
    assert answer.sources == ()
    assert [one.path for one in answer.refused] == [str(tmp_path)]
    assert answer.refused[0].reason.startswith(
        "no training log among 12 files (8 .py, 4 .png): `lrdoctor formats` lists"
    )


def test_an_empty_folder(tmp_path: Path) -> None:
    assert refused(tmp_path)["."].startswith("no training log: the directory holds no file")


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"^no such file or directory: .*absent\.csv: check the spelling$"):
        discover(tmp_path / "absent.csv")


# Several paths.


def test_globs(tmp_path: Path) -> None:
    for name in ("v10", "v9", "w[1]"):
        text(tmp_path / name / "metrics.csv")
    assert expand([str(tmp_path / "v*"), tmp_path / "v9"]) == [tmp_path / "v9", tmp_path / "v10"]
    assert expand([tmp_path / "**/metrics.csv"]) == [tmp_path / n / "metrics.csv" for n in ("v9", "v10", "w[1]")]
    assert expand([tmp_path / "w[1]", tmp_path / "none*"]) == [tmp_path / "w[1]", tmp_path / "none*"]


# Real folders.


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("tb_keras_callback", [("tensorboard", "run1", 2), ("tensorboard", "run_interrupted", 2)]),
        ("generated/tb/torch_add_scalars", [("tensorboard", ".", 3)]),
        ("generated/tb/torch_hparams", [("tensorboard", ".", 2)]),
        ("generated/tb/torch_restart", [("tensorboard", ".", 2)]),
        ("lightning_tb_multifile", [("tensorboard", "trial_0", 2)]),
        ("hf_tensorboard", [("hf-trainer", "t5_summ", 1), ("tensorboard", "t5_summ/runs/Mar24_22-23-40", 2)]),
        ("lightning_csv/slm_v0", [("table", "metrics.csv", 1)]),
        ("wandb_offline/a7med_ldm4qyxq", [("wandb-offline", "run-ldm4qyxq.wandb", 1)]),
        ("tb_ui_csv", [("tb-ui", ".", 2)]),
        (
            "generated/tb_ui",
            [("tb-ui", "run-torch_5000-tag-Loss_train.csv", 2), ("tb-ui", "run-torch_newstyle_nan-tag-loss.csv", 2)],
        ),
        ("yolov5", [("tensorboard", "lego", 1), ("ultralytics", "lego/results.csv", 1)]),
    ],
)
def test_real_folders(folder: str, expected: list[tuple[str, str, int]], real_logs: Path) -> None:
    assert [(kind, path, len(files)) for kind, path, files, _ in found(real_logs / folder)] == expected


def test_real_pointer_and_empty_file(real_logs: Path) -> None:
    [refusal] = discover(real_logs / "edge_lfs_pointer").refused
    assert "git lfs pull" in refusal.reason
    [refusal] = discover(real_logs / "openai_logger_diffusion/logs_test_2e-5").refused
    assert refusal.reason.startswith("an empty file")


def test_all_real_logs_are_found_or_refused_in_one_line(real_logs: Path) -> None:
    answer: Found = discover(real_logs)
    assert len(answer.sources) > 60
    assert all("\n" not in one.reason and ": " in one.reason for one in answer.refused)


@pytest.mark.parametrize("where", ["run/metrics.csv", "."])
def test_a_file_larger_than_allowed_is_refused_with_its_size_and_the_option(where: str, tmp_path: Path) -> None:
    text(tmp_path / "run/metrics.csv", CSV + "3,0.5\n" * 200)
    text(tmp_path / "photo.txt", "x" * 5000)
    [refusal] = discover(tmp_path / where, 1000).refused
    assert refusal.path == str(tmp_path / "run/metrics.csv")
    assert refusal.reason.startswith("1 kB: larger than the 1 kB that --max-bytes (in Python max_bytes=) allows")
    assert len(discover(tmp_path / where, 2000).sources) == 1


def test_a_bug_in_what_recognises_hides_no_other_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def recognise(head: Head) -> str | None:
        if head.path.parent.name == "a":
            raise ZeroDivisionError
        return None

    text(tmp_path / "a/metrics.csv")
    text(tmp_path / "b/metrics.csv")
    broken = replace(READERS[0], recognise=recognise)
    monkeypatch.setattr(discover_module, "READERS", (broken, *READERS))
    monkeypatch.delenv(TRACEBACK, raising=False)
    assert [path for _, path, _, _ in found(tmp_path)] == ["b/metrics.csv"]
    assert "ZeroDivisionError" in refused(tmp_path)["a/metrics.csv"]
    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(ZeroDivisionError):
        discover(tmp_path)


def test_compressed_files_of_a_folder_are_handed_on_unopened(tmp_path: Path) -> None:
    for name in ("metrics.csv.gz", "logs.zip", "model.pt", "events.out.tfevents.1.host.xz"):
        text(tmp_path / name, b"anything")
    answer = discover(tmp_path)
    assert [path.name for path in answer.compressed] == ["events.out.tfevents.1.host.xz", "logs.zip", "metrics.csv.gz"]


def test_hydras_settings_lie_above_the_loggers_folders(tmp_path: Path) -> None:
    text(tmp_path / "0/.hydra/config.yaml", b"lr: 0.01")
    log = text(tmp_path / "0/csv/version_0/metrics.csv", b"step,loss\n1,2\n2,1\n")
    (source,) = discover(tmp_path).sources
    assert source.companions == (tmp_path / "0/.hydra/config.yaml",)
    assert source.files == (log,)
