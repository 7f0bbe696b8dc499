"""The table of many runs, as data: every string is plain text, still to be escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.run import path_as_named
from lrdoctor.report.html.details import TIMES
from lrdoctor.report.html.run_section import certainty_words, is_unsure
from lrdoctor.report.html.sparkline import Sparkline, sparkline
from lrdoctor.report.html.sweep_page import SweepSection
from lrdoctor.report.places import Place
from lrdoctor.report.wording.run import lr_cells, probability, stays, verdict_percent, verdict_words
from lrdoctor.report.wording.short_reason import short_reason

URGENT = (Verdict.DIVERGENT, Verdict.TOO_HIGH, Verdict.TOO_SLOW, Verdict.INCONCLUSIVE, Verdict.WELL_TUNED)


@dataclass(frozen=True)
class Row:
    """A run in the table; `rank`, `chance` and `rate` are what it is sorted by, `text` what a search looks in."""

    anchor: str
    name: str
    path: str
    verdict: str
    words: str
    sure: str
    open_badge: bool
    lr: str
    next: str
    reason: str
    spark: Sparkline
    rank: int
    chance: float
    rate: float | None

    @property
    def text(self) -> str:
        """What a search looks in: name, path, verdict and reason, in lower case."""
        return " ".join((self.name, self.path, self.words, self.reason)).lower()


@dataclass(frozen=True)
class Group:
    """Rows that belong together: a sweep's with its head, or one run alone."""

    head: SweepSection | None
    rows: tuple[Row, ...]

    @property
    def rank(self) -> int:
        """A sweep stands where the worst run alone would not hide it: first after what broke."""
        return 1 if self.head is not None else self.rows[0].rank


@dataclass(frozen=True)
class Filter:
    """A verdict to narrow the table to, and how many runs have it."""

    verdict: str
    words: str
    count: int


@dataclass(frozen=True)
class Index:
    """The whole table."""

    groups: tuple[Group, ...]
    filters: tuple[Filter, ...]


def index(
    runs: Sequence[Diagnosis], sweeps: Sequence[SweepSection], placed: Mapping[int, Place], anchors: Sequence[str]
) -> Index:
    """The table of runs, what broke first; a sweep's runs stay together below its answer.

    Args:
        runs: in the report's order.
        sweeps: their parts of the page.
        placed: by position among the runs, the place of each in its sweep.
        anchors: of the runs.
    """
    alone = [Group(None, (row(d, anchors[i]),)) for i, d in enumerate(runs) if i not in placed]
    groups = [
        Group(sweep, tuple(row(runs[i], anchors[i], p) for i, p in placed.items() if p.index == k))
        for k, sweep in enumerate(sweeps)
    ]
    ordered = sorted((*groups, *alone), key=lambda group: group.rank)
    rows = [one for group in ordered for one in group.rows]
    counts = {verdict: sum(one.verdict == verdict.value for one in rows) for verdict in URGENT}
    filters = tuple(Filter(v.value, verdict_words(v), n) for v, n in counts.items() if n)
    return Index(tuple(ordered), filters)


def row(d: Diagnosis, anchor: str, place: Place | None = None) -> Row:
    """A run's line; where a sweep placed it, without an LR of its own to use next."""
    here, next_lr, factor = lr_cells(d, TIMES)
    verdict = d.verdict if place is None else place.verdict
    value = probability(d)
    own = place is None
    return Row(
        anchor=anchor,
        name=clean(d.run.name),
        path=clean(path_as_named(d.run.source.path)),
        verdict=verdict.value,
        words=verdict_words(verdict) if own else place.words if place is not None else "",
        sure=sure_words(d) if place is None else place.percent,
        open_badge=own and is_unsure(d),
        lr=here,
        next=("keep" if stays(d) else next_lr or factor) if own else "",
        reason=short_reason(d) if own else "",
        spark=sparkline(d),
        rank=URGENT.index(verdict),
        chance=1.0 if d.verdict is Verdict.DIVERGENT else (value or 0.0),
        rate=d.lr,
    )


def sure_words(d: Diagnosis) -> str:
    """The verdict's certainty, in a word and in percent: `likely, 84 %`."""
    words, value = certainty_words(d), verdict_percent(d)
    return value if d.verdict is Verdict.DIVERGENT or not value else f"{words}, {value}"
