"""The course of an LR that was not logged, from the schedule's name alone.

A log that says `lr_scheduler_type: cosine` and no more still tells why its end is steep.  Its LR is not a fact, as one
that the reader rebuilds from all of its parameters is: it only sets the clock that the curve is measured on.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from lrdoctor.records.run import Floats, HParam, Series
from lrdoctor.vocabulary.setting_keys import key_path
from lrdoctor.vocabulary.tags import words

SCHEDULE_KEYS = frozenset(
    {"lr_scheduler_type", "lr_scheduler", "lr_schedule", "schedule", "scheduler", "lr_decay_style", "sched"}
    | {"lr_decay_type", "scheduler_type", "scheduler_name", "lr_schedule_type", "learning_rate_schedule", "lr_policy"}
)

Course = Callable[[Floats], Floats]  # share of the run done -> share of the peak

# Restarts, steps and plateaus say too little by their names.
_COURSES: Mapping[str, Course] = {
    "cosine": lambda done: 0.5 * (1 + np.cos(math.pi * done)),
    "cosineannealing": lambda done: 0.5 * (1 + np.cos(math.pi * done)),
    "cosineannealinglr": lambda done: 0.5 * (1 + np.cos(math.pi * done)),
    "linear": lambda done: 1 - done,
    "poly": lambda done: (1 - done) ** 0.9,
    "polynomial": lambda done: 1 - done,
}
_FORMS = ("lr", "with", "warmup", "decay", "schedule", "scheduler", "annealing", "annealinglr", "get", "torch", "optim")


def assumed_schedule(hparams: Mapping[str, HParam], step: Floats) -> Series | None:
    """The LR at each step over its peak, if the named schedule ran from the log's first step to its last.

    Args:
        hparams: the settings.
        step: of every logged loss, ascending, shape (n,).

    Returns:
        None where no setting names a schedule that falls in one course from its peak.
    """
    if len(step) < 2 or step[-1] <= step[0]:
        return None
    for key, value in hparams.items():
        if key_path(key)[-1] not in SCHEDULE_KEYS or not isinstance(value, str):
            continue
        course = _COURSES.get("".join(word for word in words(value) if word not in _FORMS))
        if course is not None:
            # The very end is never 0: LR-time has to go on.
            return Series(step, np.maximum(course((step - step[0]) / (step[-1] - step[0])), 0.01))
    return None
