"""Ends the process tree of an arm from outside: asks its keeper, and does it itself where that does not answer."""

import contextlib
import os
import signal
import time
from collections.abc import Callable

from lrdoctor.replay.functions.keeper import GRACE, PAUSE, STUCK, descendants


def end_tree(pid: int, gone: Callable[[], bool]) -> None:
    """End a keeper with all that it keeps; `gone` says whether it has ended, and reaps it."""
    if gone():
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)
    limit = time.monotonic() + GRACE + STUCK + 1
    try:
        while not gone() and time.monotonic() < limit:
            time.sleep(PAUSE / 3)
    finally:  # after a second Ctrl-C, too
        if not gone():
            for one in [*descendants(pid), pid]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(one, signal.SIGKILL)
