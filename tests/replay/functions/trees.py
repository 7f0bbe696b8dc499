"""What is left of process trees."""

import time
from pathlib import Path


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
