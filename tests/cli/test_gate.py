"""The gate from the command line: its options, its lines, what it never forgets."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from tests.cli.command_line import a_log

Output = pytest.CaptureFixture[str]
LOGS = Path(__file__).parents[2] / "sample_logs"
BROKE, HIGH, SWEEP = str(LOGS / "diverged-to-nan"), str(LOGS / "too-high"), str(LOGS / "sweep")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this project's configuration nor a CI job's variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["diagnose", BROKE, "--fail-on", "divergent"], 1),
        (["diagnose", BROKE, "--fail-on", "divergent", "--exit-zero"], 0),
        (["diagnose", HIGH, "--fail-on", "too-high"], 1),
        (["diagnose", HIGH, "--fail-on", "too-high>=99%"], 0),
        (["diagnose", BROKE, "--fail-on", "fault"], 1),
        (["diagnose", BROKE, "--fail-on", "divergnt"], 2),
        (["sweep", SWEEP, "--fail-on", "divergent,too-high,too-slow"], 0),
        (["diagnose", SWEEP, "--fail-on", "divergent,too-high,too-slow"], 0),
        (["sweep", SWEEP, "--fail-on", "well-tuned"], 1),
        (["diagnose", "gone.csv", HIGH, "--fail-on", "too-high"], 2),
        (["diagnose", HIGH, "--baseline", "gone.json"], 2),
        (["diagnose", HIGH, "--config", "gone.toml"], 2),
        (["diagnose", HIGH, "--config", "x", "--no-config"], 2),
        (["diagnose", "--fail-on", "too-high", "--", HIGH], 1),
        (["diagnose", HIGH, "--", "--fail-on", "too-high"], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int, capsys: Output) -> None:
    assert main(arguments) == code
    assert "Traceback" not in capsys.readouterr().err


def test_what_failed_is_said_and_what_is_no_pass_counted(capsys: Output) -> None:
    turned = str(LOGS / "turned-sign")
    assert main(["diagnose", BROKE, turned, "--fail-on", "divergent"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-2].startswith("lrdoctor: --fail-on: ")
    assert lines[-2].endswith("divergent observed, LR 2.5; matched divergent")
    assert lines[-1] == "lrdoctor: 1 failed; 1 divergent, 1 inconclusive"


def test_the_report_is_there_before_the_exit_code_and_holds_the_gate(tmp_path: Path) -> None:
    assert main(["diagnose", BROKE, "-o", "r.json", "-o", "r.html", "--fail-on", "divergent", "-q"]) == 1
    gate = json.loads((tmp_path / "r.json").read_text())["gate"]
    assert (gate["asked"], gate["passes"], gate["failures"][0]["matched"]) == ("divergent", False, ["divergent"])
    assert "<strong>Fails</strong> divergent" in (tmp_path / "r.html").read_text()


def test_a_baseline_lets_through_what_was_there_before(tmp_path: Path, capsys: Output) -> None:
    assert main(["diagnose", BROKE, "-o", "before.json", "-q"]) == 0
    assert main(["diagnose", BROKE, "--fail-on", "divergent", "--baseline", "before.json"]) == 0
    assert "none failed, 1 known" in capsys.readouterr().err
    # A run as the baseline stands for every other.
    assert main(["diagnose", BROKE, "--fail-on", "divergent", "--baseline", HIGH, "-q"]) == 1
    assert "it was too high 92 %, LR 0.2; the loss curves part at step" in capsys.readouterr().err


def test_a_sweep_that_was_as_it_is_is_known(capsys: Output) -> None:
    arguments = ["sweep", SWEEP, "--fail-on", "well-tuned"]
    assert main([*arguments, "-o", "before.json", "-q"]) == 1
    assert main([*arguments, "--baseline", "before.json"]) == 0
    assert "none failed, 1 known" in capsys.readouterr().err
    assert main([*arguments, "--baseline", SWEEP]) == 0


def two_losses(folder: Path, name: str = "two.csv") -> Path:
    """A log with two losses, neither of them called one."""
    lines = [f"{i},{2 / (1 + i / 20)},{3 / (1 + i / 30) + i / 50},0.001" for i in range(200)]
    (folder / name).write_text("\n".join(["step,odd,even,lr", *lines]) + "\n")
    return folder / name


@pytest.mark.parametrize("loss", ["odd", "even"])
def test_the_runs_of_a_baseline_are_read_as_the_others(loss: str, tmp_path: Path, capsys: Output) -> None:
    log = str(two_losses(tmp_path))
    arguments = [
        "diagnose",
        log,
        "--loss",
        loss,
        "--fail-on",
        "divergent,too-slow>=0,well-tuned>=0,too-high>=0",
        "--baseline",
    ]
    assert main([*arguments, str(two_losses(tmp_path, "before.csv"))]) == 0
    assert "none failed, 1 known" in capsys.readouterr().err


def test_a_baseline_of_standard_input_does_not_take_the_log_away(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(a_log(tmp_path).read_bytes())))
    assert main(["diagnose", "-", "--baseline", "-"]) == 2
    assert "--baseline -: no such file" in capsys.readouterr().err


def test_the_log_of_a_baseline_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text((LOGS / "formats" / "hf-trainer-state" / "trainer_state.json").read_text())
    kept = (tmp_path / "metrics.json").read_bytes()
    assert main(["diagnose", HIGH, "--baseline", "metrics.json", "-o", "metrics.json"]) == 2
    assert (tmp_path / "metrics.json").read_bytes() == kept


def test_a_baseline_without_anything_to_fail_is_told(tmp_path: Path, capsys: Output) -> None:
    assert main(["diagnose", HIGH, "-o", "before.json", "-q"]) == 0
    assert main(["diagnose", HIGH, "--baseline", "before.json", "-q"]) == 0
    assert "warning: --baseline does nothing here" in capsys.readouterr().err


def test_the_configuration_asks_every_time(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "lrdoctor.toml").write_text(
        'fail-on = "divergent"\noutput = "lr.json"\n[[ignore]]\nmatch = "LR999"\nreason = "x"\n'
    )
    assert main(["diagnose", BROKE]) == 2
    assert "lrdoctor.toml: --fail-on does not know 'LR999'" in capsys.readouterr().err
    text = 'fail-on = "divergent"\noutput = "lr.json"\n[[ignore]]\nmatch = "too-slow"\nreason = "once"\n'
    (tmp_path / "lrdoctor.toml").write_text(text)
    assert main(["diagnose", BROKE]) == 1
    assert (tmp_path / "lr.json").exists()
    assert "warning: an ignore no longer applies: too-slow at '*' (once): remove it" in capsys.readouterr().err
    assert main(["diagnose", BROKE, "--no-config", "-q"]) == 0
    (tmp_path / "lrdoctor.toml").write_text(text + '[[ignore]]\nmatch = "divergent"\nreason = "known"\n')
    assert main(["diagnose", BROKE]) == 0
    assert "1 ignored" in capsys.readouterr().err


def test_series_may_be_named_for_single_paths(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.write_text(log.read_text().replace("train_loss", "odd_name"))
    (tmp_path / "lrdoctor.toml").write_text('[[overrides]]\npath = "*metrics.csv"\nloss = "odd_name"\n')
    assert main(["diagnose", str(log), "-o", "r.json", "-q"]) == 0
    (run,) = json.loads((tmp_path / "r.json").read_text())["runs"]
    assert run["roles"]["loss"] == "odd_name"


def test_a_series_of_the_command_line_comes_before_any_of_the_configuration(tmp_path: Path) -> None:
    log = str(two_losses(tmp_path))
    (tmp_path / "lrdoctor.toml").write_text('lr = "lr"\n[[overrides]]\npath = "*.csv"\nloss = "odd"\n')
    for options, loss in ([], "odd"), (["--loss", "even"], "even"):
        assert main(["diagnose", log, *options, "-o", "r.json", "-q"]) == 0
        (run,) = json.loads((tmp_path / "r.json").read_text())["runs"]
        assert (run["roles"]["loss"], run["roles"]["lr"]) == (loss, "lr")


def test_a_broken_configuration_of_ours_does_not_turn_the_gate_off(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.lrdoctor]\nfail-on = "divergent"\n[project\n')
    assert main(["diagnose", BROKE]) == 2
    assert "pyproject.toml: no TOML" in capsys.readouterr().err
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert main(["diagnose", BROKE, "-q"]) == 0, "whoever owns it will say so"


class TestOutputs:
    def test_several_files_and_standard_output(self, tmp_path: Path, capsys: Output) -> None:
        names = ["r.md", "r.xml", "r.sarif", "r.txt", "gl-code-quality-report.json"]
        options = [option for name in names for option in ("-o", name)]
        assert main(["diagnose", BROKE, *options, "-o", "-", "--format", "json", "-q"]) == 0
        assert json.loads(capsys.readouterr().out)["runs"][0]["verdict"] == "divergent"
        assert (tmp_path / "r.md").read_text().startswith("## ")
        assert (tmp_path / "r.xml").read_text().startswith("<testsuites")
        assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"
        assert json.loads((tmp_path / "gl-code-quality-report.json").read_text())[0]["severity"] == "critical"

    def test_the_format_names_what_a_suffix_does_not(self, tmp_path: Path, capsys: Output) -> None:
        assert main(["diagnose", BROKE, "-o", "report", "--format", "md", "-q"]) == 0
        assert (tmp_path / "report").read_text().startswith("## ")
        assert capsys.readouterr().out == ""
        assert main(["diagnose", BROKE, "-o", "report"]) == 2

    def test_json_without_curves_is_smaller(self, tmp_path: Path) -> None:
        assert main(["diagnose", BROKE, "-o", "a.json", "-q"]) == 0
        assert main(["diagnose", BROKE, "-o", "b.json", "--no-curves", "-q"]) == 0
        whole, brief = (json.loads((tmp_path / name).read_text()) for name in ("a.json", "b.json"))
        assert whole["runs"][0]["belief"]["decades"]
        assert brief["runs"][0]["belief"] is None

    def test_the_date_can_be_fixed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
        assert main(["diagnose", BROKE, "-o", "a.json", "-q"]) == 0
        found = json.loads((tmp_path / "a.json").read_text())
        assert found["generated_at"] == "1970-01-02T00:00:00Z"
        assert found["command"].startswith("lrdoctor ")


class TestStandardInput:
    @pytest.fixture
    def piped(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
        def pipe(content: bytes) -> None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

        return pipe

    @pytest.mark.parametrize("log", ["formats/console-text/train.log", "too-high/metrics.csv"])
    def test_a_log_from_a_pipe_is_read_as_from_its_file(
        self, log: str, piped: Callable[[bytes], None], tmp_path: Path
    ) -> None:
        piped((LOGS / log).read_bytes())
        assert main(["diagnose", "-", "-o", "a.json", "-q"]) == 0
        (run,) = json.loads((tmp_path / "a.json").read_text())["runs"]
        assert run["source"]["path"] == "-"
        assert main(["diagnose", str(LOGS / log), "-o", "b.json", "-q"]) == 0
        (file,) = json.loads((tmp_path / "b.json").read_text())["runs"]
        assert run["series"] == file["series"]

    @pytest.mark.parametrize("content", [b"", b"hello\n", b"\x89PNG\r\n\x1a\n" + bytes(500)])
    def test_what_is_no_log_is_one_line_and_2(
        self, content: bytes, piped: Callable[[bytes], None], capsys: Output
    ) -> None:
        piped(content)
        assert main(["diagnose", "-"]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    def test_too_much_is_refused(self, piped: Callable[[bytes], None], capsys: Output) -> None:
        piped(b"step,loss\n" + b"1,2\n" * 10_000)
        assert main(["diagnose", "-", "--max-bytes", "1kB"]) == 2
        assert "--max-bytes" in capsys.readouterr().err

    def test_a_terminal_is_no_log(self, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
        assert main(["diagnose", "-"]) == 2
        assert "pipe one in" in capsys.readouterr().err


class TestGithub:
    @pytest.fixture
    def summary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
        return tmp_path / "summary.md"

    def test_summary_and_annotations_come_by_themselves(self, summary: Path, capsys: Output) -> None:
        summary.write_text("before\n")
        assert main(["diagnose", BROKE, "--fail-on", "divergent", "-o", "-", "--format", "json"]) == 1
        said = capsys.readouterr()
        json.loads(said.out)
        assert "::error file=" in said.err
        assert summary.read_text().startswith("before\n## ")
        assert "**Fails** divergent" in summary.read_text()

    def test_not_where_it_is_told_not_to(self, summary: Path, capsys: Output) -> None:
        assert main(["diagnose", BROKE, "--no-github", "-q"]) == 0
        assert "::" not in capsys.readouterr().err
        assert not summary.exists()

    def test_a_full_or_unwritable_summary_is_a_warning(
        self, summary: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        summary.write_text("x" * 999_999)
        assert main(["diagnose", BROKE, "-q"]) == 0
        assert "summary is full" in capsys.readouterr().err
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary / "gone"))
        assert main(["diagnose", BROKE, "-q"]) == 0
        assert "cannot write the step's summary" in capsys.readouterr().err
