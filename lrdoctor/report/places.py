"""Which runs of a report a sweep answers for: in what order they come, and where each stands.

A run that a sweep placed has no LR of its own in any format: the sweep has compared it with the others, so what its log
says alone is less, and two answers to one question are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.gate import Gate, Subject
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from lrdoctor.report.wording.numbers import percent

BELOW, INSIDE, ABOVE = "below the good LRs", "among the good LRs", "above the good LRs"


@dataclass(frozen=True)
class Place:
    """Where a run stands in its sweep.

    Args:
        index: the sweep's position in the report.
        sweep: the sweep.
        member: the run's place on its axis.
    """

    index: int
    sweep: SweepDiagnosis
    member: SweepMember

    @property
    def words(self) -> str:
        """Where it most likely stands: `among the good LRs`."""
        return self._likeliest[1]

    @property
    def percent(self) -> str:
        """How likely that is."""
        return percent(self._likeliest[0])

    @property
    def detail(self) -> str:
        """All three probabilities: `below the good LRs <1 %, among them 80 %, above them 20 %`."""
        one = self.member
        return f"{BELOW} {percent(one.below)}, among them {percent(one.inside)}, above them {percent(one.above)}"

    @property
    def verdict(self) -> Verdict:
        """The verdict that the place amounts to."""
        if self.member.diverged:
            return Verdict.DIVERGENT
        return {BELOW: Verdict.TOO_SLOW, INSIDE: Verdict.WELL_TUNED, ABOVE: Verdict.TOO_HIGH}[self.words]

    @property
    def chances(self) -> dict[Verdict, float]:
        """The three probabilities as verdicts', a run that broke counted as divergent where it lies above."""
        one = self.member
        over = Verdict.DIVERGENT if one.diverged else Verdict.TOO_HIGH
        return {Verdict.TOO_SLOW: one.below, Verdict.WELL_TUNED: one.inside, over: one.above}

    @property
    def _likeliest(self) -> tuple[float, str]:
        return likeliest(self.member)


def likeliest(one: SweepMember) -> tuple[float, str]:
    """Where a run of a sweep most likely stands, and how likely that is."""
    return max(((one.inside, INSIDE), (one.below, BELOW), (one.above, ABOVE)), key=lambda pair: pair[0])


def places(report: Report) -> dict[int, Place]:
    """By position among the report's diagnoses, the place of each run that a sweep placed."""
    position = {id(d): i for i, d in enumerate(report.diagnoses)}
    found: dict[int, Place] = {}
    for k, sweep in enumerate(report.sweeps):
        for member in sweep.placed:
            found.setdefault(position[id(sweep.diagnoses[member.run])], Place(k, sweep, member))
    return found


def in_order(report: Report) -> Report:
    """The report with the runs of each sweep together, ascending in LR, before those of none, in the order read."""
    placed = places(report)

    def order(i: int) -> tuple[float, ...]:
        return (placed[i].index, placed[i].member.lr, i) if i in placed else (len(report.sweeps), 0.0, i)

    before = sorted(range(len(report.diagnoses)), key=order)
    if before == list(range(len(before))):
        return report
    return replace(report, diagnoses=tuple(report.diagnoses[i] for i in before), gate=_moved(report.gate, before))


def _moved(gate: Gate | None, before: Sequence[int]) -> Gate | None:
    """What a gate found, its runs named by where they stand now; `before` is where each of those stood."""
    if gate is None:
        return None
    now = {old: new for new, old in enumerate(before)}
    failures = (replace(f, index=now[f.index]) if f.subject is Subject.RUN else f for f in gate.failures)
    return replace(gate, failures=tuple(failures))
