"""Keeps one arm: starts its process, and sees that none of its descendants outlives it, or us.

Run as a script with the standard library alone (`python -I -S keeper.py PARENT COMMAND ...`), or called in a forked
process.  It adopts orphans (Linux: PR_SET_CHILD_SUBREAPER), so that a daemon with a session of its own is found too,
and looks whether its parent still lives, so that even a SIGKILL of lrdoctor leaves nothing behind.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

PAUSE = 0.03  # seconds between two looks
GRACE = 3.0  # seconds from SIGTERM to SIGKILL: a client such as `srun` or `ssh` cancels its job in that time
STUCK = 5.0  # seconds after which what not even SIGKILL ends is left to the system
NOT_STARTED = 127  # as shells say of a command that cannot be started
SIGNALED = 128
SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


def keep(start: Callable[[], int], parent: int) -> int:
    """Start an arm and wait for its end, for a SIGTERM, or for the end of `parent`; then end all that it started.

    Args:
        start: starts it in a process group of its own; the process id.
        parent: id of the process to which this one belongs.

    Returns:
        Its exit code; 128 and the signal's number where a signal ended it, as shells do.
    """
    asked: list[int] = []
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, lambda number, _frame: asked.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(-1)  # an event loop's, which a forked process shares with it
    prctl(SET_CHILD_SUBREAPER, 1)
    if os.getppid() != parent:
        return SIGNALED + signal.SIGTERM
    pid = start()
    code = None
    while code is None and not asked and os.getppid() == parent:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
        elif not ended:
            time.sleep(PAUSE)
    end_all(pid)
    if code is None:
        return SIGNALED + signal.SIGTERM
    return code if code >= 0 else SIGNALED - code


def end_all(group: int) -> None:
    """End every child and what they started: SIGTERM, after `GRACE` SIGKILL, as often as something is left."""
    started = time.monotonic()
    send(group, signal.SIGTERM)
    while reap() and time.monotonic() - started < GRACE:
        time.sleep(PAUSE)
    while reap() and time.monotonic() - started < GRACE + STUCK:
        send(group, signal.SIGKILL)
        time.sleep(PAUSE)


def reap() -> bool:
    """Take leave of the children that have ended; whether any is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def send(group: int, number: int) -> None:
    """Signal a process group and, where /proc tells them, all descendants of this process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def descendants(root: int) -> list[int]:
    """Ids of all processes below one, nearest first; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208 - pathlib takes long
        if name.isdigit() and (parent := parent_of(name)) is not None:
            children.setdefault(parent, []).append(int(name))
    found, at = list(children.get(root, ())), 0
    while at < len(found):
        found += children.get(found[at], ())
        at += 1
    return found


def parent_of(pid: str) -> int | None:
    """The parent's id; None for a process that is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - likewise
            # The command's name stands in parentheses and may hold anything.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def prctl(option: int, value: int) -> None:
    """Linux's `prctl`; nothing elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def become_arm() -> None:
    """In a forked process: a session of its own, signals as they are in any new process, and the end with its keeper.

    A session, so that a Ctrl-C at the terminal ends lrdoctor's search and not the arms, whose end would look like a
    failure.
    """
    os.setsid()
    for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(one, signal.SIG_DFL)
    prctl(SET_PDEATHSIG, signal.SIGKILL)


def run(command: Sequence[str]) -> int:
    """Start a command; its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        become_arm()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(command[0], list(command))  # noqa: S606 - without a shell, as it should be
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror or error}\n".encode(errors="replace"))
    finally:
        os._exit(NOT_STARTED)


if __name__ == "__main__":
    raise SystemExit(keep(lambda: run(sys.argv[2:]), int(sys.argv[1])))
