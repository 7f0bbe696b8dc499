"""Which runs a user means by a glob."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from os.path import normpath


@dataclass(frozen=True)
class Glob:
    """A glob over the paths and names of runs, such as `runs/old-*`; `*` matches `/` too.

    Args:
        pattern: as the user wrote it.
        spellings: the same from other folders, such as `../runs/old-*` where that is where a command was called.
    """

    pattern: str
    spellings: tuple[str, ...] = ()

    def fits(self, path: str, name: str) -> bool:
        """Whether a run is meant; `path` is as it was named, however it was spelled (`./runs`).

        >>> Glob("runs/old-*").fits("./runs//old-3", "a"), Glob("a").fits("runs/x", "a"), Glob("runs").fits("b", "a")
        (True, True, False)
        """
        paths = (path, path if "://" in path else normpath(path))
        return any(fnmatchcase(one, glob) for glob in (self.pattern, *self.spellings) for one in (*paths, name))

    def __str__(self) -> str:
        return self.pattern
