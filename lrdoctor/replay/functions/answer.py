"""A function or a command -> Replay: checks what is asked, runs the course, and puts the answer together."""

import math
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lrdoctor import limits, pipeline
from lrdoctor.errors import UsageError
from lrdoctor.inference.tables import load_tables
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.replay import Arm, Cost, Replay, Round
from lrdoctor.records.run import Floats, HParam, Run, Series, Source
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.replay import plan
from lrdoctor.replay.belief import evidence
from lrdoctor.replay.belief.edges import from_custom, from_log
from lrdoctor.replay.functions.arms import Launcher
from lrdoctor.replay.functions.calls import Calls, InProcess, Train, method
from lrdoctor.replay.functions.canonical import canonical
from lrdoctor.replay.functions.command_line import check_found, command_line
from lrdoctor.replay.functions.commands import Commands, Names
from lrdoctor.replay.functions.course import Course, run
from lrdoctor.replay.functions.race import Race
from lrdoctor.replay.functions.standing import Standing, Standings
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


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def slots(jobs: int | None) -> int:
    """Arms at once.

    Raises:
        UsageError: less than one.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"{jobs} jobs are too few: give 1 at least")
    return jobs or cores()


def check(lr: float, steps: int, seeds: Sequence[int], max_steps: int, max_seconds: float | None) -> None:
    """Raise `UsageError` for what makes no sense."""
    if not (0 < lr < math.inf):
        raise UsageError(f"lr is {lr:g}: give the learning rate used now, above 0")
    if steps < plan.LEAST_HORIZON:
        raise UsageError(f"{steps} steps of the real run are too few: give {plan.LEAST_HORIZON} at least")
    if not seeds or len(set(seeds)) < len(seeds):
        raise UsageError("give seeds that differ, one at least")
    if max_steps < plan.FEWEST_STEPS * len(seeds):
        raise UsageError(
            f"{max_steps} steps are too few to compare learning rates: allow {plan.FEWEST_STEPS * len(seeds)} at least"
        )
    if max_seconds is not None and not max_seconds > 0:
        raise UsageError(f"{max_seconds:g} seconds are too few: give a time above 0")


def check_system(otherwise: str) -> None:
    """Raise `UsageError` where processes cannot be kept together."""
    if os.name != "posix":
        raise UsageError(f"arms in processes of their own need Linux or macOS: {otherwise}")


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


def unanswered(course: Course, budget: Budget) -> str:
    """Why there is no answer; "" where there is one."""
    rounds = course.rounds
    if not rounds:
        return budget.stopped or "no rerun came to its end"
    if not any(math.isfinite(made.untrained) for made in rounds):
        return "the loss is not finite even at the first step"
    if not any(made.differs for made in rounds):
        if budget.stopped:
            return budget.stopped
        lrs = [arm.lr for made in rounds for arm in made.arms]
        return (
            f"the reruns end at one level, within their noise, at every learning rate from {min(lrs):.2g} to "
            f"{max(lrs):.2g}: it makes no difference there, or takes longer to make one"
        )
    return "" if course.drift is not None else budget.stopped or "no rerun learned anything"


def as_round(made: Standings, best: float | None) -> Round:
    """A round as reports show it, in the loss's own unit."""
    return Round(
        made.horizon, tuple(Arm(one.lr, one.loss, one.cost, one.broke) for one in made.arms), made.untrained, best
    )


def swept(rounds: Sequence[Standings], optimizer: str | None, name: str) -> SweepDiagnosis | None:
    """The last round that is long enough to be judged as a sweep."""
    for made in reversed(rounds):
        # Beside a validation loss the training loss may mean nothing, as a generator's does.
        runs = [as_run(one, made, optimizer, name) for one in made.arms if len(one.loss) and made.curves]
        if made.horizon >= limits.REPLAY_JUDGED and len(runs) > 1:
            found = pipeline.diagnose_sweep(runs)
            if found.placed:
                return found
    return None


def as_run(one: Standing, made: Standings, optimizer: str | None, name: str) -> Run:
    """An arm as a run."""
    step = np.arange(len(one.loss), dtype=float)
    series = {"train/loss": Series(step, one.loss)}
    settings: dict[str, HParam] = {"lr": one.lr, "steps": made.horizon}
    if optimizer is not None:
        settings["optimizer"] = optimizer
    return Run(f"{name}, LR {one.lr:.3g}", series, Source(Path("replay"), (), "replay", "made by lrdoctor"), settings)
