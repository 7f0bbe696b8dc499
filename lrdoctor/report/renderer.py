"""What a report format is: a name, the file suffixes that ask for it, one pure function."""

from collections.abc import Callable
from dataclasses import dataclass

from lrdoctor.diagnosis import Report


@dataclass(frozen=True)
class Renderer:
    """One report format.

    Args:
        name: the word for `--format` and `lrdoctor.render`.
        suffixes: of the files it is written to, the usual one first.
        render: the whole report as text; pure, so the same report gives the same bytes.
    """

    name: str
    suffixes: tuple[str, ...]
    render: Callable[[Report], str]
