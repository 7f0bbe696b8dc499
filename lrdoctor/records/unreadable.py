"""What was not read, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unreadable:
    """A path that could not be read or analysed, and the one-line reason.

    Args:
        path: what it is: where it lies on this machine, or its place in an archive or remote folder ("" for that
            itself), and in a report as the user would name it.
        reason: what was found, then what to do next; one line.
        named: what the user named where nothing, or not all, of that could be read because of it; "" where the path
            was only found inside of it, beside what could be read.
    """

    path: str
    reason: str
    named: str = ""

    @property
    def line(self) -> str:
        """The path and the reason, the path once.

        >>> Unreadable("a.csv", "an empty file").line, Unreadable("a.csv", "a.csv: no such file").line
        ('a.csv: an empty file', 'a.csv: no such file')
        """
        return self.reason if self.path in self.reason else f"{self.path}: {self.reason}"
