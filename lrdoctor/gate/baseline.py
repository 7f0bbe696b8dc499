"""What was there before: an earlier report, or runs; only what is new or worse than that fails."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lrdoctor.gate.before import Before, of_diagnosis, of_replay, place_of, worst
from lrdoctor.gate.departure import first_departure
from lrdoctor.gate.fail_on import Condition, Kind
from lrdoctor.gate.matching import matched
from lrdoctor.gate.subjects import Item, matches_verdict, sweep_verdicts
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.gate import Subject
from lrdoctor.records.report import Report
from lrdoctor.redaction import text
from lrdoctor.report.places import places
from lrdoctor.report.wording.numbers import learning_rate, number, percent, position
from lrdoctor.report.wording.run import verdict_words


@dataclass(frozen=True)
class Baseline:
    """What was known of runs and replays, and which paths could not be read."""

    runs: Sequence[Before] = ()
    replays: Sequence[Before] = ()
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Compared:
    """A report beside its baseline.

    Args:
        report: what is there now.
        unreadable: paths that could not be read before.
        runs, replays: by position in the report, each as it was, where it was there.
    """

    report: Report
    unreadable: frozenset[str]
    runs: dict[int, Before]
    replays: dict[int, Before]

    def has(self, item: Item, condition: Condition) -> bool:
        """Whether an item failed a condition before already, in every way in which it fails it now."""
        if item.subject is Subject.UNREADABLE:
            return place_of(text(item.places[0][0])) in self.unreadable
        if item.subject is Subject.REPLAY:
            before = self.replays.get(item.index)
            return before is not None and before.has_verdict(condition)
        if condition.kind is not Kind.VERDICT:
            return all(self._had_findings(item.runs[at], condition) for at in item.concerned(condition))
        were = [self.runs[i] for i in item.runs if i in self.runs]
        if len(were) < len(item.runs):
            return False
        placed = [one.place for one in were if one.place is not None]
        if item.subject is Subject.SWEEP and len(placed) == len(were):
            return matches_verdict(sweep_verdicts(placed), condition)
        return all(one.has_verdict(condition) for one in were)

    def _had_findings(self, index: int, condition: Condition) -> bool:
        now = worst((f.code, f.severity) for f in self.report.diagnoses[index].findings)
        return index in self.runs and self.runs[index].has_findings(condition, now)

    def where_apart(self, item: Item) -> str:
        """How a run or a replay differs from what it was, from `; ` on; "" where that is not known."""
        if item.subject is Subject.REPLAY:
            replay, before = self.report.replays[item.index], self.replays.get(item.index)
            return "; not in the baseline" if before is None else _was(before) + _lr(replay.lr, before)
        if item.subject is not Subject.RUN:
            return ""
        d, before = self.report.diagnoses[item.index], self.runs.get(item.index)
        if before is None:
            return "; not in the baseline"
        return _was(before) + _lr(d.lr, before) + (_end(d, before) if before.diagnosis is None else _curves(d, before))


def compared(report: Report, baseline: Baseline) -> Compared:
    """A report beside its baseline: which run was which."""
    runs = of_report_now(report)
    return Compared(
        report,
        baseline.unreadable,
        matched(runs.runs, baseline.runs),
        # Without replays of before, the log of one run says as much of a recipe's LR.
        matched(runs.replays, baseline.replays or [one for one in baseline.runs if one.diagnosis is not None]),
    )


def of_report_now(report: Report) -> Baseline:
    """The baseline that a report is, such as that over the runs of a log."""
    placed = places(report)
    members = {i: place.member for i, place in placed.items()}
    return Baseline(
        tuple(of_diagnosis(d, members.get(i)) for i, d in enumerate(report.diagnoses)),
        tuple(map(of_replay, report.replays)),
        frozenset(place_of(text(one.path)) for one in report.unreadable),
    )


def _was(before: Before) -> str:
    certain = "" if before.chance >= 1 else f" {percent(before.chance)}"
    return f"; it was {verdict_words(before.verdict)}{certain}"


def _lr(now: float | None, before: Before) -> str:
    """The LR that it had, where that was another."""
    if now is None or before.lr is None or learning_rate(now) == learning_rate(before.lr):
        return ""
    return f", LR {learning_rate(before.lr)}"


def _end(d: Diagnosis, before: Before) -> str:
    """Where the loss ends and ended: a report has no curves."""
    now = of_diagnosis(d).end
    if now is None or before.end is None or not (math.isfinite(now) or math.isfinite(before.end)):
        return ""
    here, there = number(now), number(before.end)
    return "" if here == there else f"; the loss ends at {here}, was {there}"


def _curves(d: Diagnosis, before: Before) -> str:
    """From which step on the loss goes another way."""
    then = before.diagnosis
    mine = d.run.find(d.roles.loss)
    other = None if then is None else then.run.find(then.roles.loss)
    if mine is None or other is None:
        return ""
    apart = first_departure(mine, other)
    if apart is None:
        return "; the loss curves do not part beyond their noise"
    step, now, was = apart
    return f"; the loss curves part at {d.run.step_axis} {position(step)} ({number(now)}, was {number(was)})"
