"""A report as a list, worst first: what formats of one line a run are made from.

How loudly each thing is told, and what is worse than what, is decided here and nowhere else.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Finding, Severity, Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.run import path_as_named
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.places import INSIDE, Place, places
from lrdoctor.report.wording.certainty import LIKELY, certainty
from lrdoctor.report.wording.numbers import count, learning_rate, percent
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
# Of things that are told equally loudly, which comes first; what was not read may hide anything.
_WORST = (Verdict.DIVERGENT, None, Verdict.TOO_HIGH, Verdict.TOO_SLOW, Verdict.INCONCLUSIVE, Verdict.WELL_TUNED)


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
        chance: the verdict's probability; 1 where it is seen.
        findings: of a run.
        diagnosis: of a run.
        sweep: of a sweep.
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
    chance: float = 1.0
    findings: Sequence[Finding] = ()
    diagnosis: Diagnosis | None = None
    sweep: SweepDiagnosis | None = None

    @property
    def rule(self) -> str:
        """What kind of result it is: `verdict/too-high`, `sweep`, `unreadable`."""
        if self.subject is Subject.UNREADABLE:
            return Subject.UNREADABLE.value
        return "sweep" if self.verdict is None else f"verdict/{self.verdict.value}"

    def fingerprint(self, rule: str) -> str:
        """What knows a result again: it stays the same while path, name and rule do."""
        return hashlib.sha256("\0".join((rule, self.path, self.name)).encode()).hexdigest()


def entries(report: Report) -> tuple[Entry, ...]:
    """All of a report, in order of loudness: what fails, what broke, what should change, what cannot be told.

    Where a gate was asked for, what it lets pass is no error, whatever it is.
    """
    failed = {} if report.gate is None else {(f.subject, f.index): f.matched for f in report.gate.failures}
    placed = places(report)
    logs = {id(one.log) for one in report.replays}
    found = [
        *(_replay(k, one, failed) for k, one in enumerate(report.replays)),
        *(_sweep(k, one, failed) for k, one in enumerate(report.sweeps)),
        *(_run(i, d, failed) for i, d in enumerate(report.diagnoses) if i not in placed and id(d) not in logs),
        *(_unreadable(i, one, failed) for i, one in enumerate(report.unreadable)),
    ]
    if report.gate is not None:
        found = [replace(one, level=heard(one.level, bool(one.failed))) for one in found]
    return tuple(sorted(found, key=_order))


def _order(entry: Entry) -> tuple[float, ...]:
    return _LEVELS.index(entry.level), not entry.failed, _WORST.index(entry.verdict), -entry.chance


def heard(level: Level, failed: bool) -> Level:
    """How loudly something is told under a gate: an error is what fails it, and nothing else."""
    if failed:
        return Level.ERROR
    return Level.WARNING if level is Level.ERROR else level


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
        level(d),
        matched,
        d.probabilities.get(d.verdict, 1.0),
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
    """How loudly a finding of a severity is told, nothing having been asked to fail."""
    return {Severity.FAULT: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.NOTE}[severity]


def level_of_finding(finding: Finding, entry: Entry, *, gated: bool) -> Level:
    """How loudly a run's finding is told; under a gate it is an error where the run failed because of it."""
    usual = level_of(finding.severity)
    return heard(usual, not {finding.code, finding.severity.value}.isdisjoint(entry.failed)) if gated else usual


def _sweep(index: int, sweep: SweepDiagnosis, failed: Failed) -> Entry:
    """A sweep is meant to hold bad LRs: it is told where none of its runs has a good one."""
    first = sweep.diagnoses[0].run.source.path if sweep.diagnoses else None
    good = sum(Place(index, sweep, one).words == INSIDE for one in sweep.placed)
    words = f"{good} of {count(len(sweep.placed), 'run')} among the good LRs" if sweep.placed else "nothing to compare"
    quiet = Level.NONE if good else Level.WARNING
    return Entry(
        Subject.SWEEP,
        index,
        f"sweep {sweep_name(sweep)}",
        "" if first is None else clean(path_as_named(first)),
        None if sweep.placed else Verdict.INCONCLUSIVE,
        words,
        "",
        sweep_advice(sweep).order,
        best_words(sweep),
        quiet if sweep.placed else Level.NOTE,
        failed.get((Subject.SWEEP, index), ()),
        sweep=sweep,
    )


def _unreadable(index: int, one: Unreadable, failed: Failed) -> Entry:
    path, matched = clean(one.path), failed.get((Subject.UNREADABLE, index), ())
    return Entry(
        Subject.UNREADABLE, index, path, path, None, "not read", "", "", clean(one.reason), Level.WARNING, matched
    )


def _replay(index: int, replay: Replay, failed: Failed) -> Entry:
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
        Level.NONE if answered else Level.NOTE,
        failed.get((Subject.REPLAY, index), ()),
        value if answered else 1.0,
    )
