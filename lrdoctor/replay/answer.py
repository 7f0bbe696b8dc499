"""Recipe -> Replay: the one call that spends the budget and puts the answer together."""

import math
from collections.abc import Callable

from lrdoctor import limits, pipeline
from lrdoctor.errors import UsageError
from lrdoctor.inference.tables import load_tables
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.replay import Cost, Replay
from lrdoctor.records.run import Floats, Run
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.replay import plan
from lrdoctor.replay.belief import evidence
from lrdoctor.replay.belief.arms_as_runs import as_runs
from lrdoctor.replay.belief.edges import from_custom, from_log
from lrdoctor.replay.course import Course, Wishes, run
from lrdoctor.replay.probes.range_test import HIGHEST, LOWEST, Bounds, check_bounds
from lrdoctor.replay.recipe.accepted import checked
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.recipe.schedule import Schedule, schedule_of
from lrdoctor.replay.recipe.schedule_doubts import schedule_doubts
from lrdoctor.replay.reruns.arms_at_once import Together
from lrdoctor.replay.reruns.batches import Batches
from lrdoctor.replay.reruns.preparation import prepared
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards import device as devices
from lrdoctor.replay.safeguards.budget import Budget, stoppable
from lrdoctor.replay.safeguards.failures import in_memory
from lrdoctor.replay.safeguards.randomness import preserved
from lrdoctor.replay.safeguards.untouched import untouched
from lrdoctor.vocabulary.optimizers import normalised_optimizer, step_kind

STEPS = 1000  # training steps in all, where nothing else is asked for
LONGEST = 20_000  # the same, where the time decides
LARGEST_SEED = 2**32 - 1  # torch takes no more of a seed than these bits
CACHE = 1 << 30  # bytes of batches that are kept

Watch = Callable[[str, float, Floats, Budget], None]
"""Told the phase, an LR, the losses of its rerun so far, and the budget."""


def replay(
    recipe: Recipe,
    *,
    log: Run | None = None,
    max_steps: int | None = None,
    max_seconds: float | None = None,
    max_memory: int | None = None,
    device: str | None = None,
    seed: int = 0,
    bounds: Bounds = (LOWEST, HIGHEST),
    ramp: str = "exponential",
    together: bool | None = None,
    name: str = "recipe",
    watch: Watch | None = None,
) -> Replay:
    """Settle by short reruns which LR the recipe should use.

    The recipe's objects and every random number generator are left as they were, whatever happens.

    Args:
        recipe: what to train.
        log: a run of it, whose diagnosis the replay begins from.
        max_steps: training steps in all; an evaluated batch counts a third, a Hessian-vector product three.  None:
            1,000 and at most the run's own length; with `max_seconds` as many as there is time for, up to that length.
        max_seconds: wall time after which it ends with what it knows.
        max_memory: bytes beyond what the process holds now, on the device.
        device: `cpu`, `cuda`, `cuda:1`, `mps`; None takes the best there is.
        seed: of data orders and random numbers: two replays on the CPU with one seed are identical.
        bounds: LRs that the range test covers.
        ramp: `exponential` or `linear` scale of the range test.
        together: whether arms train at once; None: on a GPU, where a check on their first steps shows that it is
            valid and faster.
        name: what the report calls it.
        watch: told of the progress.

    Raises:
        UsageError: the recipe fails, gives no batches or no loss, or an argument makes no sense.
        OutOfMemoryError: it needs more memory than there is.
    """
    recipe = checked(recipe, name)
    max_steps = budgeted(recipe.steps, max_seconds) if max_steps is None else max_steps
    plan.check_steps(max_steps)
    check_limits(max_seconds, max_memory, seed)
    check_bounds(bounds, ramp)
    where = devices.choose(device)
    budget = Budget(max_steps, max_seconds)
    tables = load_tables()
    optimizer = optimizer_name(recipe)
    before = devices.start_counting(where)
    with preserved(recipe.batches), untouched(recipe.model), in_memory(), devices.limited(where, max_memory):
        schedule = schedule_of(recipe)
        known = None if log is None else from_log(log, tables)
        began, prior = known or from_custom(optimizer, math.log10(schedule.peak), tables)
        phases = [""]
        cache = CACHE if max_memory is None else min(CACHE, max_memory // 4)

        def told(lr: float, losses: Floats) -> None:
            if watch is not None:
                watch(phases[-1], lr, losses, budget)

        shop = Workshop(recipe, schedule, where, Batches(recipe, where, cache), budget, told)
        course, trainer = Course(began, began, step_kind(optimizer)), Together(together)
        with stoppable(budget):
            shop = prepared(shop)
            run(shop, course, trainer, Wishes(seed, bounds, ramp), phases.append)
        if budget.steps < max_steps:
            course.remarks.append(f"In {max_seconds:g} s there was time for {budget.steps:,} steps.")
        course.remarks += [*recipe.remarks, *seen_before(shop)]
        course.remarks += [*schedule_doubts(recipe, schedule), *hints(course)]
        course.remarks += [trainer.remark] if trainer.remark else []
        course.remarks += (
            []
            if known or log is None
            else ["The log names no learning rate or carries no verdict: the search began from what is usual."]
        )
        spent = cost(budget, devices.peak(where) - before)
    return answered(shop, course, optimizer, name, prior, log, trainer.mode, spent)


def budgeted(steps: int, seconds: float | None) -> int:
    """Steps to spend on a run of so many, where nobody says."""
    return max(min(steps, LONGEST if seconds is not None else STEPS), plan.FEWEST_STEPS)


def check_limits(seconds: float | None, memory: int | None, seed: int) -> None:
    """Raises `UsageError` for limits that leave nothing, and for seeds that the generators do not take."""
    if seconds is not None and not seconds > 0:
        raise UsageError(f"{seconds:g} seconds are too few: give a time above 0")
    if memory is not None and not memory > 0:
        raise UsageError(f"{memory} bytes are too little memory: give more than 0")
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"seed {seed} is out of range: give one from 0 to {LARGEST_SEED}")


def optimizer_name(recipe: Recipe) -> str | None:
    """The optimizer as logs name it, such as `SGD+momentum`; None for one that custom does not know."""
    name = normalised_optimizer(type(recipe.optimizer).__name__)
    group = recipe.optimizer.param_groups[0]
    return "SGD+momentum" if name == "SGD" and group.get("momentum") else name


def unanswered(course: Course, budget: Budget) -> str:
    """Why there is no answer; "" where there is one."""
    if course.rounds and not any(math.isfinite(made.untrained) for made in course.rounds):
        return "the loss is not finite even before the first update"
    if course.drift is not None:
        return ""
    return budget.stopped or "no rerun learned anything"


def hints(course: Course) -> list[str]:
    """What should make the reader careful."""
    if not course.rounds or course.drift is None or not evidence.slow(course.rounds[-1]):
        return []
    barely = evidence.barely(course.rounds[-1])
    least = limits.REPLAY_BARELY if barely else limits.REPLAY_SLOW
    share = f"{least:.0%}".replace("%", " %")
    doubt = "they may stand before their progress, so the interval is wide; " if barely else ""
    return [f"Even the longest reruns gained less than {share} of the loss: {doubt}allow more steps to be surer."]


def seen_before(shop: Workshop) -> list[str]:
    """That reruns ended on batches which they had trained on, where the data is short."""
    passes, length = shop.batches.passes()
    if shop.recipe.validation is not None or passes <= 1:
        return []
    told = (
        f"The data ends after {length:,} batches, so reruns of up to {passes:.1f} passes ended on batches that they "
        "had trained on: what overfits looks good. Recipe(validation=...) compares them on others."
    )
    return [told]


def swept(course: Course, schedule: Schedule, optimizer: str | None, name: str) -> SweepDiagnosis | None:
    """The last round that is long enough to be judged as a sweep."""
    for made in reversed(course.rounds):
        if made.horizon < limits.REPLAY_JUDGED:
            continue
        runs = as_runs(made, schedule, optimizer, name)
        if len(runs) > 1:
            found = pipeline.diagnose_sweep(runs)
            if found.placed:
                return found
    return None


def cost(budget: Budget, memory: int) -> Cost:
    """What the reruns took, up to now."""
    return Cost(budget.trained, budget.evaluated, budget.products, budget.spent, budget.elapsed, memory)


def answered(
    shop: Workshop,
    course: Course,
    optimizer: str | None,
    name: str,
    prior: str,
    log: Run | None,
    mode: str,
    spent: Cost,
) -> Replay:
    """Everything found, as one value."""
    budget = shop.budget
    edges = course.edges.tempered(evidence.temperature(course.rounds))
    own = math.log10(shop.schedule.peak)
    below, inside, above = edges.band.chances(own)
    chances = {Verdict.TOO_SLOW: below, Verdict.WELL_TUNED: inside, Verdict.TOO_HIGH: above}
    likeliest = max(chances, key=lambda v: chances[v])
    reason = unanswered(course, budget)
    low, high = edges.band.interval()
    start, end = edges.band.edges
    return Replay(
        name=name,
        lr=shop.schedule.peak,
        optimizer=optimizer,
        optimizer_class=type(shop.recipe.optimizer).__name__,
        steps=shop.recipe.steps,
        device=devices.in_words(shop.device),
        mode=mode,
        prior=prior,
        log=None if log is None else pipeline.diagnose(log),
        suggested_lr=None if reason else 10**course.edges.best,
        reason=reason or budget.stopped,
        interval=(10**low, 10**high),
        band=(10**start, 10**end),
        verdict=Verdict.INCONCLUSIVE if reason else likeliest,
        probabilities=chances,
        belief=edges.as_belief(own, course.began),
        range_test=course.test,
        rounds=tuple(course.rounds),
        sweep=swept(course, shop.schedule, optimizer, name),
        drift=course.drift,
        curvature=course.curvature,
        cost=spent,
        remarks=tuple(course.remarks),
    )
