"""What is left of process trees: every process that was started with a mark in its environment, or as a child of one."""

import os
import time
from pathlib import Path


def marked(mark: str) -> list[int]:
    """Ids of the living processes whose environment or command line holds `mark`, this one aside."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
            text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if state not in "ZX" and mark.encode() in text:
            found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def all_gone(pids: list[int], seconds: float = 10.0) -> bool:
    """Whether all processes end within a time."""
    limit = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < limit:
        time.sleep(0.05)
    return not any(map(alive, pids))


def pids_in(folder: Path) -> list[int]:
    """The process ids that are the names of a folder's files."""
    return [int(path.name) for path in folder.iterdir() if path.name.isdigit()]
