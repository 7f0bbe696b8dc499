"""URLs of web servers: files and listed folders, and nothing secret in what is shown."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.load import read
from tests.reading.fetch.trees import CSV, RUNS, Output, places, tree, zipped


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The tree, served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

        def do_GET(self) -> None:
            if "locked" in self.path:
                self.send_error(403)
            else:
                super().do_GET()

    tree(tmp_path / "served")
    zipped(tmp_path / "served/lr 3.zip", {"metrics.csv": CSV})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served"))
    ) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()
        thread.join()


def test_a_file_and_a_listed_folder_of_a_web_server(server: str) -> None:
    assert places(f"http://{server}/lr_0.1/metrics.csv") == [("lr_0.1", f"http://{server}/lr_0.1/metrics.csv")]
    assert places(f"http://{server}/") == [
        *((name, f"http://{server}/{name}/metrics.csv") for name in RUNS),
        ("lr 3", f"http://{server}/lr 3.zip/metrics.csv"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "http://wilhelmina:geheim@{}/lr_0.1/metrics.csv?token=geheim#geheim",
        "http://{}/lr_0.1/metrics.csv?X-Amz-Signature=geheim",
    ],
)
@pytest.mark.parametrize("format_", ["text", "json", "html"])
def test_what_is_secret_in_a_url_is_never_shown(name: str, format_: str, server: str, capsys: Output) -> None:
    assert main(["diagnose", name.format(server), "--format", format_]) == 0
    said = capsys.readouterr()
    assert "geheim" not in said.out + said.err
    assert "wilhelmina" not in said.out + said.err


@pytest.mark.parametrize("path", ["absent.csv", "locked.csv", "lr_0.2/checkpoints/epoch=1.ckpt", "empty/", "train.py"])
@pytest.mark.parametrize("command", [["diagnose"], ["inspect"], ["sweep"], ["replay", "x.py:y", "--log"]])
def test_nor_in_an_error(path: str, command: list[str], server: str, capsys: Output) -> None:
    assert main([*command, f"http://wilhelmina:geheim@{server}/{path}?sig=geheim"]) == 2
    said = capsys.readouterr()
    assert "geheim" not in said.out + said.err
    assert "wilhelmina" not in said.err
    assert said.err.count("\n") == 1


def test_a_server_that_is_not_there_or_says_no(server: str) -> None:
    with pytest.raises(UnreadableError, match="access denied"):
        read(f"http://{server}/locked.csv")
    with pytest.raises(UnreadableError, match=r"cannot be fetched .*: check the address and the network"):
        read("http://127.0.0.1:9/metrics.csv")


def test_ctrl_c_while_a_server_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/metrics.csv"
        command = [sys.executable, "-m", "lrdoctor", "diagnose", address]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603
            silent.settimeout(60)
            connection, _ = silent.accept()
            with connection:
                assert len(list(tmp_path.iterdir())) == 1
                running.send_signal(signal.SIGINT)
                _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "")
    assert list(tmp_path.iterdir()) == []
