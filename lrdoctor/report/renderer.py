"""What a report format is: a name, the file suffixes that ask for it, one pure function."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report

Watch: TypeAlias = Callable[[Sequence[Diagnosis]], Iterable[Diagnosis]]
"""Passes the runs on, such as through a progress bar."""


@dataclass(frozen=True)
class Renderer:
    """One report format.

    Args:
        name: the word for `--format` and `lrdoctor.render`.
        suffixes: of the files it is written to, the usual one first.
        render: the whole report as text; pure, so the same report gives the same bytes.
        watched: the same, drawing its runs through a `Watch`, for a format that takes a while on many; or None.
    """

    name: str
    suffixes: tuple[str, ...]
    render: Callable[[Report], str]
    watched: Callable[[Report, Watch], str] | None = None
