"""How long a fetch may take: a server decides when it answers, not for how long anybody waits.

A whole fetch ends within `LISTING` + `STALL` + `LONGEST` seconds, 18 minutes, where the server sends more than
`SLOWEST` all the time; one that drips or stalls is left after one to three.
"""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from lrdoctor.errors import UnreadableError

STALL = 60.0  # seconds without an answer or a byte: nobody waits longer at a prompt
LISTING = 120.0  # seconds of looking for logs; a store lists some thousand folders in that time
PATIENCE = 180.0  # seconds that copying may take however little comes
SLOWEST = (
    64_000.0  # bytes a second of all files together: half a megabit, less than any line that logs are fetched over
)
EACH = 0.2  # seconds more for each file that came: a small one costs a round trip or two, eight at once
LONGEST = 900.0  # seconds of copying in all: 2 GB at 18 megabits a second
ONE_FILE = 60.0  # seconds that one file, or page, may take however little of it comes
SLOWEST_FILE = SLOWEST / 8  # bytes a second of it: eight share the line


@dataclass
class Watch:
    """Lets the copying threads tell that they come forward, and be told to stop."""

    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    stopped: bool = False
    bytes_: int = 0
    files: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def begin(self) -> None:
        """From here on time is counted."""
        self.begun = self.last = time.monotonic()

    def tick(self, bytes_: int = 0, files: int = 0) -> None:
        """Something came.

        Raises:
            UnreadableError: nobody waits for it any more.
        """
        if self.stopped:
            raise UnreadableError("stopped")
        with self._lock:
            self.bytes_ += bytes_
            self.files += files
            self.last = time.monotonic()

    def check(self) -> None:
        """Raise `UnreadableError` where it is time to give up."""
        now = time.monotonic()
        if now - self.last > STALL:
            raise UnreadableError(
                f"no answer for {STALL:.0f} s: check the address and the network, or copy the logs by hand"
            )
        allowed = min(LONGEST, PATIENCE + self.bytes_ / SLOWEST + self.files * EACH)
        if now - self.begun > allowed:
            raise UnreadableError(f"not copied within {allowed / 60:.0f} min: name fewer logs, or copy them by hand")

    def listed_for_too_long(self) -> bool:
        """Whether to stop looking and take what was found."""
        return time.monotonic() - self.begun > LISTING


class Readable(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class Watched:
    """A file that tells the watch of every read, and is not read for ever."""

    def __init__(self, file: Readable, watch: Watch) -> None:
        self._file, self._watch = file, watch
        self._begun, self._got = time.monotonic(), 0

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes.

        Raises:
            UnreadableError: it comes too slowly, or nobody waits for it any more.
        """
        self._watch.tick()
        data = bytes(self._file.read(size))
        self._watch.tick(len(data))
        self._got += len(data)
        taken = time.monotonic() - self._begun
        if data and taken > ONE_FILE + self._got / SLOWEST_FILE:
            raise UnreadableError(
                f"comes too slowly ({self._got / 1000:,.1f} kB in {taken:.0f} s): try again, or copy it by hand"
            )
        return data
