"""Files made to harm: each gives one line, an exit code, and takes neither time nor memory."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from tests.hostile_logs import GOOD, MARK, READ, REFUSED, SAYS, put

Output = pytest.CaptureFixture[str]
MOST_SECONDS = 5.0
MOST_BYTES = 1 << 30  # of address space above what the libraries take

LIMITED = """
import resource, sys
sys.path.insert(0, {here!r})
import lrdoctor.batch, lrdoctor.report, pandas, scipy.stats, scipy.optimize, tensorboard
from lrdoctor.cli.main import main
used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {most}, used + {most}))
sys.exit(main(sys.argv[1:]))
"""


def run_limited(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """A process of its own, which gets no more memory than a hostile file may take."""
    code = LIMITED.format(here=str(Path(__file__).parents[1]), most=MOST_BYTES)
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=cwd, env=environment)  # noqa: S603


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_one_line(case: str, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    path = REFUSED[case](tmp_path / "in")
    before = process_seconds()
    assert main(["diagnose", str(path)]) == 2
    assert process_seconds() - before < MOST_SECONDS
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("lrdoctor: error: ")
    assert "internal error" not in said.err
    assert SAYS.get(case, "") in said.err
    assert "lrdoctor-" not in said.err
    assert list(tmp_path.rglob(f"*{MARK}*")) == []


@pytest.mark.parametrize("case", REFUSED)
def test_it_hides_no_good_run_beside_it(
    case: str, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad").mkdir()
    monkeypatch.chdir(tmp_path / "bad")
    REFUSED[case](tmp_path / "bad")
    put(tmp_path, "good/metrics.csv", GOOD)
    before = process_seconds()
    assert main(["diagnose", str(tmp_path), "--format", "json"]) == 0
    assert process_seconds() - before < 2 * MOST_SECONDS
    report = json.loads(capsys.readouterr().out)
    assert [run["name"] for run in report["runs"]] == ["good"]
    assert all(
        "\n" not in entry["reason"] and "internal error" not in entry["reason"] for entry in report["unreadable"]
    )


@pytest.mark.parametrize("case", READ)
def test_the_log_is_read_all_the_same(
    case: str, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = READ[case](tmp_path)
    before = process_seconds()
    assert main(["diagnose", str(path), "--format", "json"]) == 0
    assert process_seconds() - before < MOST_SECONDS
    said = capsys.readouterr()
    assert len(json.loads(said.out)["runs"]) == 1
    assert main(["inspect", str(path)]) == 0
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "\u202e" not in shown.out + shown.err
    assert list(tmp_path.rglob(f"*{MARK}*")) == []


def test_none_takes_a_gibibyte(tmp_path: Path) -> None:
    """All of them at once, in a process that may not have more."""
    for number, make in enumerate([*REFUSED.values(), *READ.values()]):
        (tmp_path / "in" / str(number)).mkdir(parents=True)
        make(tmp_path / "in" / str(number))
    # What is compressed is named: in a folder only what lists a log would be opened.
    folders = sorted(str(path) for path in (tmp_path / "in").iterdir())
    packed = sorted(
        str(path) for path in (tmp_path / "in").rglob("*") if path.suffix in {".gz", ".tgz", ".zip", ".tar"}
    )
    done = run_limited("inspect", *folders, *packed, "--format", "json", cwd=tmp_path)
    assert done.returncode == 2, done.stderr  # some of what is named holds nothing
    report = json.loads(done.stdout)
    assert len(report["runs"]) >= len(READ)
    told = " ".join(entry["reason"] for entry in report["unreadable"])
    assert "internal error" not in told
    assert "MemoryError" not in told
    assert "Traceback" not in done.stderr


def test_a_file_above_max_bytes_names_its_size_and_the_option(tmp_path: Path, capsys: Output) -> None:
    path = put(tmp_path, "metrics.csv", GOOD)
    for command in ("diagnose", "sweep", "inspect"):
        assert main([command, str(path), "--max-bytes", "1kB"]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert said.startswith(
            f"lrdoctor: error: {path}: 6 kB: larger than the 1 kB that --max-bytes (in Python max_bytes=) allows: "
        )


def process_seconds() -> float:
    """Of this process' time, not the wall's: other work on the machine must not fail a test."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
