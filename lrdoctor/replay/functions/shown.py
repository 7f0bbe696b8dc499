"""A course as reports show it: its rounds in the loss's own unit, the last one as a sweep, why there is no answer."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lrdoctor import limits, pipeline
from lrdoctor.records.replay import Arm, Round
from lrdoctor.records.run import HParam, Run, Series, Source
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.replay.functions.course import Course
from lrdoctor.replay.functions.standing import Standing, Standings
from lrdoctor.replay.safeguards.budget import Budget


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
