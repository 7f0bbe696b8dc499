"""A signal that asks the process to end: nothing is left behind, and the exit code says which it was."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from lrdoctor.cli.signals import TerminatedError, ended_by_signals
from tests.reading.fetch.servers import Handler, Server, giving, links, server

__all__ = ["server"]

ENDING = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


def process(tmp_path: Path, *arguments: str) -> "subprocess.Popen[str]":
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "lrdoctor", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603


@pytest.mark.parametrize("number", ENDING)
def test_while_a_server_says_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/metrics.csv"
        with process(tmp_path, "diagnose", address, "-o", str(tmp_path / "report.json")) as running:
            silent.settimeout(60)
            connection, _ = silent.accept()
            with connection:
                assert len(list((tmp_path / "temporary").iterdir())) == 1
                running.send_signal(number)
                _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (128 + number, "")
    assert [path.name for path in tmp_path.rglob("*")] == ["temporary"]


@pytest.mark.parametrize("number", ENDING)
def test_while_files_come(number: signal.Signals, tmp_path: Path, server: Server) -> None:
    """Threads that write must not put a file back into a folder that is being removed."""
    names = [f"{i}/{j}.csv" for i in range(40) for j in range(40)]
    row = b"1,2.5\n" * 2000
    ready = threading.Event()

    def answer(handler: Handler) -> None:
        if len(server.asked) > 100:
            ready.set()
        giving(b"step,loss\n" + row)(handler)

    server.answers["/"] = answer
    server.answers["/index/"] = giving(links(*names))
    for i in range(40):
        server.answers[f"/index/{i}/"] = answer
    with process(tmp_path, "diagnose", f"http://{server.at}/index/") as running:
        assert ready.wait(60)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (128 + number, "")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_nohup_keeps_it_deaf(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\nfrom lrdoctor.cli.signals import ended_by_signals\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with ended_by_signals():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('went on')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "went on\n")


@pytest.fixture
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    assert {number: signal.getsignal(number) for number in ENDING} == before


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_exit_code_in_this_process(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_given: object, **_options: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(5)

    monkeypatch.setattr("lrdoctor.cli.main.app", ended)
    assert main(["diagnose", "x"]) == 128 + number


@pytest.mark.usefixtures("as_before")
def test_a_second_signal_does_not_break_off_the_cleaning_up() -> None:
    cleaned = []

    @ended_by_signals()
    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.01)
            cleaned.append(True)

    with pytest.raises(TerminatedError):
        work()
    assert cleaned


@pytest.mark.usefixtures("as_before")
def test_a_callers_own_handler_stays_and_other_threads_take_none() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: came.append(number))
    try:
        with ended_by_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
        assert came == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["explain", "LR101"])))
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.parametrize("given", [{"TMPDIR": "/nonexistent"}, {"TMPDIR": "/proc"}, {}])
def test_where_the_temporary_folder_is_made(given: dict[str, str], tmp_path: Path, server: Server) -> None:
    """Without TMPDIR, or with one that cannot be written, the system's own is taken, and left as it was."""
    from tests.reading.fetch.trees import CSV

    server.answers["/"] = giving(CSV)
    environment = {name: value for name, value in os.environ.items() if name not in {"TMPDIR", "TEMP", "TMP"}} | given
    command = [sys.executable, "-m", "lrdoctor", "diagnose", f"http://{server.at}/metrics.csv"]
    done = subprocess.run(  # noqa: S603
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
