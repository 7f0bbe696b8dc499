"""A report as a list, worst first: what formats of one line a run are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Finding, Severity, Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.run import path_as_named
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.places import places
from lrdoctor.report.wording.certainty import LIKELY, certainty
from lrdoctor.report.wording.numbers import learning_rate, percent
from lrdoctor.report.wording.replay import replay_advice, replay_name
from lrdoctor.report.wording.run import lr_cells, verdict_percent, verdict_words
from lrdoctor.report.wording.short_reason import short_reason
from lrdoctor.report.wording.sweep import best_words, sweep_advice, sweep_name


class Level(StrEnum):
    """How loudly something is told, the loudest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NONE = "none"


_LEVELS = tuple(Level)


@dataclass(frozen=True)
class Entry:
    """A run, a sweep, a replay, or a path that was not read.

    Args:
        subject, index: what it is, and its position in the report.
        name, path: as the user knows it.
        verdict: the word; None of a sweep and of what was not read.
        words: the verdict with its certainty: `too high, very likely (93 %)`.
        lr, order: this LR, and what to do next: `0.02`, or a phrase; "" where there is none.
        reason: why, in a few words.
        level: how loudly it is told.
        failed: what of `--fail-on` it matched.
        findings: of a run.
        diagnosis: of a run.
    """

    subject: Subject
    index: int
    name: str
    path: str
    verdict: Verdict | None
    words: str
    lr: str
    order: str
    reason: str
    level: Level
    failed: tuple[str, ...] = ()
    findings: Sequence[Finding] = ()
    diagnosis: Diagnosis | None = None


def entries(report: Report) -> tuple[Entry, ...]:
    """All of a report, in order of loudness: what fails, what broke, what should change, what cannot be told."""
    failed = {} if report.gate is None else {(f.subject, f.index): f.matched for f in report.gate.failures}
    placed = places(report)
    logs = {id(one.log) for one in report.replays}
    found = [
        *(_replay(k, one, failed) for k, one in enumerate(report.replays)),
        *(_sweep(k, one, failed) for k, one in enumerate(report.sweeps)),
        *(_run(i, d, failed) for i, d in enumerate(report.diagnoses) if i not in placed and id(d) not in logs),
        *(
            Entry(
                Subject.UNREADABLE,
                i,
                clean(one.path),
                clean(one.path),
                None,
                "not read",
                "",
                "",
                clean(one.reason),
                Level.ERROR if (Subject.UNREADABLE, i) in failed else Level.WARNING,
                failed.get((Subject.UNREADABLE, i), ()),
            )
            for i, one in enumerate(report.unreadable)
        ),
    ]
    return tuple(sorted(found, key=lambda entry: _LEVELS.index(entry.level)))


Failed = Mapping[tuple[Subject, int], tuple[str, ...]]


def _run(index: int, d: Diagnosis, failed: Failed) -> Entry:
    here, next_lr, factor = lr_cells(d)
    matched = failed.get((Subject.RUN, index), ())
    return Entry(
        Subject.RUN,
        index,
        clean(d.run.name),
        clean(path_as_named(d.run.source.path)),
        d.verdict,
        with_certainty(d),
        here,
        next_lr or factor,
        short_reason(d),
        Level.ERROR if matched else level(d),
        matched,
        d.findings,
        d,
    )


def with_certainty(d: Diagnosis) -> str:
    """A verdict with its certainty: `too high, very likely (93 %)`."""
    words, value = verdict_words(d.verdict), verdict_percent(d)
    if d.verdict in {Verdict.DIVERGENT, Verdict.INCONCLUSIVE}:
        return words
    return f"{words}, {certainty(d.probabilities.get(d.verdict, 0.0))} ({value})"


def level(d: Diagnosis) -> Level:
    """How loudly a run is told, nothing having been asked to fail."""
    if d.verdict is Verdict.DIVERGENT:
        return Level.ERROR
    if d.verdict in {Verdict.TOO_HIGH, Verdict.TOO_SLOW}:
        return Level.WARNING if d.probabilities.get(d.verdict, 0.0) >= LIKELY else Level.NOTE
    return Level.NOTE if d.verdict is Verdict.INCONCLUSIVE else Level.NONE


def level_of(severity: Severity) -> Level:
    """How loudly a finding of a severity is told."""
    return {Severity.FAULT: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.NOTE}[severity]


def _sweep(index: int, sweep: SweepDiagnosis, failed: Failed) -> Entry:
    matched = failed.get((Subject.SWEEP, index), ())
    first = sweep.diagnoses[0].run.source.path if sweep.diagnoses else None
    return Entry(
        Subject.SWEEP,
        index,
        f"sweep {sweep_name(sweep)}",
        "" if first is None else clean(path_as_named(first)),
        None,
        "sweep",
        "",
        sweep_advice(sweep).order,
        best_words(sweep),
        Level.ERROR if matched else Level.NONE,
        matched,
    )


def _replay(index: int, replay: Replay, failed: Failed) -> Entry:
    matched = failed.get((Subject.REPLAY, index), ())
    value = replay.probabilities.get(replay.verdict, 0.0)
    answered = replay.suggested_lr is not None
    return Entry(
        Subject.REPLAY,
        index,
        f"replay {replay_name(replay)}",
        clean(replay.name.partition(":")[0]),
        replay.verdict if answered else Verdict.INCONCLUSIVE,
        f"{verdict_words(replay.verdict)}, {certainty(value)} ({percent(value)})" if answered else "no answer",
        learning_rate(replay.lr),
        replay_advice(replay).order,
        clean(replay.reason),
        Level.ERROR if matched else Level.NONE if answered else Level.NOTE,
        matched,
    )
