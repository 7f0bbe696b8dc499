"""A replay's course: range test where the prior is wide, rounds of growing horizons, curvature."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from lrdoctor.records.replay import Curvature, Drift, RangeTest, Round
from lrdoctor.replay import plan
from lrdoctor.replay.belief import evidence
from lrdoctor.replay.belief.edges import Edges
from lrdoctor.replay.belief.other_tasks import TYPICAL_GAIN, Expected, below_the_break, below_the_limit, drift
from lrdoctor.replay.probes.curvature_probe import curvature
from lrdoctor.replay.probes.range_test import Bounds, range_test
from lrdoctor.replay.probes.rounds import Trainer, run_round
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.vocabulary.optimizers import StepKind


@dataclass
class Course:
    """A replay under way: what it has found so far.

    Args:
        began: what was believed before.
        edges: what is believed now.
        kind: of the optimizer.
    """

    began: Edges
    edges: Edges
    kind: StepKind = "unknown"
    test: RangeTest | None = None
    rounds: list[Round] = field(default_factory=list)
    drift: Drift | None = None
    curvature: Curvature | None = None
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wishes:
    """What the user chose: seed, the range test's bounds and scale."""

    seed: int
    bounds: Bounds
    ramp: str


def run(
    shop: Workshop,
    course: Course,
    trainer: Trainer,
    wishes: Wishes,
    phase: Callable[[str], None],
) -> None:
    """Spend the budget; `course` holds what is known at any time, so that it can be stopped."""
    budget = shop.budget
    if plan.needs_range_test(course.edges):
        phase("range test")
        place = below_the_break(course.kind, last_share(shop))
        course.test = range_test(shop, plan.range_test_steps, wishes.seed, wishes.bounds, wishes.ramp, place)
        update(shop, course)
    kept = plan.curvature_steps(budget.steps)
    stages = plan.stages(budget.left - kept, course.edges)
    while stages:
        budget.fit_to_time()
        stage, *later = stages
        horizon = plan.horizon(stage, later, budget.left - kept, shop.recipe.steps)
        if budget.left < 2 * horizon:
            break
        phase(f"{horizon}-step reruns")
        lrs = plan.candidates(course.edges, stage, shift_to(course, shop, horizon))
        seed = wishes.seed + 101 * (1 + len(course.rounds))
        made, best = run_round(shop, trainer, horizon, [float(lr) for lr in lrs], seed, last=not later)
        if made.arms:
            course.rounds.append(made)
            update(shop, course)
        stages = later
        if kept and best is not None and len(stages) == 1:
            phase("curvature")
            course.curvature, why = curvature(shop, best, kept, wishes.seed)
            course.remarks += [f"The curvature could not be measured: {why}."] if why else []
            kept = 0.0
            update(shop, course)


def last_share(shop: Workshop) -> float:
    """Mean share of the peak LR over the last twentieth of the run."""
    share = shop.schedule.share[:, 0]
    return float(share[-max(1, len(share) // 20) :].mean())


def customary(course: Course, shop: Workshop) -> Expected:
    """How the best LR drifts in other tasks from where the last round left it."""
    gain = evidence.gain(course.rounds[-1]) if course.rounds else TYPICAL_GAIN
    return drift(course.kind, last_share(shop), gain)


def shift_to(course: Course, shop: Workshop, horizon: int) -> float:
    """Decades from the best LR at a horizon to that at the run's full length, by what is known of the drift."""
    slope = course.drift.slope if course.drift is not None else customary(course, shop)[0]
    return slope * math.log10(max(shop.recipe.steps / horizon, 1.0))


def update(shop: Workshop, course: Course) -> None:
    """Infer anew from everything seen so far."""
    edges = course.began
    # What speaks of the band's middle is one witness, half of it for either edge.
    if course.test is not None:
        part = evidence.from_ramps(course.test)
        edges = edges.given(0.5 * part, 0.5 * part)
    if course.curvature is not None:
        part = evidence.from_curvature(course.curvature, below_the_limit(course.kind, last_share(shop)))
        edges = edges.given(0.5 * part, 0.5 * part)
    found = evidence.rounds_seen(course.rounds)
    steps, custom = shop.recipe.steps, customary(course, shop)
    known = [(horizon, one) for horizon, one in found if one.learned]
    course.drift = evidence.drift_of(known, steps, custom) if known else None
    moves = course.drift or Drift(*custom, 0.0)
    for (horizon, one), weight in zip(found, evidence.weights(course.rounds), strict=True):
        length = math.log10(max(steps / horizon, 1.0))
        edges = edges.given(*evidence.log_likelihood(one, length, moves, weight))
    edges = edges.given(0.0, evidence.from_blow_ups(course.rounds))
    course.edges = edges
