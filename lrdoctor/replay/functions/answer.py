"""A function or a command -> Replay: checks what is asked, runs the course, and puts the answer together."""

import math
import multiprocessing
from collections.abc import Callable, Sequence

from lrdoctor import pipeline
from lrdoctor.errors import UsageError
from lrdoctor.inference.tables import load_tables
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.replay import Cost, Replay
from lrdoctor.records.run import Floats, Run
from lrdoctor.replay.belief import evidence
from lrdoctor.replay.belief.edges import from_custom, from_log
from lrdoctor.replay.functions.arms import Launcher
from lrdoctor.replay.functions.asking import check, check_system, cores, slots
from lrdoctor.replay.functions.calls import Calls, InProcess, method
from lrdoctor.replay.functions.canonical import canonical
from lrdoctor.replay.functions.command_line import check_found, command_line
from lrdoctor.replay.functions.commands import Commands, Names
from lrdoctor.replay.functions.course import Course, run
from lrdoctor.replay.functions.race import Race
from lrdoctor.replay.functions.shown import as_round, swept, unanswered
from lrdoctor.replay.functions.values import Train
from lrdoctor.replay.safeguards.budget import Budget, stoppable
from lrdoctor.vocabulary.optimizers import normalised_optimizer, step_kind

STEPS = 3000  # training steps in all, where nothing else is asked for: more than of a recipe, whose arms share noise
UNNAMED = "an optimizer that was not named"
Watch = Callable[[str, float, Floats, Budget], None]
"""Told the phase, an LR, the losses of its arm so far, and the budget."""


def replay_function(
    train: Train,
    *,
    lr: float,
    steps: int,
    seeds: Sequence[int] = (0,),
    optimizer: str | None = None,
    log: Run | None = None,
    max_steps: int = STEPS,
    max_seconds: float | None = None,
    jobs: int | None = None,
    give_up: bool = True,
    start: str | None = None,
    in_process: bool = False,
    name: str | None = None,
    watch: Watch | None = None,
) -> Replay:
    """Settle by short reruns which LR a training function should use.

    Each arm is a process of its own with a session of its own; when the call ends, however it ends, none of them nor
    of what they started is left.

    Args:
        train: called as `train(lr, steps, seed)`.  It yields the training loss of each step, or a pair of it and a
            validation loss, or a mapping with `loss` and `val_loss`; it may return a validation loss.  What is
            scheduled has to be scheduled over `steps`.  After `steps` values it is closed.
        lr: the learning rate used now, at the peak of its schedule.
        steps: of the real run.
        seeds: every LR is run with each of them, and LRs are compared seed by seed.
        optimizer: such as `Adam`: where to begin, and how its best LR drifts as runs get longer; None: unknown.
        log: a run of it, whose diagnosis the replay begins from.
        max_steps: training steps of all arms together.
        max_seconds: wall time after which it ends with what it knows.
        jobs: arms at once; None: as many as there are cores.
        give_up: whether arms that cannot catch up are ended.  Turn it off where the training loss tells nothing.
        start: `fork` or `spawn`; None: fork on Linux, so that any function will do, unless a GPU or a library that does
            not survive it is in use.
        in_process: run the arms one after the other in this process.
        name: what the report calls it; None: the function's name.
        watch: told of the progress.

    Raises:
        UsageError: an argument makes no sense, every arm fails, or no losses are given.
    """
    if not callable(train):
        raise UsageError(f"replay_function takes a function train(lr, steps, seed), not a {type(train).__name__}")
    if multiprocessing.parent_process() is not None and getattr(multiprocessing.process, "_inheriting", False):
        raise UsageError('call replay_function under `if __name__ == "__main__":`: its arms import this script')
    count = slots(1 if in_process else jobs)
    check(lr, steps, seeds, max_steps, max_seconds)
    if not in_process:
        check_system("in_process=True runs them one after the other")
    launcher: Launcher = InProcess(train) if in_process else Calls(train, method(start))
    race = Race(launcher, count, Budget(max_steps, max_seconds), lambda _lr, _loss: None, give_up)
    called = name or str(getattr(train, "__name__", "train"))
    return answer(race, lr, steps, seeds, optimizer, log, called, watch)


def replay_command(
    command: str,
    *,
    lr: float,
    steps: int,
    seeds: Sequence[int] = (0,),
    optimizer: str | None = None,
    log: Run | None = None,
    max_steps: int = STEPS,
    max_seconds: float | None = None,
    jobs: int | None = None,
    give_up: bool = True,
    loss: str | None = None,
    val: str | None = None,
    name: str | None = None,
    watch: Watch | None = None,
) -> Replay:
    """Settle by short reruns which LR a command should use; as `replay_function`.

    Args:
        command: with `{lr}` and `{steps}`, and `{seed}` and `{dir}` where it takes them: a folder of the arm's own to
            log into.  Split as a shell splits it, and run without one.
        loss, val: the series of its log that are the training loss and the validation loss; None: found by name.
        lr, steps, seeds, optimizer, log, max_steps, max_seconds, jobs, give_up, name, watch: see there.

    Raises:
        UsageError: the command lacks a placeholder or has an unknown one; otherwise as there.
    """
    line = command_line(command)
    if len(seeds) > 1 and not line.has("seed"):
        raise UsageError("several seeds, and no {seed} in the command: write it where the seed goes, as --seed {seed}")
    count = slots(jobs)
    check(lr, steps, seeds, max_steps, max_seconds)
    check_system("there is no other way to run a command")
    check_found(line)
    launcher = Commands(line, Names(loss, val), max(cores() // count, 1))
    race = Race(launcher, count, Budget(max_steps, max_seconds), lambda _lr, _loss: None, give_up)
    return answer(race, lr, steps, seeds, optimizer, log, name or line.name, watch)


def answer(
    race: Race,
    lr: float,
    steps: int,
    seeds: Sequence[int],
    optimizer: str | None,
    log: Run | None,
    name: str,
    watch: Watch | None,
) -> Replay:
    """Run the course, and everything found as one value."""
    tables = load_tables()
    known = normalised_optimizer(optimizer) if optimizer else None
    before = None if log is None else from_log(log, tables)
    began, prior = before or from_custom(known, math.log10(lr), tables)
    course = Course(began, began, step_kind(known), steps, tuple(seeds))
    phases = [""]
    if watch is not None:
        race.watch = lambda at, losses: watch(phases[-1], at, losses, race.budget)
    with stoppable(race.budget):
        run(course, race, phases.append)
    if log is not None and before is None:
        course.remarks.append(
            "The log names no learning rate or carries no verdict: the search began from what is usual."
        )
    plain = canonical(course.rounds)
    reason = unanswered(course, race.budget)
    edges = course.edges.tempered(evidence.temperature(plain))
    own = math.log10(lr)
    below, inside, above = edges.band.chances(own)
    chances = {Verdict.TOO_SLOW: below, Verdict.WELL_TUNED: inside, Verdict.TOO_HIGH: above}
    low, high = edges.band.interval()
    start, end = edges.band.edges
    budget = race.budget
    at_once = min(race.slots, max((len(made) for made in course.outcomes), default=1))
    return Replay(
        name=name,
        lr=lr,
        optimizer=known,
        optimizer_class=optimizer or UNNAMED,
        steps=steps,
        device="this machine",
        mode="one after the other" if at_once == 1 else f"{at_once} at once",
        prior=prior.replace("the recipe's own", "its own"),
        log=None if log is None else pipeline.diagnose(log),
        suggested_lr=None if reason else 10**course.edges.best,
        reason=reason or budget.stopped,
        interval=(10**low, 10**high),
        band=(10**start, 10**end),
        verdict=Verdict.INCONCLUSIVE if reason else max(chances, key=lambda verdict: chances[verdict]),
        probabilities=chances,
        belief=edges.as_belief(own, course.began),
        range_test=None,
        rounds=tuple(as_round(made, one.best_lr) for made, one in zip(course.rounds, plain, strict=True)),
        sweep=swept(course.rounds, known, name),
        drift=course.drift,
        curvature=None,
        cost=Cost(budget.trained, 0, 0, budget.spent, budget.elapsed),
        remarks=tuple(course.remarks),
        reran="function" if race.launcher.what == "train" else "command",
    )
