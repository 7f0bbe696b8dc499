"""What `lrdoctor replay --command` asks for, and the call of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from lrdoctor.records.replay import Replay
    from lrdoctor.records.run import Floats, Run
    from lrdoctor.replay.safeguards.budget import Budget


@dataclass(frozen=True)
class Given:
    """The options of `--command` alone."""

    command: str | None
    lr: float | None
    steps: int | None
    optimizer: str | None
    seeds: int
    jobs: int | None
    give_up: bool
    loss: str | None
    val: str | None


ALONE = Given(None, None, None, None, 1, None, give_up=True, loss=None, val=None)


def check_given(given: Given, recipe: str, device: str | None, max_memory: str | None, together: bool | None) -> None:
    """Raise `UsageError` where options of a command and of a recipe are mixed, or the command's are incomplete."""
    if given.command is None:
        if given != ALONE:
            raise UsageError(f"--{_first(given)} goes with --command: a recipe says it itself")
        return
    if recipe:
        raise UsageError(f"--command and the recipe {recipe}: choose one")
    for name, value in (("device", device), ("max-memory", max_memory), ("together", together)):
        if value is not None:
            raise UsageError(f"--{name} is for recipes: a command says itself where and how it trains")
    if given.seeds < 1:
        raise UsageError(f"--seeds {given.seeds}: give 1 at least")


def _first(given: Given) -> str:
    """The first option that was given."""
    names = (name for name in vars(ALONE) if getattr(given, name) != getattr(ALONE, name))
    return {"give_up": "to-the-end"}.get(name := next(names), name)


def rerun_command(
    given: Given,
    log: "Run | None",
    seed: int,
    max_steps: int | None,
    max_seconds: float | None,
    watch: "Callable[[str, float, Floats, Budget], None]",
) -> "Replay":
    """Replay the command; what its options do not say of LR and length is the log's.

    Raises:
        UsageError: neither says it; otherwise as `replay_command`.
    """
    from lrdoctor.replay.functions.answer import STEPS, replay_command

    lr, steps = of_log(log)
    lr, steps = given.lr or lr, given.steps or steps
    if lr is None:
        raise UsageError("--command needs the learning rate used now: give --lr, or --log of a run that names it")
    if steps is None:
        raise UsageError("--command needs the real run's length: give --steps, or --log of a run that counts steps")
    return replay_command(
        given.command or "",
        lr=lr,
        steps=steps,
        seeds=range(seed, seed + given.seeds),
        optimizer=given.optimizer,
        log=log,
        max_steps=STEPS if max_steps is None else max_steps,
        max_seconds=max_seconds,
        jobs=given.jobs,
        give_up=given.give_up,
        loss=given.loss,
        val=given.val,
        watch=watch,
    )


def of_log(run: "Run | None") -> tuple[float | None, int | None]:
    """A run's LR and length in steps, as far as its log says them."""
    if run is None:
        return None, None
    from lrdoctor.pipeline import diagnose

    found = diagnose(run)
    series = run.series.get(found.roles.loss or "")
    counted = series is not None and len(series) > 0 and run.step_axis in {"step", "steps", "iter", "_step"}
    last = float(series.step[-1]) if counted and series is not None else math.nan
    return found.lr, int(last) + 1 if math.isfinite(last) and last >= 1 else None
