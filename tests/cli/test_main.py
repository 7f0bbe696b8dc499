"""The command line, as a user meets it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lrdoctor
from lrdoctor import batch, pipeline
from lrdoctor.cli import output
from lrdoctor.cli.app import app
from lrdoctor.cli.main import main
from lrdoctor.errors import UsageError
from lrdoctor.inference import sweep
from lrdoctor.measurement import case
from lrdoctor.reading.load import Loaded
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Run
from lrdoctor.records.unreadable import Unreadable
from tests.cli.command_line import a_log, run_it
from tests.report import examples as ex

Golden = Callable[[str, str], None]
Output = pytest.CaptureFixture[str]
EXAMPLES: Mapping[str, Diagnosis] = {name: make() for name, make in ex.EXAMPLES.items()}


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the named examples what every path holds, with the given paths unreadable."""

    def given(*names: str, unreadable: tuple[Unreadable, ...] = ()) -> None:
        known = {EXAMPLES[name].run.name: EXAMPLES[name] for name in names}

        def answer(run: Run, _tables: object) -> Diagnosis:
            return known[run.name]

        monkeypatch.setattr(
            batch,
            "load",
            lambda _paths, _max_bytes, **_options: Loaded(tuple(d.run for d in known.values()), unreadable),
        )
        monkeypatch.setattr(case, "examine", lambda run, **_options: run)
        monkeypatch.setattr(pipeline, "infer_diagnosis", answer)
        monkeypatch.setattr(sweep, "find_sweeps", lambda *_given, **_options: [])

    return given


class TestHelp:
    def test_help_is_what_users_know(self, golden: Golden) -> None:
        for command, name in (([], "help.txt"), (["diagnose"], "diagnose-help.txt")):
            shown = CliRunner().invoke(app, [*command, "--help"], terminal_width=80, prog_name="lrdoctor")
            assert shown.exit_code == 0
            golden(name, shown.output)

    def test_help_and_version_import_nothing_heavy(self) -> None:
        code = (
            "import sys; from lrdoctor.cli.main import main; assert main([sys.argv[1]]) == 0;"
            "sys.exit(' '.join({'numpy', 'pandas', 'matplotlib', 'scipy', 'rich', 'jinja2'} & set(sys.modules)) or 0)"
        )
        for flag in ("--help", "--version"):
            command = [sys.executable, "-c", code, flag]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
            assert (done.returncode, done.stderr) == (0, "")

    def test_version(self, capsys: Output) -> None:
        assert main(["--version"]) == 0
        assert capsys.readouterr().out == f"lrdoctor {lrdoctor.__version__}\n"

    def test_nothing_asked_is_a_usage_error_that_helps(self, capsys: Output) -> None:
        assert main([]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "diagnose" in said.err
        assert "Exit codes" in said.err


class TestUsageErrors:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["diagnose"], "PATH"),
            (["diagnose", "x", "--nope"], "--nope"),
            (["frobnicate"], "frobnicate"),
            (["diagnose", "x", "--format", "pdf"], "text, json, html"),
            (["diagnose", "x", "--fail-on", "bad"], "inconclusive, unreadable"),
            (["diagnose", "x", "-o", "report.pdf"], ".txt, .json, .html"),
            (["diagnose", "x", "-o", "no/such/dir/report.html"], "no directory"),
            (["inspect", "x", "--format", "html"], "text, json"),
            (["diagnose", "no/such/log"], "no/such/log"),
            (["inspect", "no/such/log"], "no/such/log"),
            (["diagnose", "x", "--max-bytes", "much"], "--max-bytes much: give a size such as 4GB"),
            (["sweep", "x", "--max-bytes", "0"], "--max-bytes 0: give a size such as 4GB"),
            (["inspect", "x", "--max-bytes", "-1"], "--max-bytes -1: give a size such as 4GB"),
        ],
    )
    def test_each_is_one_line_and_exit_code_2(self, arguments: list[str], says: str, capsys: Output) -> None:
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("lrdoctor: error: ")
        assert said.err.count("\n") == 1
        assert says in said.err

    def test_they_come_before_any_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_given: object) -> Loaded:
            raise AssertionError

        monkeypatch.setattr(batch, "load", never)
        assert main(["diagnose", "x", "-o", "no/such/dir/report.html"]) == 2
        assert main(["diagnose", "x", "--fail-on", "bad"]) == 2


class TestOutput:
    def test_the_text_report_goes_to_standard_output(self, reading: Callable[..., None], capsys: Output) -> None:
        reading("too-slow")
        assert main(["diagnose", "x"]) == 0
        said = capsys.readouterr()
        assert said.out.startswith("adam_lr1e-5: TOO SLOW, very likely, 91 %")
        assert said.err == ""

    @pytest.mark.parametrize(("name", "begins"), [("json", "{"), ("html", "<!doctype html>"), ("text", "adam")])
    def test_another_format_on_request(
        self, reading: Callable[..., None], capsys: Output, name: str, begins: str
    ) -> None:
        reading("too-slow")
        assert main(["diagnose", "x", "--format", name]) == 0
        assert capsys.readouterr().out.startswith(begins)

    def test_files_by_their_suffix_and_nothing_printed(
        self, reading: Callable[..., None], capsys: Output, tmp_path: Path
    ) -> None:
        reading("too-slow", "divergent")
        targets = [str(tmp_path / name) for name in ("a.html", "b.json", "c.txt")]
        assert main(["diagnose", "x", *(part for target in targets for part in ("-o", target))]) == 0
        said = capsys.readouterr()
        assert said.out == ""
        assert [line.split(" (")[0] for line in said.err.splitlines()] == [f"lrdoctor: wrote {t}" for t in targets]
        assert "2 runs: 1 too slow, 1 divergent" in said.err
        assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype")
        assert len(json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["runs"]) == 2
        assert len(list(tmp_path.iterdir())) == 3

    def test_files_and_a_format_for_the_terminal(
        self, reading: Callable[..., None], capsys: Output, tmp_path: Path
    ) -> None:
        reading("too-slow")
        assert main(["diagnose", "x", "-o", str(tmp_path / "a.json"), "--format", "text", "--quiet"]) == 0
        said = capsys.readouterr()
        assert said.out.startswith("adam_lr1e-5")
        assert said.err == ""

    def test_unreadable_paths_are_in_the_report_and_on_standard_error(
        self, reading: Callable[..., None], capsys: Output
    ) -> None:
        reading("too-slow", unreadable=ex.UNREADABLE)
        assert main(["diagnose", "x"]) == 0
        said = capsys.readouterr()
        assert "git lfs pull" in " ".join(said.out.split())
        assert said.err.splitlines()[0].startswith("lrdoctor: warning: logs/pointer.tfevents: a Git LFS pointer")
        assert "\x1b" not in said.err

    def test_many_unreadable_paths_are_not_a_wall(self, reading: Callable[..., None], capsys: Output) -> None:
        reading("too-slow", unreadable=tuple(Unreadable(f"p{i}", "broken") for i in range(100)))
        assert main(["diagnose", "x"]) == 0
        assert len(capsys.readouterr().err.splitlines()) == output.COMPLAINTS_SHOWN + 1

    def test_a_disk_that_fills_up_is_one_line(
        self, reading: Callable[..., None], capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        reading("too-slow")
        monkeypatch.setattr(os, "fsync", full)
        assert main(["diagnose", "x", "-o", str(tmp_path / "a.json")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
        assert list(tmp_path.iterdir()) == []


class TestExitCodes:
    def test_what_fail_on_names_is_1_and_the_report_is_written(
        self, reading: Callable[..., None], capsys: Output, tmp_path: Path
    ) -> None:
        reading("too-slow", "well-tuned")
        report = tmp_path / "a.json"
        assert main(["diagnose", "x", "-o", str(report), "--fail-on", "divergent,still-falling"]) == 1
        assert report.exists()
        assert (
            "lrdoctor: --fail-on: logs/adam_lr1e-5: too slow 91 %, LR 1e-5; matched LR201\n" in capsys.readouterr().err
        )

    @pytest.mark.parametrize(("words", "code"), [("inconclusive", 1), ("too-slow", 0), ("unreadable", 1), ("LR902", 0)])
    def test_verdicts_findings_and_unreadable(self, reading: Callable[..., None], words: str, code: int) -> None:
        reading("no-lr", unreadable=ex.UNREADABLE)
        assert main(["diagnose", "x", "--fail-on", words, "-q", "--format", "json"]) == code

    def test_nothing_analysed_is_2_and_outranks_1(
        self, reading: Callable[..., None], capsys: Output, tmp_path: Path
    ) -> None:
        reading(unreadable=ex.UNREADABLE[:1])
        report = tmp_path / "a.json"
        assert main(["diagnose", "x", "--fail-on", "unreadable", "-o", str(report)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert json.loads(report.read_text(encoding="utf-8"))["summary"]["unreadable"] == 1

    def test_json_is_printed_even_where_nothing_was_analysed(
        self, reading: Callable[..., None], capsys: Output
    ) -> None:
        reading(unreadable=ex.UNREADABLE)
        assert main(["diagnose", "x", "--format", "json"]) == 2
        assert json.loads(capsys.readouterr().out)["runs"] == []

    def test_paths_that_hold_nothing_at_all(self, reading: Callable[..., None], capsys: Output) -> None:
        reading()
        assert main(["diagnose", "x"]) == 2
        assert capsys.readouterr().err == "lrdoctor: error: x: no log was found: name a log file or a folder of them\n"

    def test_one_reason_for_every_run_is_said_once(
        self, reading: Callable[..., None], capsys: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_run: Run, _tables: object) -> Diagnosis:
            raise UsageError("t.json: not a file of fitted tables")

        reading("too-slow", "well-tuned")
        monkeypatch.setattr(pipeline, "infer_diagnosis", refuse)
        assert main(["diagnose", "x"]) == 2
        assert capsys.readouterr().err == "lrdoctor: error: t.json: not a file of fitted tables (the same for 2 logs)\n"


class TestAccidents:
    def fail_on(self, name: str) -> Callable[..., Diagnosis]:
        def diagnose(run: Run, _tables: object) -> Diagnosis:
            if run.name == EXAMPLES[name].run.name:
                raise ZeroDivisionError("by\nzero")
            return EXAMPLES["well-tuned"]

        return diagnose

    def test_a_bug_in_one_run_does_not_hide_the_others(
        self, reading: Callable[..., None], capsys: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading("too-slow", "well-tuned")
        monkeypatch.setattr(pipeline, "infer_diagnosis", self.fail_on("too-slow"))
        assert main(["diagnose", "x"]) == 0
        said = capsys.readouterr()
        assert "cosine/3e-4: WELL TUNED" in said.out
        assert "adam_lr1e-5: internal error (ZeroDivisionError: by zero): please report" in said.err

    def test_a_bug_in_the_only_run_is_2(
        self, reading: Callable[..., None], capsys: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading("too-slow")
        monkeypatch.setattr(pipeline, "infer_diagnosis", self.fail_on("too-slow"))
        assert main(["diagnose", "x"]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    def test_the_traceback_can_be_had(self, reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        reading("too-slow")
        monkeypatch.setattr(pipeline, "infer_diagnosis", self.fail_on("too-slow"))
        monkeypatch.setenv("LRDOCTOR_TRACEBACK", "1")
        with pytest.raises(ZeroDivisionError):
            main(["diagnose", "x"])

    def test_a_bug_elsewhere_is_one_line_too(self, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_given: object, **_options: object) -> Loaded:
            raise KeyError("tag")

        monkeypatch.setattr(batch, "load", broken)
        assert main(["diagnose", "x"]) == 2
        assert capsys.readouterr().err.startswith("lrdoctor: error: internal error (KeyError: 'tag')")

    def test_an_interrupt_is_130_without_a_traceback(self, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_given: object, **_options: object) -> Loaded:
            raise KeyboardInterrupt

        monkeypatch.setattr(batch, "load", interrupted)
        assert main(["diagnose", "x"]) == 130
        assert "Traceback" not in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [["diagnose"], ["inspect"], ["--help"], ["--version"]])
    def test_a_reader_that_goes_away_is_no_error(self, tmp_path: Path, arguments: list[str]) -> None:
        log = a_log(tmp_path)
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "lrdoctor", *arguments, *([] if arguments[0].startswith("-") else [str(log)])]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
        os.close(write)
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_terminal_that_cannot_show_a_character(self, tmp_path: Path) -> None:
        log = a_log(tmp_path, "verlust_größe")
        done = run_it("inspect", str(log), env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
        assert (done.returncode, done.stderr) == (0, "")
        assert "verlust_gr" in done.stdout


class TestProgress:
    @pytest.mark.parametrize(
        ("terminal", "quiet", "runs", "bar"),
        [
            (True, False, 6, True),
            (True, True, 6, False),
            (True, False, 2, False),
            (False, False, 6, False),
        ],
    )
    def test_a_bar_only_where_somebody_waits(
        self, monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool, runs: int, bar: bool
    ) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return terminal

        shown = Terminal()
        monkeypatch.setattr(sys, "stderr", shown)
        assert list(output.watched(range(runs), "diagnosing", quiet=quiet)) == list(range(runs))
        assert ("diagnosing" in shown.getvalue()) == bar
