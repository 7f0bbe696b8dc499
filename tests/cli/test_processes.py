"""The command line without stand-ins: files on disk, the whole pipeline, often a process of its own."""

import json
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.cli.codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FAILED
from lrdoctor.cli.main import main
from lrdoctor.cli.options import DEFAULT_MAX_BYTES, size_in_bytes
from lrdoctor.reading.discovery.file_kinds import MAX_BYTES
from tests.cli.command_line import a_log, run_it

Output = pytest.CaptureFixture[str]


class TestForReal:
    """No stand-ins: a file on disk, the whole pipeline, a process of its own."""

    def test_a_log_gets_a_report_in_every_format(self, tmp_path: Path) -> None:
        log = a_log(tmp_path)
        done = run_it("diagnose", str(log), "-o", str(tmp_path / "r.html"), "-o", str(tmp_path / "r.json"))
        assert done.returncode == 0
        assert done.stdout == ""
        (run,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["runs"]
        assert run["lr"] == pytest.approx(0.001)
        assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")

    def test_the_same_log_gives_the_same_bytes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        log = a_log(tmp_path)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        for name in ("json", "html", "md", "junit", "sarif"):
            assert (
                run_it("diagnose", str(log), "--format", name).stdout
                == run_it("diagnose", str(log), "--format", name).stdout
            )

    def test_inspect_says_what_was_taken_for_what(self, tmp_path: Path) -> None:
        done = run_it("inspect", str(a_log(tmp_path)))
        assert (done.returncode, done.stderr) == (0, "")
        for words in ("training loss", "train_loss", "step axis", "1e-3", "200"):
            assert words in done.stdout

    def test_inspect_as_json(self, tmp_path: Path) -> None:
        done = run_it("inspect", str(a_log(tmp_path)), "--format", "json")
        (run,) = json.loads(done.stdout)["runs"]
        assert run["roles"]["loss"] == "train_loss"
        assert {s["tag"]: s["points"] for s in run["series"]}["lr"] == 200

    def test_inspect_says_why_files_were_passed_over(self, tmp_path: Path) -> None:
        folder = tmp_path / "runs"
        folder.mkdir()
        (folder / "notes.txt").write_text("nothing of a training\n")
        (folder / "model.pt").write_bytes(b"PK\x03\x04")
        alone = run_it("inspect", str(folder))
        assert alone.returncode == 2
        a_log(folder)
        for done in (alone, run_it("inspect", str(folder))):
            told = " ".join(done.stdout.split())
            for words in ("2 files taken for no log", "model.pt: no log by its name", "notes.txt: text in no"):
                assert words in told
        passed = json.loads(run_it("inspect", str(folder), "--format", "json").stdout)["passed_over"]
        assert (passed["count"], len(passed["files"])) == (2, 2)
        assert "taken for no log" not in run_it("inspect", str(folder / "log.csv")).stdout
        (folder / "config.yaml").write_text("lr: 0.1\n")
        assert "2 files taken for no log" in run_it("inspect", str(folder)).stdout, "the log's settings are read"

    def test_other_series_can_be_named(self, tmp_path: Path) -> None:
        done = run_it("inspect", str(a_log(tmp_path)), "--loss", "accuracy", "--format", "json")
        assert json.loads(done.stdout)["runs"][0]["roles"]["loss"] == "accuracy"
        refused = run_it("diagnose", str(a_log(tmp_path)), "--loss", "nope")
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "nope" in refused.stderr

    @pytest.mark.parametrize("command", ["diagnose", "inspect"])
    def test_larger_files_are_refused_on_request(self, command: str, tmp_path: Path, capsys: Output) -> None:
        log = a_log(tmp_path)
        assert main([command, str(log), "--max-bytes", "100k"]) == 0
        capsys.readouterr()
        assert main([command, str(log), "--max-bytes", "1k"]) == 2
        assert "larger than the 1 kB that --max-bytes (in Python max_bytes=) allows" in capsys.readouterr().err
        assert len(lrdoctor.read(log, max_bytes=10**5)) == 1
        with pytest.raises(lrdoctor.LrdoctorError, match="--max-bytes"):
            lrdoctor.read(log, max_bytes=1000)

    def test_the_largest_size_is_written_once(self) -> None:
        assert size_in_bytes(DEFAULT_MAX_BYTES, "--max-bytes") == MAX_BYTES

    def test_a_picture_is_refused_in_one_line(self, tmp_path: Path) -> None:
        picture = tmp_path / "loss.png"
        picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
        done = run_it("diagnose", str(picture))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("lrdoctor: error: ")


@pytest.mark.parametrize(
    "path",
    ["lightning_csv", "wandb_chart", "wandb_offline", "tb_ui_csv", "hf_tensorboard"],
)
def test_real_logs_get_a_report(real_logs: Path, path: str, capsys: Output) -> None:
    assert main(["diagnose", str(real_logs / path), "--format", "json", "-q"]) in {EXIT_CLEAN, EXIT_FAILED}
    assert json.loads(capsys.readouterr().out)["runs"]


@pytest.mark.parametrize("path", ["edge_lfs_pointer", "wandb_table"])
def test_real_files_that_hold_no_curve_are_one_line_each(real_logs: Path, path: str, capsys: Output) -> None:
    assert main(["diagnose", str(real_logs / path), "-q"]) == EXIT_ERROR
    said = capsys.readouterr()
    assert said.out == ""
    assert all(line.startswith("lrdoctor: error: ") for line in said.err.splitlines())
