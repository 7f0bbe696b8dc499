"""Aim's repository: how it is found, copied and refused, which needs no Aim, and what Aim itself wrote, which does."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.cli.main import main
from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.trackers import aim_copy, aim_process, aim_repository
from lrdoctor.reading.load import load
from lrdoctor.vocabulary.roles import assign_roles
from tests.aim_repositories import HASHES, STEPS, digest, loss, real, skeleton
from tests.sqlite_files import damaged

NAMED = "an Aim repository is read through Aim's own library: pip install 'lrdoctor[aim]'"
# What stands in for Aim: each of its runs has a loss of three points; it ends at runs whose names begin with `crash`.
TELLING = """
import json, os, sys, pathlib, array
folder = pathlib.Path(sys.argv[1])
for name in sys.argv[2:]:
    def put(**line):
        with (folder / "told.jsonl").open("a") as file:
            file.write(json.dumps(line) + chr(10))
    put(begun=name)
    assert (folder / name / ".aim" / "seqs" / "chunks" / name / "000009.sst").read_text() == "seqs 000009.sst\\n"
    with (folder / "points.f8").open("ab") as file:
        if name.startswith("crash"):
            file.write(b"torn"*6)
            os.abort()
        array.array("d", [0, 1, 2, 3, 2, 1, 10, 20, 30]).tofile(file)
        end = file.tell()
    if name.startswith("bad"):
        put(run=name, error="Corruption: bad block")
    else:
        put(run=name, end=end, curves=[["loss", {"subset": "train"}, 3]], settings={"lr": 0.1})
"""


@pytest.fixture
def without_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aim_process, "find_spec", lambda _: None)


@pytest.fixture
def stand_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Something that tells as Aim would."""
    script = tmp_path_factory.mktemp("script") / "script.py"
    script.write_text(TELLING, encoding="utf-8")
    monkeypatch.setattr(aim_process, "SCRIPT", script)
    monkeypatch.setattr(aim_repository, "check_installed", lambda: None)
    return script


def test_it_is_found_wherever_it_is_named(tmp_path: Path) -> None:
    repository = skeleton(tmp_path / "project")
    for named in (tmp_path, tmp_path / "project", repository):
        [source] = discover(named).sources
        assert (source.path, source.format) == (repository, "aim")
        assert source.why == "Aim's tables run, experiment, run_tag"
    [source] = discover(repository / "run_metadata.sqlite").sources
    assert source.format == "aim"


def test_nothing_else_in_it_is_looked_at(tmp_path: Path) -> None:
    repository = skeleton(tmp_path)
    for place in (repository / "meta", tmp_path / ".git"):
        place.mkdir(exist_ok=True)
        (place / "metrics.csv").write_text("step,loss\n0,3\n1,2\n2,1\n", encoding="utf-8")
    found = discover(tmp_path)
    assert [source.format for source in found.sources] == ["aim"]
    assert not found.passed


def test_without_aim_a_line_says_what_to_install(
    tmp_path: Path, without_aim: None, capsys: pytest.CaptureFixture[str]
) -> None:
    skeleton(tmp_path)
    [refused] = load([tmp_path]).unreadable
    assert refused.reason == NAMED
    assert main(["diagnose", str(tmp_path)]) == 2
    assert NAMED in capsys.readouterr().err.replace("\n", " ")


def test_other_logs_are_read_without_aim(tmp_path: Path, without_aim: None) -> None:
    skeleton(tmp_path)
    rows = "".join(f"{step},{3 - step / 50}\n" for step in range(100))
    (tmp_path / "metrics.csv").write_text("step,loss\n" + rows, encoding="utf-8")
    loaded = load([tmp_path])
    assert [run.source.format for run in loaded.runs] == ["table"]
    assert [one.reason for one in loaded.unreadable] == [NAMED]


def test_a_folder_called_aim_is_not_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aim").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "aim", raising=False)
    with pytest.raises(MissingExtraError, match="own library"):
        aim_process.check_installed()


def test_a_database_without_runs_beside_it(tmp_path: Path) -> None:
    repository = skeleton(tmp_path)
    shutil.rmtree(repository / "seqs")
    [refused] = load([tmp_path]).unreadable
    assert "name a whole `.aim`" in refused.reason
    lone = tmp_path / "elsewhere" / "run_metadata.sqlite"
    lone.parent.mkdir()
    shutil.copyfile(repository / "run_metadata.sqlite", lone)
    with pytest.raises(UnreadableError, match="without a run beside it"):
        lrdoctor.read(lone)


def test_look_alikes(tmp_path: Path) -> None:
    (tmp_path / ".aim").mkdir()
    (tmp_path / ".aim" / "run_metadata.sqlite").write_text("step,loss\n0,1\n", encoding="utf-8")
    assert "aim" not in {source.format for source in discover(tmp_path).sources}


def test_all_that_is_copied_counts(tmp_path: Path) -> None:
    repository = skeleton(tmp_path)
    (repository / "seqs" / "chunks" / HASHES[0] / "000010.sst").write_bytes(bytes(100_000))
    [refused] = load([tmp_path], max_bytes=100_000).unreadable
    assert "the runs beside it are copied to be read" in refused.reason


def test_runs_in_the_order_begun(tmp_path: Path, stand_in: Path) -> None:
    repository = skeleton(tmp_path)
    before = digest(repository)
    runs = lrdoctor.read(tmp_path)
    assert [run.name for run in runs] == ["run 0", "run 1", "run 2"]
    for run in runs:
        told = run.series["train/loss"]
        assert told.wall_time is not None
        assert (told.step.tolist(), told.value.tolist(), told.wall_time.tolist()) == (
            [0, 1, 2],
            [3, 2, 1],
            [10, 20, 30],
        )
        assert run.hparams == {"lr": 0.1}
        assert not run.notes
    assert digest(repository) == before


def test_a_run_that_ends_the_process_hides_no_other(tmp_path: Path, stand_in: Path) -> None:
    skeleton(tmp_path, ("aa", "crash1", "bad", "bb", "crash2"))
    runs = lrdoctor.read(tmp_path)
    assert [run.name for run in runs] == ["run 0", "run 3"]
    assert [run.series["train/loss"].value.tolist() for run in runs] == [[3, 2, 1], [3, 2, 1]]
    assert [note.message for note in runs[0].notes] == [
        "run crash1: Aim's library crashed on it",
        "run bad: Corruption: bad block",
        "run crash2: Aim's library crashed on it",
    ]


def test_a_library_that_only_crashes(tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aim_process, "MAX_CRASHES", 1)
    skeleton(tmp_path, ("crash1", "crash2", "crash3"))
    [refused] = load([tmp_path]).unreadable
    assert refused.reason.endswith("crashes again and again: copy it again")


def test_all_runs_lost(tmp_path: Path, stand_in: Path) -> None:
    skeleton(tmp_path, ("bad1", "bad2"))
    [refused] = load([tmp_path]).unreadable
    why = "(run bad1: Corruption: bad block)"
    assert refused.reason == f"an Aim repository without a run that can be read {why}: copy it again"


def test_a_script_that_dies_at_once(tmp_path: Path, stand_in: Path) -> None:
    stand_in.write_text("raise SystemExit(9)", encoding="utf-8")
    skeleton(tmp_path)
    assert "crashes again and again" in load([tmp_path]).unreadable[0].reason


def test_a_library_that_cannot_be_loaded(tmp_path: Path, stand_in: Path) -> None:
    line = (
        """import pathlib, sys; pathlib.Path(sys.argv[1], "told.jsonl").write_text('{"error": "ImportError: x"}\\n')"""
    )
    stand_in.write_text(f"import sys\n{line}\n", encoding="utf-8")
    skeleton(tmp_path)
    assert load([tmp_path]).unreadable[0].reason == f"{NAMED} (installed, but: ImportError: x)"


def test_a_library_that_takes_for_ever(tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.write_text("import time; time.sleep(60)", encoding="utf-8")
    monkeypatch.setattr(aim_process, "MAX_SECONDS", 0.0)
    skeleton(tmp_path)
    assert "takes more than 0 min to read" in load([tmp_path]).unreadable[0].reason


def test_links_are_not_followed(tmp_path: Path, stand_in: Path) -> None:
    repository = skeleton(tmp_path / "a", ("aa", "bb"))
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    (repository / "seqs" / "chunks" / "aa" / "000011.sst").symlink_to(secret)
    (repository / "seqs" / "chunks" / "cc").symlink_to(repository / "seqs" / "chunks" / "bb")
    aim_copy.copy_run(repository, "aa", tmp_path / "copy")
    copied = {path.name for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert copied == {"CURRENT", "MANIFEST-000004", "000008.log", "000009.sst"}
    assert aim_copy.run_hashes(repository) == ["aa", "bb"]


def test_a_flush_meanwhile_begins_the_copy_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = skeleton(tmp_path, ("aa",))
    home, real_copy, flushes = repository / "seqs" / "chunks" / "aa", aim_copy._copy, [1]

    def flushing(path: Path, target: Path) -> None:
        real_copy(path, target)
        if path == home / "MANIFEST-000004" and flushes:
            flushes.pop()
            (home / "000008.log").unlink()
            (home / "000010.sst").write_text("new", encoding="utf-8")
            path.write_text("longer than before\n", encoding="utf-8")

    monkeypatch.setattr(aim_copy, "_copy", flushing)
    aim_copy.copy_run(repository, "aa", tmp_path / "copy")
    copied = tmp_path / "copy" / ".aim" / "seqs" / "chunks" / "aa"
    assert {path.name for path in copied.iterdir()} == {"CURRENT", "MANIFEST-000004", "000009.sst", "000010.sst"}
    assert (copied / "MANIFEST-000004").read_text(encoding="utf-8") == "longer than before\n"


def test_too_many_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aim_copy, "MAX_RUNS", 2)
    with pytest.raises(UnreadableError, match="more than 2 runs: copy some with `aim runs cp`"):
        aim_copy.run_hashes(skeleton(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    pytest.importorskip("aim")
    return real(tmp_path / "project")


def test_values_are_those_that_aim_was_given(repository: Path) -> None:
    before = digest(repository)
    runs = lrdoctor.read(repository.parent)
    assert digest(repository) == before
    assert [run.name for run in runs] == ["lr 0.001", "lr 0.01", "lr 0.1"]
    for run, lr in zip(runs, (0.001, 0.01, 0.1), strict=True):
        assert set(run.series) == {"train/loss", "lr", "val/fold=1/loss"}
        told = run.series["train/loss"]
        assert told.step.tolist() == [2 * step for step in range(STEPS)]
        np.testing.assert_array_equal(told.value, [loss(step, lr) for step in range(STEPS)])
        assert told.wall_time is not None
        assert (np.diff(told.wall_time) >= 0).all()
        val = run.series["val/fold=1/loss"]
        np.testing.assert_array_equal(val.value, [loss(step, lr) + 0.1 for step in range(9, STEPS, 10)])
        assert run.hparams["hparams/lr"] == lr
        assert run.hparams["hparams/optimizer/betas/1"] == 0.99
        roles = assign_roles(run)
        assert (roles.loss, roles.val_loss, roles.lr) == ("train/loss", "val/fold=1/loss", "lr")


def test_values_are_those_that_aim_itself_reads(repository: Path) -> None:
    from aim import Repo

    for own in Repo(str(repository.parent)).iter_runs():
        [run] = [one for one in lrdoctor.read(repository.parent) if one.name == own.name]
        for name, context, _ in own.iter_metrics_info():
            metric = own.get_metric(name, context)
            told = run.series[aim_repository.tag(name, context.to_dict())]
            steps, (values, _, times) = metric.data.numpy()
            for column, theirs in ((told.step, steps), (told.value, values), (told.wall_time, times)):
                np.testing.assert_array_equal(column, theirs)


def test_a_run_that_goes_on_is_read_and_not_disturbed(tmp_path: Path) -> None:
    aim = pytest.importorskip("aim")
    run = aim.Run(repo=str(tmp_path), system_tracking_interval=None, log_system_params=False)
    for step in range(5):
        run.track(3.0 - step, name="loss", step=step)
    [first] = lrdoctor.read(tmp_path)
    for step in range(5, 9):
        run.track(3.0 - step, name="loss", step=step)
    run.close()
    [whole] = lrdoctor.read(tmp_path)
    assert len(first.series["loss"]) <= 5
    assert whole.series["loss"].value.tolist() == [3.0 - step for step in range(9)]


def test_a_damaged_repository_gives_a_line(repository: Path) -> None:
    chunk = next((repository / "seqs" / "chunks").iterdir())
    for name in ("*.sst", "MANIFEST-*"):
        [path] = chunk.glob(name)
        kept = path.read_bytes()
        for data in damaged(path, 2):
            path.write_bytes(data)
            loaded = load([repository])
            assert len(loaded.runs) >= 2
            assert all("\n" not in note.message for run in loaded.runs for note in run.notes)
        path.write_bytes(kept)
    assert len(load([repository]).runs) == 3
