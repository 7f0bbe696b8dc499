"""How much may be written to the temporary folder: bytes of a file, bytes in all, files in all."""

from dataclasses import dataclass, field
from threading import Lock

from lrdoctor.display import MAX_BYTES_OPTION, size
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.file_kinds import too_large
from lrdoctor.reading.discovery.walk import MAX_FILES

WHOLE = 4  # times the limit of one file: a folder of runs holds several logs, a disk holds not everything
MAX_RATIO = 200  # unpacked bytes a packed one: logs give 5 to 30, a file of one repeated byte 1,000 and more
RATIO_FROM = 64 * 2**20  # unpacked bytes up to which no ratio is suspicious


@dataclass
class Budget:
    """What is left of the limits; shared by everything that one call fetches.

    Args:
        max_bytes: of one file.
        left: bytes that all further files may take together.
        files: how many more there may be.
    """

    max_bytes: int
    left: int
    files: int = MAX_FILES
    _lock: Lock = field(default_factory=Lock, repr=False)

    def file(self) -> None:
        """Take one file."""
        with self._lock:
            self.files -= 1
            if self.files < 0:
                raise UnreadableError(f"more than {MAX_FILES:,} files: name a folder further down")

    def take(self, bytes_: int, so_far: int) -> None:
        """Take bytes of a file of which `so_far` are written (these included).

        Raises:
            UnreadableError: a limit is passed.
        """
        if so_far > self.max_bytes:
            raise UnreadableError(too_large(None, self.max_bytes))
        with self._lock:
            self.left -= bytes_
            if self.left < 0:
                raise UnreadableError(self.all_taken())

    def all_taken(self) -> str:
        """Why nothing more is fetched."""
        most = size(WHOLE * self.max_bytes)
        within = f"{WHOLE} times what {MAX_BYTES_OPTION} allows a file"
        return f"more than {most} in all, {within}: raise it, or name fewer logs"


@dataclass
class Meter:
    """What came out of a compressed file of `packed` bytes."""

    packed: int
    out: int = 0

    @property
    def full(self) -> bool:
        """Whether no log gives so much."""
        return self.out > RATIO_FROM and self.out > MAX_RATIO * self.packed

    def take(self, bytes_: int) -> None:
        """Count further bytes; raises `UnreadableError` where they are too many for so small a file."""
        self.out += bytes_
        if self.full:
            raise UnreadableError(
                f"unpacks to more than {MAX_RATIO} times its size, as no log does (a bomb?): unpack it yourself"
            )


def budget(max_bytes: int) -> Budget:
    """A fresh one."""
    return Budget(max_bytes, WHOLE * max_bytes)
