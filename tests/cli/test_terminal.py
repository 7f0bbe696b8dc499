"""What a shell and a terminal get: completion, and help in colours; what is piped stays plain."""

import os
import pty
import subprocess
import sys

import pytest

from tests.cli.command_line import run_it

COMMAND = [sys.executable, "-m", "lrdoctor"]


@pytest.mark.parametrize(
    ("typed", "offered"), [("lrdoctor dia", "diagnose"), ("lrdoctor diagnose --fa", "--fail-on"), ("lrdoctor xyz", "")]
)
def test_a_shell_is_offered_what_may_follow(typed: str, offered: str) -> None:
    asked = {"_LRDOCTOR_COMPLETE": "complete_bash"}
    done = run_it(env={**os.environ, **asked, "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))})
    assert (done.stdout.strip(), done.stderr) == (offered, "")


def help_at_a_terminal(**environment: str) -> str:
    """What `--help` writes to a terminal."""
    here, there = pty.openpty()
    with subprocess.Popen([*COMMAND, "--help"], stdout=there, stderr=there, env={**os.environ, **environment}):  # noqa: S603
        os.close(there)
        said = b""
        while True:
            try:
                said += (more := os.read(here, 4096))
            except OSError:  # the other end is closed
                break
            if not more:
                break
    os.close(here)
    return said.decode()


def test_help_has_colours_at_a_terminal_and_none_elsewhere() -> None:
    terminal = {"TERM": "xterm-256color", "COLUMNS": "100"}
    coloured = help_at_a_terminal(**terminal)
    assert "\x1b[" in coloured
    assert "diagnose" in coloured
    for plain in (help_at_a_terminal(**terminal, NO_COLOR="1"), run_it("--help").stdout):
        assert "\x1b[" not in plain
        assert "diagnose  Judge the learning rate" in plain
