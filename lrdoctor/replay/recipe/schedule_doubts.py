"""What a schedule looks like when it is not what its script meant: stepped once an epoch there, once a step here."""

import numpy as np
from torch.optim.lr_scheduler import LRScheduler

from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.recipe.schedule import Schedule

NEAR_ZERO = 1e-3  # share of the peak below which hardly anything is learned
EARLY = 0.5  # share of the run after which a schedule may end
RETURNS = 3  # rises to half of the peak, from a schedule that is not made to cycle
CYCLIC = ("Cyclic", "WarmRestarts", "OneCycle")


def schedule_doubts(recipe: Recipe, schedule: Schedule) -> list[str]:
    """Remarks on a schedule that ends early or comes back again and again."""
    share = schedule.share.max(axis=1)
    if len(share) < 2:
        return []
    remedy = ""
    if isinstance(recipe.scheduler, LRScheduler) or (callable(recipe.scheduler) and recipe.scheduler_steps is None):
        remedy = ": where the run steps its scheduler once an epoch, say how many epochs there are (scheduler_steps)"
    ended = _ended(share)
    if ended < EARLY * len(share):
        at = round(ended / len(share) * recipe.steps)
        return [f"The LR is below a thousandth of its peak from step {at:,} of {recipe.steps:,} on{remedy}."]
    times = _returns(share)
    if times >= RETURNS and not any(word in schedule.kind for word in CYCLIC):
        return [f"The LR comes back to its peak {times:,} times{remedy}."]
    return []


def _ended(share: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """The step from which on the LR stays near 0; the run's length where it does not."""
    alive = np.flatnonzero(share >= NEAR_ZERO)
    return int(alive[-1]) + 1 if len(alive) else 0


def _returns(share: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """How often the LR rises over half of its peak after it was below a quarter, the warm-up apart."""
    told = share[(share > 0.5) | (share < 0.25)] > 0.5
    rises = int(np.sum(told[1:] & ~told[:-1]))
    return rises if len(told) and told[0] else max(rises - 1, 0)
