"""The whole lines of a text log: a last one that nothing ends may be cut inside a number, and is left out."""

import re
from collections.abc import Iterator
from pathlib import Path

from lrdoctor.reading.parsing.head import look
from lrdoctor.reading.parsing.text_lines import ends_in_a_line, text_lines
from lrdoctor.records.run import Note


class LogLines:
    """The lines of a text log, one after the other; `notes` is complete once they were all taken.

    Args:
        path: the file.
        hint: a pattern that lines of interest match: only such a last line is worth a note.
        sealed: a pattern that a line matches whose end shows that nothing is missing, where the format has one.
    """

    def __init__(self, path: Path, hint: str = "", sealed: str | None = None) -> None:
        self._path, self._hint, self._sealed = path, hint, sealed
        self.notes: list[Note] = []

    def __iter__(self) -> Iterator[str]:
        """Every line that ends, see `text_lines`; where ranks of one training printed them, the first one's."""
        self.notes.clear()
        whole = ends_in_a_line(self._path)
        waiting: str | None = None
        processes = look(self._path).processes
        lines = text_lines(self._path)
        for line in lines if processes is None else processes.of_first(lines):
            if waiting is not None:
                yield waiting
            waiting = line
        if waiting is None:
            return
        if whole or (self._sealed is not None and re.search(self._sealed, waiting)):
            yield waiting
        elif waiting.strip() and re.search(self._hint, waiting):
            self.notes.append(Note("torn-tail", "the last line has no end: it was left out"))
