"""What the HTML page says, as data: every string is plain text, still to be escaped.

Data first, markup second: the page is tested here, without parsing HTML.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import VERDICTS, Diagnosis, Evidence, Finding, Verdict
from lrdoctor.records.report import Report
from lrdoctor.records.run import Run, Series, path_as_named
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.html.probability_bar import Share, shares
from lrdoctor.report.html.replay_page import DrawReplay, ReplaySection, replay_section, undrawn
from lrdoctor.report.html.sweep_page import DrawSweep, SweepSection, sweep_section
from lrdoctor.report.places import Place, in_order, places
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Watch
from lrdoctor.report.wording.carried_over import carried_words
from lrdoctor.report.wording.numbers import count, learning_rate, number, position
from lrdoctor.report.wording.replay import replay_name, replay_order
from lrdoctor.report.wording.run import (
    Advice,
    advice,
    file_name,
    lr_cells,
    moves,
    odds_words,
    probability,
    reason,
    sign_value,
    span_words,
    taken,
    tally,
    to_do,
    verdict_percent,
    verdict_words,
    weight,
)
from lrdoctor.report.wording.settings_listed import listed
from lrdoctor.report.wording.sweep import remedy_cause, sweep_advice, sweep_name, worth_words
from lrdoctor.version import __version__

TIMES, DIVIDE = "×", "÷"
# An odds factor from here on is set in bold: it decides, the others shade.
STRONG_ODDS = 2.0
# Signs on the page at once; the weaker ones are folded away.
EVIDENCE_SHOWN = 8
URGENT = (Verdict.DIVERGENT, Verdict.TOO_HIGH, Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.INCONCLUSIVE)

Draw = Callable[[Diagnosis, str], tuple[Figure, ...]]


@dataclass(frozen=True)
class Row:
    """A run in the table of runs."""

    anchor: str
    name: str
    verdict: str
    words: str
    percent: str
    lr: str
    do: str
    factor: str


@dataclass(frozen=True)
class FindingRow:
    """A finding as the table shows it."""

    code: str
    name: str
    severity: str
    message: str
    caveat: str
    value: str
    limit: str
    unit: str
    steps: str


@dataclass(frozen=True)
class Odds:
    """One odds factor: its words, and whether it raises (`up`), lowers (`down`) or leaves the verdict."""

    text: str
    way: str
    strong: bool


@dataclass(frozen=True)
class EvidenceRow:
    """A sign as the table shows it; `odds` in the order of `VERDICTS`."""

    label: str
    value: str
    odds: tuple[Odds, ...]
    shift: str


@dataclass(frozen=True)
class SeriesRow:
    """A series as the table shows it; `part` is what it was taken for."""

    tag: str
    part: str
    points: str
    steps: str
    values: str
    not_finite: str


@dataclass(frozen=True)
class Reading:
    """What was read, and what was taken for what."""

    facts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str, str], ...]
    series: tuple[SeriesRow, ...]
    notes: tuple[tuple[str, str], ...]
    hparams: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """Everything about one run.

    `weaker` is the evidence that is folded away; `remedies` are (words, why); `sweep` is the one that answers for it,
    `replays` are those that began from it, (anchor, name, order).
    """

    anchor: str
    name: str
    verdict: str
    words: str
    percent: str
    advice: Advice
    reason: str
    worth: str
    carried: str
    remedies: tuple[tuple[str, str], ...]
    sweep: tuple[str, str, str] | None
    replays: tuple[tuple[str, str, str], ...]
    shares: tuple[Share, ...]
    figures: tuple[Figure, ...]
    findings: tuple[FindingRow, ...]
    evidence: tuple[EvidenceRow, ...]
    weaker: tuple[EvidenceRow, ...]
    reading: Reading


@dataclass(frozen=True)
class Page:
    """The whole page; `heading` is the section whose name is the page's own, if one is."""

    title: str
    heading: str
    summary: str
    version: str
    replays: tuple[ReplaySection, ...]
    sweeps: tuple[SweepSection, ...]
    rows: tuple[Row, ...]
    sections: tuple[Section, ...]
    unreadable: tuple[Unreadable, ...]
    verdicts: tuple[str, ...] = tuple(verdict_words(verdict) for verdict in VERDICTS)


def page(
    report: Report, draw: Draw, draw_sweep: DrawSweep, watch: Watch = iter, draw_replay: DrawReplay = undrawn
) -> Page:
    """The page for a report; `draw` makes a run's figures, the others a sweep's and a replay's."""
    report = in_order(redacted(report))
    runs = report.diagnoses
    title, heading = titled(report)
    placed = places(report)
    alone = [d for i, d in enumerate(runs) if i not in placed]
    place = {id(d): i for i, d in enumerate(runs)}
    parts = [f"{count(len(report.sweeps), 'sweep')} of {count(len(placed), 'run')}"] if placed else []
    parts += [f"{tally(alone)}{' in no sweep' if placed else ''}"] if alone and len(runs) > 1 else []
    parts += [count(len(report.replays), "replay")] if runs and report.replays and not heading else []
    logs = [None if replay.log is None else place.get(id(replay.log)) for replay in report.replays]
    settled: dict[int, list[tuple[str, str, str]]] = {}
    for k, (replay, i) in enumerate(zip(report.replays, logs, strict=True)):
        if i is not None:
            settled.setdefault(i, []).append((f"replay{k + 1}", replay_name(replay), replay_order(replay)))
    if report.unreadable:
        parts.append(f"{count(len(report.unreadable), 'path')} could not be analysed")
    return Page(
        title=title,
        heading=heading,
        summary="; ".join(parts),
        version=__version__,
        replays=tuple(
            replay_section(replay, f"replay{k + 1}", "" if i is None else anchor(i), draw_replay)
            for k, (replay, i) in enumerate(zip(report.replays, logs, strict=True))
        ),
        sweeps=tuple(
            sweep_section(s, f"sweep{k + 1}", [anchor(place[id(d)]) for d in s.diagnoses], draw_sweep)
            for k, s in enumerate(report.sweeps)
        ),
        rows=tuple(row(d, anchor(i)) for i, d in sorted(enumerate(runs), key=urgency) if i not in placed),
        sections=tuple(
            section(d, anchor(i), draw, placed.get(i), tuple(settled.get(i, ()))) for i, d in enumerate(watch(runs))
        ),
        unreadable=tuple(Unreadable(clean(entry.path), clean(entry.reason)) for entry in report.unreadable),
    )


def titled(report: Report) -> tuple[str, str]:
    """The page's title, and the section whose name that is: the only run, or the only replay with its log."""
    runs, replays = report.diagnoses, report.replays
    if len(replays) == 1 and all(d is replays[0].log for d in runs):
        return replay_name(replays[0]), "replay1"
    if not runs and replays:
        return count(len(replays), "replay"), ""
    return (
        (clean(runs[0].run.name), anchor(0) if not replays else "") if len(runs) == 1 else (count(len(runs), "run"), "")
    )


def urgency(place: tuple[int, Diagnosis]) -> int:
    """The order of the table of runs: what broke or should be changed first, else as they were read."""
    return URGENT.index(place[1].verdict)


def anchor(index: int) -> str:
    """The id of a run's section, and the start of its figures' ids: by position, since names may repeat."""
    return f"run{index + 1}"


def row(d: Diagnosis, anchor_: str) -> Row:
    """A run's line in the table of runs."""
    return Row(
        anchor_,
        clean(d.run.name),
        d.verdict.value,
        verdict_words(d.verdict),
        verdict_percent(d),
        lr_cells(d, TIMES)[0],
        to_do(d, TIMES),
        lr_cells(d, TIMES)[2],
    )


def section(
    d: Diagnosis,
    anchor_: str,
    draw: Draw,
    place: Place | None = None,
    replays: tuple[tuple[str, str, str], ...] = (),
) -> Section:
    """A run's part of the page; `replays` name those that began from it.

    A run that a sweep answers for has its `place` there and no LR of its own.
    """
    telling = [sign for sign in d.evidence if moves(sign)]
    silent = [sign for sign in d.evidence if not moves(sign)]
    own = Section(
        anchor=anchor_,
        name=clean(d.run.name),
        verdict=d.verdict.value,
        words=verdict_words(d.verdict),
        percent=verdict_percent(d) if probability(d) is not None else "",
        advice=advice(d, TIMES),
        reason=reason(d),
        worth=worth_words(d),
        carried=carried_words(d.carried_over),
        remedies=tuple((clean(r.words), remedy_cause(r)) for r in d.remedies),
        sweep=None,
        replays=replays,
        shares=shares(d.probabilities),
        figures=draw(d, f"{anchor_}-"),
        findings=tuple(finding_row(finding, d.run.step_axis) for finding in d.findings),
        evidence=tuple(evidence_row(sign) for sign in telling[:EVIDENCE_SHOWN]),
        weaker=tuple(evidence_row(sign) for sign in (*telling[EVIDENCE_SHOWN:], *silent)),
        reading=reading(d),
    )
    return own if place is None else placed_section(own, place)


def placed_section(own: Section, place: Place) -> Section:
    """A run's section without what its log alone would have done: the sweep has compared it with the others."""
    return replace(
        own,
        verdict=place.verdict.value,
        words=f"{place.words}, diverged" if place.member.diverged else place.words,
        percent=place.percent,
        advice=Advice("", "", "", ""),
        reason="",
        worth="",
        carried="",
        remedies=(),
        sweep=(f"sweep{place.index + 1}", sweep_name(place.sweep), sweep_advice(place.sweep).order),
        shares=shares(place.chances),
        figures=tuple(figure for figure in own.figures if figure.kind != "belief"),
    )


def finding_row(finding: Finding, axis: str) -> FindingRow:
    """A finding's line: the measured value beside its limit."""
    return FindingRow(
        clean(finding.code),
        clean(finding.name),
        finding.severity.value,
        clean(finding.message),
        clean(finding.caveat),
        "" if finding.value is None else number(finding.value),
        "" if finding.limit is None else number(finding.limit),
        clean(finding.unit),
        span_words(finding.steps, axis),
    )


def evidence_row(sign: Evidence) -> EvidenceRow:
    """A sign's line."""
    return EvidenceRow(
        clean(sign.label),
        sign_value(sign),
        tuple(odds_cell(sign.odds.get(verdict, 1.0)) for verdict in VERDICTS),
        f"{sign.shift:+.2f}" if abs(sign.shift) >= 0.005 else "0",
    )


def odds_cell(odds: float) -> Odds:
    """One odds factor of one verdict."""
    text = odds_words(odds, TIMES, DIVIDE)
    way = "none" if text in {"", "?"} else "up" if odds > 1 else "down"
    return Odds(text or "·", way, weight(odds) >= weight(STRONG_ODDS))


def reading(d: Diagnosis) -> Reading:
    """What was read for a run."""
    run, source = d.run, d.run.source
    origin = clean(d.lr_source)
    lr = (
        f"unknown: {origin or 'not in the log'}"
        if d.lr is None
        else learning_rate(d.lr) + (f", from {origin}" if origin else "")
    )
    facts = [
        ("path", clean(path_as_named(source.path))),
        ("format", f"{clean(source.format)}: {clean(source.why)}"),
        ("files", ", ".join(file_name(path) for path in source.files)),
        ("settings from", ", ".join(file_name(path) for path in source.companions)),
        ("step axis", clean(run.step_axis)),
        ("learning rate", lr),
    ]
    parts = tuple(entry for entry in taken(d.roles) if entry[1])
    role_of = {tag: part for part, tag, _ in reversed(parts)}
    return Reading(
        facts=tuple(fact for fact in facts if fact[1]),
        parts=parts,
        series=tuple(series_row(clean(tag), series, role_of.get(clean(tag), "")) for tag, series in run.series.items()),
        notes=notes(run),
        hparams=hparam_rows(run),
    )


def hparam_rows(run: Run) -> tuple[tuple[str, str], ...]:
    """A run's settings, name and value; where not all are listed a last row says so."""
    settings = listed(run.hparams)
    rows = [(clean(key), clean(str(value))) for key, value in settings.by_name.items()]
    more = [(f"and {count(settings.left_out, 'more setting')}", "not listed")] if settings.left_out else []
    return (*rows, *more)


def notes(run: Run) -> tuple[tuple[str, str], ...]:
    """What the reader noticed: (code, message with its place)."""
    where = [
        ", ".join(
            part
            for part in (clean(n.series or ""), "" if n.step is None else f"{clean(run.step_axis)} {position(n.step)}")
            if part
        )
        for n in run.notes
    ]
    return tuple(
        (clean(n.code), clean(n.message) + (f" ({place})" if place else ""))
        for n, place in zip(run.notes, where, strict=True)
    )


def series_row(tag: str, series: Series, part: str) -> SeriesRow:
    """A series' line: how many points, where, and the range of the finite ones."""
    import numpy as np

    if not len(series):
        return SeriesRow(tag, part, "0", "", "", "")
    good = series.value[np.isfinite(series.value)]
    return SeriesRow(
        tag,
        part,
        f"{len(series):,}",
        f"{position(float(series.step[0]))} to {position(float(series.step[-1]))}",
        f"{number(float(good.min()))} to {number(float(good.max()))}" if len(good) else "",
        f"{len(series) - len(good):,}" if len(good) < len(series) else "",
    )
