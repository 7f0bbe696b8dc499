"""What is folded away below a run's answer, as data: findings, the strongest evidence, what was read."""

from dataclasses import dataclass

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import VERDICTS, Diagnosis, Evidence, Finding
from lrdoctor.records.run import Run, Series, path_as_named
from lrdoctor.report.wording.numbers import count, number, position
from lrdoctor.report.wording.provenance import lr_words
from lrdoctor.report.wording.run import file_name, moves, odds_words, sign_value, span_words, taken, weight
from lrdoctor.report.wording.settings_listed import listed

TIMES, DIVIDE = "×", "÷"
# An odds factor from here on is set in bold: it decides, the others shade.
STRONG_ODDS = 2.0
# Evidence on the page, and of each of many runs; the rest is in the JSON.
EVIDENCE_SHOWN, EVIDENCE_OF_MANY = 8, 4


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
    """What was measured, as the table shows it; `odds` in the order of `VERDICTS`."""

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


def strongest(diagnosis: Diagnosis, most: int = EVIDENCE_SHOWN) -> tuple[EvidenceRow, ...]:
    """The evidence that moved a verdict most, at most so many rows."""
    return tuple(evidence_row(one) for one in [e for e in diagnosis.evidence if moves(e)][:most])


def evidence_row(sign: Evidence) -> EvidenceRow:
    """The line of one measured quantity."""
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


def reading(d: Diagnosis, *, brief: bool = False, least: bool = False) -> Reading:
    """What was read for a run; `brief`: of one among many without settings, and series that play no part.

    `least`: of one among very many, without any series.
    """
    run, source = d.run, d.run.source
    facts = [
        ("path", clean(path_as_named(source.path))),
        ("format", f"{clean(source.format)}: {clean(source.why)}"),
        ("files", ", ".join(file_name(path) for path in source.files)),
        ("SHA-256", ", ".join(one.sha256 for one in source.contents)),
        ("settings from", ", ".join(file_name(path) for path in source.companions)),
        ("step axis", clean(run.step_axis)),
        ("learning rate", lr_words(d)),
    ]
    parts = tuple(entry for entry in taken(d.roles) if entry[1])
    role_of = {tag: part for part, tag, _ in reversed(parts)}
    series = ((tag, one) for tag, one in run.series.items() if not least and (not brief or clean(tag) in role_of))
    return Reading(
        facts=tuple(fact for fact in facts if fact[1] and not (brief and fact[0] in {"files", "SHA-256"})),
        parts=parts,
        series=tuple(series_row(clean(tag), one, role_of.get(clean(tag), "")) for tag, one in series),
        notes=notes(run),
        hparams=() if brief else hparam_rows(run),
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
