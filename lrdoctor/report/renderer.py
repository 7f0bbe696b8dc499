"""What a report format is: a name, the file suffixes that ask for it, one pure function."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report

Watch: TypeAlias = Callable[[Sequence[Diagnosis]], Iterable[Diagnosis]]
"""Passes the runs on, such as through a progress bar."""


@dataclass(frozen=True)
class Options:
    """How a report is made; a format takes what concerns it.

    Args:
        curves: whether the points of curves are in it, of JSON.
        verbose: whether text holds every run in full, however many there are.
        width: of the terminal that text is for, in characters; 0 for a file.
        colour: whether that terminal shows colours.
        pictures: whether Markdown of one run holds its figure as data, which some viewers show and GitHub does not.
        watch: lets the runs through one by one, for a format that takes a while on many.
    """

    curves: bool = True
    verbose: bool = True
    width: int = 0
    colour: bool = False
    pictures: bool = False
    watch: Watch = iter


@dataclass(frozen=True)
class Renderer:
    """One report format.

    Args:
        name: the word for `--format` and `lrdoctor.render`.
        suffixes: of the files it is written to, the usual one first; none where only its name asks for it.
        render: the whole report as text; pure, so the same report gives the same bytes.
    """

    name: str
    suffixes: tuple[str, ...]
    render: Callable[[Report, Options], str]
