"""A round's arms as runs, so that they are judged like any sweep."""

import math
from pathlib import Path

import numpy as np

from lrdoctor.records.replay import Round
from lrdoctor.records.run import HParam, Run, Series, Source
from lrdoctor.replay.recipe.schedule import Schedule


def as_runs(made: Round, schedule: Schedule, optimizer: str | None, name: str) -> list[Run]:
    """One run an arm, ascending in LR: training loss, LR, and the loss on unseen batches at both ends."""
    share = schedule.compressed(made.horizon)[:, 0]
    runs = []
    for arm in made.arms:
        step = np.arange(len(arm.loss), dtype=float)
        series = {"train/loss": Series(step, arm.loss), "lr": Series(step, arm.lr * share[: len(step)])}
        if math.isfinite(arm.cost):
            series["val/loss"] = Series(np.array([0.0, made.horizon]), np.array([made.untrained, arm.cost]))
        settings: dict[str, HParam] = {"lr": arm.lr, "steps": made.horizon}
        if optimizer is not None:
            settings["optimizer"] = optimizer
        source = Source(Path(name), (), "replay", "made by lrdoctor replay")
        runs.append(Run(f"{name}, LR {arm.lr:.3g}", series, source, settings))
    return runs
