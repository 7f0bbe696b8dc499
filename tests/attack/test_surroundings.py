"""Odd surroundings: each command gives its report, or one clear line and exit code 2; never an internal error."""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.command_line import a_log as a_log_in

pytestmark = pytest.mark.attack

GONE = (
    "import os, sys; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); from lrdoctor.cli.main import main; "
    "sys.exit(main())"
)
NO_TEMPORARY_FOLDER = (
    "import sys, tempfile; tempfile._candidate_tempdir_list = list; "
    "from lrdoctor.cli.main import main; sys.exit(main())"
)

MODULE = ("-m", "lrdoctor")
LONG = "a" * 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one log in it; it gives the run its name."""
    (tmp_path / "pear").mkdir()
    return a_log_in(tmp_path / "pear").parent


def run_in(
    folder: Path,
    arguments: str,
    *,
    python: tuple[str, ...] = MODULE,
    env: Mapping[str, str] | None = None,
    redirect: str = "",
) -> "subprocess.CompletedProcess[bytes]":
    """The command line through a shell: `redirect` is what it is given, such as `>&-`; output that is left is kept."""
    shell = ["/bin/sh", "-c", f'exec "$0" "$@" {redirect}'] if redirect else []
    return subprocess.run(  # noqa: S603
        [*shell, sys.executable, *python, *arguments.split(" ")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **(env or {})},
        capture_output=True,
        check=False,
        timeout=120,
    )


def is_one_line(done: "subprocess.CompletedProcess[bytes]") -> bool:
    return (
        done.returncode == 2
        and done.stderr.startswith(b"lrdoctor: error: ")
        and done.stderr.count(b"\n") == 1
        and b"internal error" not in done.stderr
    )


@pytest.mark.parametrize("redirect", [">/dev/full", ">&-", pytest.param("1</dev/null", marks=pytest.mark.campaign)])
@pytest.mark.parametrize("command", ["--help", "--version", "diagnose --help", "explain LR101", "inspect metrics.csv"])
def test_an_output_that_takes_nothing(command: str, redirect: str, folder: Path) -> None:
    done = run_in(folder, command, redirect=redirect)
    assert is_one_line(done), done
    assert b"standard output" in done.stderr


@pytest.mark.parametrize("redirect", ["2>/dev/full", "2>&-"])
def test_an_error_output_that_takes_nothing_keeps_the_exit_code(redirect: str, folder: Path) -> None:
    assert run_in(folder, "diagnose", redirect=redirect).returncode == 2
    assert run_in(folder, "diagnose nope", redirect=redirect).returncode == 2
    done = run_in(folder, "diagnose metrics.csv --fail-on too-slow>=30%", redirect=redirect)
    assert done.returncode == 1
    assert done.stdout.startswith(b"pear: TOO SLOW")


def test_files_are_written_though_the_output_is_closed(folder: Path) -> None:
    assert run_in(folder, "diagnose metrics.csv -o r.json -q", redirect="<&- >&- 2>&-").returncode == 0
    assert (folder / "r.json").stat().st_size > 1000


@pytest.mark.parametrize(
    "arguments",
    [
        f"diagnose {LONG}",
        f"inspect {LONG}*",
        f"diagnose metrics.csv -o {LONG}.html",
        f"diagnose metrics.csv -o {LONG}/r.html",
        f"diagnose metrics.csv -o {'/'.join(['a' * 200] * 30)}/r.html",
        f"diagnose metrics.csv --posterior {LONG}",
        "diagnose metrics.csv --posterior /dev/zero",
        "diagnose metrics.csv -o loop.html",
        f"replay --init {LONG}.py",
        f"replay {LONG}.py:recipe",
        f"replay {LONG}:recipe",
        f"replay x:y --log {LONG}",
    ],
)
def test_names_that_no_file_system_takes(arguments: str, folder: Path) -> None:
    (folder / "loop.html").symlink_to("loop.html")
    assert is_one_line(done := run_in(folder, arguments)), done
    assert {path.name for path in folder.iterdir()} == {"metrics.csv", "loop.html"}


def test_the_longest_name_that_a_file_system_takes(folder: Path) -> None:
    name = "é" * 125 + ".json"
    assert run_in(folder, f"diagnose metrics.csv -q -o {name}").returncode == 0
    assert {path.name for path in folder.iterdir()} == {"metrics.csv", name}


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "sweep --help",
        "explain",
        "explain LR101",
        "diagnose metrics.csv",
        "diagnose metrics.csv --format json",
    ],
)
def test_without_docstrings_everything_reads_the_same(arguments: str, folder: Path) -> None:
    usual, stripped = run_in(folder, arguments), run_in(folder, arguments, python=("-OO", *MODULE))
    assert (stripped.returncode, stripped.stderr) == (0, b"")
    assert without_date(stripped.stdout) == without_date(usual.stdout)
    assert len(usual.stdout) > 500


def without_date(report: bytes) -> bytes:
    """A report without when and by which command it was made."""
    report = re.sub(rb'"(generated_at|command)": "[^"]*"', b"", report)
    return re.sub(rb'<dl class="strip"><div><dt>Learning-rate diagnosis by.*?</dl>', b"", report, count=1)


@pytest.fixture(scope="module")
def usual_page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("usual") / "pear"
    folder.mkdir()
    a_log_in(folder)
    done = run_in(folder, "diagnose metrics.csv --format html")
    assert (done.returncode, done.stderr) == (0, b"")
    return without_date(done.stdout)


@pytest.mark.parametrize(
    "env",
    [
        {"MPLBACKEND": "nonsense"},
        pytest.param({"MPLBACKEND": "module://nowhere"}, marks=pytest.mark.campaign),
        pytest.param({"MATPLOTLIBRC": "/nowhere"}, marks=pytest.mark.campaign),
        {"HOME": "/proc/nowhere"},
        pytest.param({"HOME": ""}, marks=pytest.mark.campaign),
        {"XDG_CONFIG_HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"},
        {"MPLCONFIGDIR": "/proc/nowhere"},
        {"COLUMNS": "1", "TERM": "dumb"},
        pytest.param({"COLUMNS": "no number", "LINES": "-1"}, marks=pytest.mark.campaign),
        {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        pytest.param({"LC_ALL": "nonsense"}, marks=pytest.mark.campaign),
    ],
    ids=" ".join,
)
def test_variables_change_no_report(env: Mapping[str, str], usual_page: bytes, folder: Path) -> None:
    (folder / "left").mkdir()
    done = run_in(folder, "diagnose metrics.csv -o r.html -q", env={"TMPDIR": str(folder / "left"), **env})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert without_date((folder / "r.html").read_bytes()) == usual_page
    assert list((folder / "left").iterdir()) == []


def test_a_broken_matplotlibrc_beside_the_log_changes_no_report(usual_page: bytes, folder: Path) -> None:
    (folder / "matplotlibrc").write_bytes(b"backend: nonsense\nfoo\n\xff")
    done = run_in(folder, "diagnose metrics.csv --format html")
    assert (done.returncode, done.stderr) == (0, b"")
    assert without_date(done.stdout) == usual_page


@pytest.mark.parametrize("arguments", ["diagnose .", "diagnose x.csv", "diagnose x.csv -o r.html", "replay foo:bar"])
def test_a_working_folder_that_is_gone(arguments: str, folder: Path) -> None:
    assert is_one_line(done := run_in(folder, arguments, python=("-c", GONE))), done


@pytest.mark.parametrize("arguments", ["diagnose a.csv.gz", "diagnose metrics.csv --format html"])
def test_no_folder_to_keep_anything_in_for_a_while(arguments: str, folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress((folder / "metrics.csv").read_bytes()))
    done = run_in(folder, arguments, python=("-c", NO_TEMPORARY_FOLDER), env={"HOME": "/proc/nowhere"})
    assert is_one_line(done), done
    plain = run_in(folder, "diagnose metrics.csv", python=("-c", NO_TEMPORARY_FOLDER), env={"HOME": "/proc/nowhere"})
    assert (plain.returncode, plain.stderr) == (0, b"")
