"""A keeper leaves no process behind: whether its arm ends, it is asked to end, or its parent is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrdoctor.replay.functions import keeper
from lrdoctor.replay.functions.ending import end_tree
from tests.replay.functions.trees import alive, all_gone, pids_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

# A child, a grandchild that ignores SIGTERM, and a daemon with a session of its own whose parent is gone.
TREE = """
import os, signal, sys, time
folder = sys.argv[1]
def note(): open(os.path.join(folder, str(os.getpid())), "w").close()
note()
if not os.fork():
    note()
    if not os.fork():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        note()
    time.sleep(600)
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    note()
    time.sleep(600)
while len(os.listdir(folder)) < 4:
    time.sleep(0.01)
open(os.path.join(folder, "ready"), "w").close()
if len(sys.argv) > 2:
    sys.exit(int(sys.argv[2]))
time.sleep(600)
"""


def started(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-c", TREE, str(folder), *more]
    kept = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), *words]
    process = subprocess.Popen(kept, start_new_session=True)  # noqa: S603
    while not (folder / "ready").exists():
        time.sleep(0.02)
    return process


def test_it_passes_the_exit_code_on_and_ends_what_the_arm_left(tmp_path: Path) -> None:
    process = started(tmp_path, "7")
    assert process.wait(20) == 7
    assert len(pids_in(tmp_path)) == 4
    assert all_gone(pids_in(tmp_path))


def test_asked_to_end_it_ends_the_whole_tree(tmp_path: Path) -> None:
    process = started(tmp_path)
    assert all(map(alive, pids_in(tmp_path)))
    end_tree(process.pid, lambda: process.poll() is not None)
    assert process.wait(1) == 128 + signal.SIGTERM
    assert all_gone(pids_in(tmp_path), 0)


def test_a_parent_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', {keeper.__file__!r}, str(os.getpid()), *sys.argv[1:]])\n"
        "time.sleep(600)"
    )
    words = [sys.executable, "-c", TREE, str(tmp_path)]
    parent = subprocess.Popen([sys.executable, "-c", code, *words])  # noqa: S603
    while not (tmp_path / "ready").exists():
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    assert all_gone(pids_in(tmp_path), 15)


def test_a_keeper_that_is_killed_takes_its_arm_along(tmp_path: Path) -> None:
    process = started(tmp_path)
    (arm,) = [pid for pid in pids_in(tmp_path) if keeper.parent_of(str(pid)) == process.pid and session(pid) == pid][:1]
    left = pids_in(tmp_path)
    process.kill()
    process.wait()
    try:
        assert all_gone([arm])
    finally:
        for pid in left:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def session(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])


def test_what_cannot_be_started_is_said_as_shells_say_it() -> None:
    kept = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), "/no/such/program"]
    done = subprocess.run(kept, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (127, "/no/such/program: No such file or directory\n")
