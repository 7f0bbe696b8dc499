"""What the findings on a page mean: their pages, so that a code can be a link wherever the report is passed on to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lrdoctor.findings import FINDINGS
from lrdoctor.records.diagnosis import Diagnosis

_PAPER = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_NAME = re.compile(r"^([A-Z][a-z ]+): ", re.MULTILINE)
# Of a finding's page: what a reader of a report asks.  Evidence and limits stand in its row.
_LEFT_OUT = ("Evidence shown", "Limits used")


@dataclass(frozen=True)
class Words:
    """A piece of text; `href` where it is a link."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Entry:
    """A finding's page: its paragraphs are (heading, words)."""

    code: str
    name: str
    about: str
    paragraphs: tuple[tuple[str, tuple[Words, ...]], ...]


def glossary(diagnoses: Iterable[Diagnosis]) -> tuple[Entry, ...]:
    """The pages of the findings that these runs have, by code."""
    codes = {finding.code for d in diagnoses for finding in d.findings}
    return tuple(
        entry(r.code, r.name, r.explanation) for r in sorted(FINDINGS, key=lambda r: r.code) if r.code in codes
    )


def entry(code: str, name: str, page: str) -> Entry:
    """One page, taken apart."""
    first, _, rest = page.strip().partition("\n")
    pieces = _NAME.split(rest)[1:]
    paragraphs = tuple(
        (heading, with_links(" ".join(text.split())))
        for heading, text in zip(pieces[::2], pieces[1::2], strict=True)
        if heading not in _LEFT_OUT
    )
    return Entry(code, name, first, paragraphs)


def with_links(text: str) -> tuple[Words, ...]:
    """A text in pieces, its papers as links.

    >>> [word.href for word in with_links("Goyal et al. 2017 (arXiv:1706.02677)")]
    ['', 'https://arxiv.org/abs/1706.02677', '']
    """
    pieces = _PAPER.split(text)
    return tuple(
        Words(f"arXiv:{piece}", f"https://arxiv.org/abs/{piece}") if i % 2 else Words(piece)
        for i, piece in enumerate(pieces)
    )
