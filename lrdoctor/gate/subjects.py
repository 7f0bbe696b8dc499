"""What a gate looks at: each run, each sweep, each path that was not read; with all that may fail it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lrdoctor.gate.fail_on import UNREADABLE, Condition, Kind
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.run import path_as_named
from lrdoctor.records.sweep import SweepMember
from lrdoctor.report.places import ABOVE, BELOW, INSIDE, Place, likeliest, places
from lrdoctor.report.wording.numbers import learning_rate, percent
from lrdoctor.report.wording.run import verdict_percent, verdict_words
from lrdoctor.report.wording.sweep import sweep_name


@dataclass(frozen=True)
class Item:
    """Something that passes or fails.

    Args:
        subject, index: what it is, and its position in the report.
        places: path and name as the user knows it; of a sweep those of each of its runs.
        words: what it is called in a line.
        answer: what was found, in a few words.
        verdicts: each that holds, with its probability.
        findings: (position among `places`, code, severity) of each that counts.
        runs: the diagnoses it stands for, by position in the report, one for each of `places`.
    """

    subject: Subject
    index: int
    places: tuple[tuple[str, str], ...]
    words: str
    answer: str
    verdicts: tuple[tuple[str, float], ...] = ()
    findings: tuple[tuple[int, str, str], ...] = ()
    runs: tuple[int, ...] = ()

    def matches(self, condition: Condition) -> bool:
        """Whether it fails a condition."""
        if condition.kind is Kind.UNREADABLE:
            return self.subject is Subject.UNREADABLE
        if condition.kind is Kind.VERDICT:
            return matches_verdict(self.verdicts, condition)
        return bool(self.concerned(condition))

    def concerned(self, condition: Condition) -> tuple[int, ...]:
        """Which of its runs a condition is about, by position among `places`: those with the finding, else all."""
        if condition.kind not in {Kind.FINDING, Kind.SEVERITY}:
            return tuple(range(len(self.places)))
        which = 1 if condition.kind is Kind.FINDING else 2
        return tuple(dict.fromkeys(one[0] for one in self.findings if one[which] == condition.word))


def matches_verdict(verdicts: Iterable[tuple[str, float]], condition: Condition) -> bool:
    """Whether one of the verdicts, each with its certainty, is the one that fails, and certain enough."""
    return any(word == condition.word and chance >= condition.least for word, chance in verdicts)


def items(report: Report) -> tuple[Item, ...]:
    """All that a report holds: sweeps, the runs in none, what was not read."""
    placed = places(report)
    paths = Counter(d.run.source.path for d in report.diagnoses)
    alone = [_run(i, d, alone=paths[d.run.source.path] == 1) for i, d in enumerate(report.diagnoses) if i not in placed]
    sweeps = [_sweep(report, k, {i: p for i, p in placed.items() if p.index == k}) for k in range(len(report.sweeps))]
    replays = [
        Item(
            Subject.REPLAY,
            k,
            ((one.name, one.name),),
            f"replay {one.name}",
            _replay_answer(one),
            _replay_verdicts(one),
        )
        for k, one in enumerate(report.replays)
    ]
    logs = {id(one.log) for one in report.replays}
    alone = [item for item in alone if id(report.diagnoses[item.index]) not in logs]
    lost = [
        Item(Subject.UNREADABLE, i, ((one.path, one.path),), one.path, f"not read: {one.reason}")
        for i, one in enumerate(report.unreadable)
    ]
    return (*replays, *sweeps, *alone, *lost)


def _run(index: int, d: Diagnosis, *, alone: bool) -> Item:
    path = path_as_named(d.run.source.path)
    chance = 1.0 if d.verdict in {Verdict.DIVERGENT, Verdict.INCONCLUSIVE} else d.probabilities.get(d.verdict, 0.0)
    known = f"LR {'not known' if d.lr is None else learning_rate(d.lr)}"
    return Item(
        Subject.RUN,
        index,
        ((path, d.run.name),),
        path if alone else f"{path} ({d.run.name})",
        f"{verdict_words(d.verdict)} {verdict_percent(d)}".strip() + f", {known}",
        ((d.verdict.value, chance),),
        _findings([(0, d)]),
        (index,),
    )


def _replay_verdicts(replay: Replay) -> tuple[tuple[str, float], ...]:
    """The verdict of a recipe's own LR; that there is none where the replay has no answer."""
    if replay.suggested_lr is None:
        return ((Verdict.INCONCLUSIVE.value, 1.0),)
    return ((replay.verdict.value, replay.probabilities.get(replay.verdict, 0.0)),)


def _replay_answer(replay: Replay) -> str:
    ((word, chance),) = _replay_verdicts(replay)
    seen = word == Verdict.INCONCLUSIVE.value
    return f"{word.replace('-', ' ')}{'' if seen else f' {percent(chance)}'}, LR {learning_rate(replay.lr)}"


def _findings(diagnoses: Iterable[tuple[int, Diagnosis]]) -> tuple[tuple[int, str, str], ...]:
    return tuple(dict.fromkeys((at, f.code, f.severity.value) for at, d in diagnoses for f in d.findings))


def _sweep(report: Report, index: int, members: "dict[int, Place]") -> Item:
    """A sweep: it was meant to hold bad LRs, and fails only where no run has a good one.

    By verdict it then fails as all of its runs do; by findings only those of its good runs count, or of its best.
    """
    sweep = report.sweeps[index]
    good = [i for i, place in members.items() if place.words == INSIDE]
    best = None if sweep.best is None else sweep.diagnoses[sweep.best.run]
    counted = good or [i for i in members if report.diagnoses[i] is best]
    mine = [report.diagnoses[i] for i in members]
    verdicts = sweep_verdicts([place.member for place in members.values()])
    answer = f"{len(good)} of {len(members)} runs have a good LR"
    return Item(
        Subject.SWEEP,
        index,
        tuple((path_as_named(d.run.source.path), d.run.name) for d in mine),
        f"sweep {sweep_name(sweep)}",
        answer if good or not verdicts else f"{answer}: {_why(verdicts)}",
        verdicts,
        _findings((at, report.diagnoses[i]) for at, i in enumerate(members) if i in counted),
        tuple(members),
    )


def _why(verdicts: Sequence[tuple[str, float]]) -> str:
    return " and ".join(f"{word.replace('-', ' ')} {percent(chance)}" for word, chance in verdicts)


def sweep_verdicts(members: Sequence[SweepMember]) -> tuple[tuple[str, float], ...]:
    """The verdicts that hold for a sweep, each with its certainty: the least among its runs."""
    words = {likeliest(one)[1] for one in members}
    if not members or INSIDE in words:
        return ((Verdict.WELL_TUNED.value, max((one.inside for one in members), default=0.0)),)
    chance = min(1 - one.inside for one in members)
    found = [(Verdict.TOO_SLOW.value, chance)] if BELOW in words else []
    found += [(Verdict.TOO_HIGH.value, chance)] if ABOVE in words else []
    if all(one.diverged for one in members):
        found.append((Verdict.DIVERGENT.value, 1.0))
    return tuple(found)


def tally(report: Report) -> str:
    """How many runs have which verdict, and how many paths were not read: what is no pass may not look like one."""
    counts = Counter(d.verdict for d in report.diagnoses)
    parts = [f"{counts[v]:,} {verdict_words(v)}" for v in Verdict if counts[v]]
    parts += [f"{len(report.unreadable):,} {UNREADABLE}"] if report.unreadable else []
    return ", ".join(parts)
