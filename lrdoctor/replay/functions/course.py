"""A replay of arms under way: rounds of growing horizons, each extended where it is open, and what they show."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrdoctor import limits
from lrdoctor.errors import UsageError
from lrdoctor.records.replay import Drift
from lrdoctor.replay import plan
from lrdoctor.replay.belief.edges import Edges
from lrdoctor.replay.belief.evidence import did_harm, gain, harmful, rose
from lrdoctor.replay.belief.other_tasks import TYPICAL_GAIN, Expected, drift
from lrdoctor.replay.functions.arms import Job, Outcome
from lrdoctor.replay.functions.canonical import canonical, infer
from lrdoctor.replay.functions.levels import FEWEST
from lrdoctor.replay.functions.race import Race
from lrdoctor.replay.functions.standing import Standings, standings
from lrdoctor.replay.plan import Stage
from lrdoctor.vocabulary.optimizers import StepKind

# Without a range test the first round looks far and wide, and arms that cannot catch up give their steps to the later.
LONG = (Stage(0.25, 6, 0.7, 0.4), Stage(0.30, 4, 0.45, 0.25), Stage(0.45, 3, 0.35, 0.25))
SHORT = (Stage(0.40, 6, 0.7, 0.4), Stage(0.60, 3, 0.45, 0.3))
TINY = (Stage(1.0, 4, 0.6, 0.4),)
MOST_EXTRA = 3  # times that a round goes on beyond its ends, or between its arms
CLOSE = 0.15  # decades between two arms, below which another between them would teach nothing
AS_GOOD = 2.0  # standard errors: an end this near to the best arm may be the best
SCHEDULE_UNKNOWN = 0.5  # the share of its peak that a schedule ends at, where nobody says: between constant and nothing


@dataclass
class Course:
    """What is known so far.

    Args:
        began: what was believed before.
        edges: what is believed now.
        kind: of the optimizer.
        steps: of the real run.
        seeds: that every LR is run with.
    """

    began: Edges
    edges: Edges
    kind: StepKind
    steps: int
    seeds: Sequence[int]
    outcomes: list[list[Outcome]] = field(default_factory=list)
    rounds: list[Standings] = field(default_factory=list)
    drift: Drift | None = None
    remarks: list[str] = field(default_factory=list)

    def custom(self) -> Expected:
        """How the best LR drifts in other tasks."""
        made = canonical(self.rounds)
        return drift(self.kind, SCHEDULE_UNKNOWN, gain(made[-1]) if made and gain(made[-1]) else TYPICAL_GAIN)

    def update(self) -> None:
        """Infer anew from everything seen."""
        self.edges, self.drift = infer(self.began, self.rounds, self.steps, self.custom())


def run(course: Course, race: Race, phase: Callable[[str], None]) -> None:
    """Spend the budget.

    Raises:
        UsageError: no arm shows losses, or all fail.
    """
    budget, count = race.budget, len(course.seeds)
    stages = stages_for(budget.left / count, course.edges)
    while stages and not budget.over:
        stage, *later = stages
        horizon = plan.horizon(stage, later, budget.left / count, course.steps)
        if budget.left < 2 * horizon * count:
            break
        phase(f"{horizon}-step reruns")
        slope = course.drift.slope if course.drift is not None else course.custom()[0]
        shift = slope * math.log10(max(course.steps / horizon, 1.0))
        lrs = [float(lr) for lr in plan.candidates(course.edges, stage, shift)]
        run_round(course, race, horizon, lrs, last=not later)
        stages = later


def stages_for(steps: float, edges: Edges) -> Sequence[Stage]:
    """The rounds for so many steps a seed; what is believed narrowly already needs no first look."""
    if steps < plan.FEW:
        return TINY
    rounds = LONG if steps >= plan.MANY else SHORT
    return rounds if plan.needs_range_test(edges) else rounds[1:]


def run_round(course: Course, race: Race, horizon: int, lrs: Sequence[float], *, last: bool) -> None:
    """Run arms, go on where the round is open, and take what they show into the course."""
    outcomes: list[Outcome] = []
    wanted = list(lrs)
    for extra in range(MOST_EXTRA + 1):
        jobs = [Job(lr, horizon, seed) for lr in wanted for seed in course.seeds]
        outcomes += race.run(jobs, outcomes)
        check_some(outcomes, race)
        made = standings(horizon, settled(outcomes, course))
        if extra == MOST_EXTRA or race.budget.over:
            break
        wanted = beyond(made) or (between(made) if last else [])
        if not wanted or race.budget.left < horizon * len(course.seeds):
            break
    if made.arms:
        course.rounds.append(made)
        course.outcomes.append(outcomes)
        course.remarks += remarks(outcomes, course)
        course.update()


def check_some(outcomes: Sequence[Outcome], race: Race) -> None:
    """Raise `UsageError` where every arm failed, or one that came to its end showed no losses."""
    what = race.launcher.what
    failed = sorted((one for one in outcomes if one.end == "failed"), key=lambda one: one.job.lr)
    if failed and all(one.end == "failed" for one in outcomes):
        said = failed[0].said or "it says nothing"
        raise UsageError(f"{what} fails at LR {failed[0].job.lr:.3g} and at every other: {said}")
    for one in outcomes:
        shown = max(len(one.trace.loss), len(one.trace.val))
        if one.end == "finished" and one.trace.final is None and shown < FEWEST:
            raise UsageError(
                f"{what} shows {shown or 'no'} losses in {one.job.steps} steps (LR {one.job.lr:.3g}), and {FEWEST} are "
                f"needed: {race.launcher.how} more often, or allow more steps in all"
            )


def settled(outcomes: Sequence[Outcome], course: Course) -> list[Outcome]:
    """The outcomes, one that failed above an LR at which others came to their end as one that broke.

    Scripts often stop with an error when a loss is not finite, before they log it.
    """
    fine = [one.job.lr for made in [*course.outcomes, outcomes] for one in made if one.end == "finished"]
    lowest = min(fine, default=math.inf)
    return [
        Outcome(one.job, one.trace, "broke", one.said)
        if one.end == "failed" and one.job.lr > lowest and not one.trace.empty
        else one
        for one in outcomes
    ]


def remarks(outcomes: Sequence[Outcome], course: Course) -> list[str]:
    """What a reader should know of a round."""
    horizon = outcomes[0].job.steps
    stopped = sum(one.end == "given up" for one in outcomes)
    said = []
    if stopped:
        was = "was ended early: it" if stopped == 1 else "were ended early: they"
        said.append(f"Of {len(outcomes)} {horizon}-step reruns {stopped} {was} could not catch up any more.")
    broke = {id(one.trace) for one in settled(outcomes, course) if one.end == "broke"}
    for one in [one for one in outcomes if one.end == "failed"][:1]:
        taken = "taken as broken" if id(one.trace) in broke else "left out"
        said.append(
            f"The rerun at LR {one.job.lr:.3g} ended with an error, and is {taken}: {one.said or 'no message'}."
        )
    return said


def beyond(made: Standings) -> list[float]:
    """The LRs to add where a round is open at an end: its best arm stands there, or one that may be as good."""
    arms = canonical([made])[0].arms
    if not arms:
        return []
    gap = float(np.median(np.diff(np.log10([arm.lr for arm in arms])))) if len(arms) > 1 else 0.5
    lowest, highest = arms[0].lr, arms[-1].lr
    bad = [harmful(arm, 1.0) for arm in arms]
    if all(bad):
        return [lowest / 10 ** (2 * gap)]
    if not made.gained:
        return [] if did_harm(arms[-1], 1.0) else [highest * 10 ** (2 * gap)]
    found = []
    if not bad[-1] and _may_be_best(made, -1):
        found.append(highest * 10**gap)
    if (not bad[0] and _may_be_best(made, 0)) or rose(arms[0]):
        found.append(lowest / 10**gap)
    return found


def _may_be_best(made: Standings, place: int) -> bool:
    arm, best = made.arms[place], made.best
    if best is None or not math.isfinite(arm.cost) or arm.given_up:
        return False
    margin = max(AS_GOOD * arm.error, limits.BAND_LOSS / 2 * made.gained)
    return arm is best or arm.cost - best.cost < margin


def between(made: Standings) -> list[float]:
    """The LR halfway from the best arm to its better neighbour, where they stand apart."""
    best = made.best
    if best is None or not made.gained:
        return []
    at = made.arms.index(best)
    sides = [made.arms[k] for k in (at - 1, at + 1) if 0 <= k < len(made.arms)]
    if len(sides) < 2:
        return []
    near = min(sides, key=lambda arm: arm.cost)
    apart = abs(math.log10(near.lr / best.lr))
    return [math.sqrt(near.lr * best.lr)] if apart > CLOSE else []
