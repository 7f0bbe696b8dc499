"""What may be asked of a replay of arms, checked before anything runs."""

import math
import os
import sys
from collections.abc import Sequence

from lrdoctor.errors import UsageError
from lrdoctor.replay import plan


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
