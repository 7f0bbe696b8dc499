"""Signals that ask the process to end: all is cleaned up as after an interrupt (temporary folders, half a file)."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALED = 128  # and the signal's number: the exit code that shells give
ASKED_TO_END = ("SIGTERM", "SIGHUP")  # by name: Windows has no SIGHUP


class TerminatedError(BaseException):
    """A signal asked the process to end.  No `Exception`: whoever handles errors must not go on."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = SIGNALED + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within it such a signal raises `TerminatedError`.

    Only in the main thread, where signals arrive, and only in place of the system's own way, which cleans nothing up:
    a program that calls this one keeps its handlers, and what `nohup` made deaf to SIGHUP stays so.
    """
    known = [getattr(signal, name) for name in ASKED_TO_END if hasattr(signal, name)]
    taken = []
    if threading.current_thread() is threading.main_thread():
        taken = [one for one in known if signal.getsignal(one) is signal.SIG_DFL]

    def end(number: int, _frame: FrameType | None) -> None:
        for one in taken:  # a second one would break off the cleaning up
            signal.signal(one, signal.SIG_IGN)
        raise TerminatedError(number)

    for one in taken:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in taken:
            signal.signal(one, signal.SIG_DFL)
