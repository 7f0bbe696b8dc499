"""What the HTML page says of one run, as data: every string is plain text, still to be escaped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.figures.mark import Mark
from lrdoctor.report.html.details import (
    EVIDENCE_OF_MANY,
    EVIDENCE_SHOWN,
    TIMES,
    EvidenceRow,
    FindingRow,
    Reading,
    finding_row,
    reading,
    strongest,
)
from lrdoctor.report.html.probability_bar import Share, shares
from lrdoctor.report.places import Place
from lrdoctor.report.wording.carried_over import carried_words
from lrdoctor.report.wording.certainty import LIKELY, certainty
from lrdoctor.report.wording.copyable import copyable
from lrdoctor.report.wording.numbers import estimate
from lrdoctor.report.wording.provenance import origin
from lrdoctor.report.wording.reasons import Reason, reasons
from lrdoctor.report.wording.run import (
    Advice,
    advice,
    interval_words,
    probability,
    reason,
    verdict_percent,
    verdict_words,
)
from lrdoctor.report.wording.sweep import worth_words
from lrdoctor.report.wording.timeline import TimelineRow, cause_words, timeline

Draw = Callable[[Diagnosis, str, Sequence[Mark]], tuple[Figure, ...]]
REASONS, REMEDIES = 3, 2


@dataclass(frozen=True)
class ReasonRow:
    """A reason: its sentence, and its number where that is on the figure too."""

    text: str
    number: int | None


@dataclass(frozen=True)
class Section:
    """Everything about one run.

    `sure` are the words for the verdict's certainty, `open_badge` whether it is too unsure for a filled one; `good`
    says where good LRs are, `scale` the rest of the advice; `copy` what to write where; `remedies` are (words, the code
    of the finding that calls for it); `sweep` is the one that answers for it, `replays` are those that began from it,
    (anchor, name, order).
    """

    anchor: str
    name: str
    verdict: str
    words: str
    percent: str
    sure: str
    open_badge: bool
    advice: Advice
    scale: tuple[str, ...]
    good: str
    origin: tuple[tuple[str, str], ...]
    copy: tuple[tuple[str, str], ...]
    reasons: tuple[ReasonRow, ...]
    worth: str
    carried: str
    remedies: tuple[tuple[str, str], ...]
    timeline: tuple[TimelineRow, ...]
    cause: str
    sweep: tuple[str, str, str] | None
    replays: tuple[tuple[str, str, str], ...]
    shares: tuple[Share, ...]
    figures: tuple[Figure, ...]
    drawn: bool
    findings: tuple[FindingRow, ...]
    evidence: tuple[EvidenceRow, ...]
    reading: Reading


def section(
    d: Diagnosis,
    anchor: str,
    draw: Draw | None,
    place: Place | None = None,
    replays: tuple[tuple[str, str, str], ...] = (),
    *,
    brief: bool = False,
) -> Section:
    """A run's part of the page.

    Args:
        d: of the run.
        anchor: the id of its part, and the start of its figures' ids.
        draw: makes its figures; None where it is one of too many.
        place: where a sweep answers for it: it then has no LR of its own.
        replays: those that began from it.
        brief: whether it is one of many: then without its settings, and the series that play no part.
    """
    why = reasons(d, REASONS)
    marks, rows = numbered(why)
    own = Section(
        anchor=anchor,
        name=clean(d.run.name),
        verdict=d.verdict.value,
        words=verdict_words(d.verdict),
        percent=verdict_percent(d) if probability(d) is not None and d.onset is None else "",
        sure=certainty_words(d),
        open_badge=is_unsure(d),
        advice=(order := advice(d, TIMES)),
        scale=tuple(part for part in order.detail.split("; ") if part and part != interval_words(d, TIMES)),
        good=good_lrs(d),
        origin=origin(d),
        copy=copyable(d),
        reasons=rows or ((ReasonRow(reason(d), None),) if reason(d) else ()),
        worth=worth_words(d) if d.worth is not None else "",
        carried=carried_words(d.carried_over),
        remedies=tuple((clean(r.words), clean(r.code)) for r in d.remedies[:REMEDIES]),
        timeline=timeline(d),
        cause=cause_words(d),
        sweep=None,
        replays=replays,
        shares=shares(d.probabilities),
        figures=() if draw is None else draw(d, f"{anchor}-", marks if place is None else ()),
        drawn=draw is not None,
        findings=tuple(finding_row(finding, d.run.step_axis) for finding in d.findings),
        evidence=strongest(d, EVIDENCE_OF_MANY if brief else EVIDENCE_SHOWN),
        reading=reading(d, brief=brief, least=draw is None),
    )
    return own if place is None else placed_section(own, place)


def numbered(why: Sequence[Reason]) -> tuple[tuple[Mark, ...], tuple[ReasonRow, ...]]:
    """The reasons, those that have a place on the figure with a number, and the marks for there."""
    marks: list[Mark] = []
    rows = []
    for one in why:
        if one.steps is not None:
            marks.append(Mark(len(marks) + 1, one.steps))
        rows.append(ReasonRow(clean(one.text), None if one.steps is None else len(marks)))
    return tuple(marks), tuple(rows)


def certainty_words(d: Diagnosis) -> str:
    """How sure the verdict is: `very likely`; divergence is observed, and an inconclusive one is none."""
    if d.verdict is Verdict.DIVERGENT:
        return "seen in the log"
    value = probability(d)
    return "" if value is None else certainty(value)


def is_unsure(d: Diagnosis) -> bool:
    """Whether a verdict is only a leaning."""
    value = probability(d)
    return d.verdict is not Verdict.DIVERGENT and (value is None or value < LIKELY)


def good_lrs(d: Diagnosis) -> str:
    """Where good LRs probably are: `good LRs probably 2e-3 to 0.024`; "" where nothing is prescribed."""
    if d.interval is not None:
        low, high = d.interval
        return f"good LRs probably {estimate(low)} to {estimate(high)}"
    if d.interval_decades is None:
        return ""
    low, high = (10.0**edge for edge in d.interval_decades)
    return f"good LRs probably {TIMES} {estimate(low)} to {TIMES} {estimate(high)} of this run's"


def placed_section(own: Section, place: Place) -> Section:
    """A run's section without what its log alone would have done: the sweep has compared it with the others."""
    from lrdoctor.report.wording.sweep import sweep_advice, sweep_name

    return replace(
        own,
        verdict=place.verdict.value,
        words=f"{place.words}, diverged" if place.member.diverged else place.words,
        percent=place.percent,
        sure="",
        open_badge=False,
        advice=Advice("", "", "", ""),
        scale=(),
        good="",
        copy=(),
        reasons=(),
        worth="",
        carried="",
        remedies=(),
        sweep=(f"sweep{place.index + 1}", sweep_name(place.sweep), sweep_advice(place.sweep).order),
        shares=shares(place.chances),
        figures=tuple(figure for figure in own.figures if figure.kind != "belief"),
    )
