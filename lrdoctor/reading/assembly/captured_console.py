"""A tracker's log and the console output that it copied beside: one training, told by the fuller of the two.

Mostly that is the log: what the console shows is a rounded part of it.  Some scripts log an evaluation every thousand
steps and print every step.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lrdoctor.records.run import Note, Run, Source
from lrdoctor.vocabulary.roles import assign_roles

ENOUGH = 100  # steps with a training loss: a log of so many is not held against its console, which costs time to read
FULLER = 3  # times as many steps, for which rounded values and settings found in text are taken


def is_thin(runs: Sequence[Run]) -> bool:
    """Whether a tracker's log has so few losses that its console may tell more."""
    return sum(map(_steps, runs)) < ENOUGH


def is_fuller(console: Sequence[Run], log: Sequence[Run]) -> bool:
    """Whether the console tells a training so much more finely that its curve is to be judged."""
    return len(console) == 1 and _steps(console[0]) > FULLER * sum(map(_steps, log))


def noting_twin(runs: Sequence[Run], other: Source) -> list[Run]:
    """The runs with a note that the other file tells the same training."""
    return [replace(run, notes=[*run.notes, _told_once(run.source, other)]) for run in runs]


def _told_once(kept: Source, other: Source) -> Note:
    folder = other.path.parent
    shown = other.path.relative_to(kept.folder).as_posix() if folder.is_relative_to(kept.folder) else other.path.name
    return Note("twin", f"the same training is in {shown} too: told once")


def _steps(run: Run) -> int:
    loss = assign_roles(run).loss
    return 0 if loss is None else len(np.unique(run.series[loss].step))
