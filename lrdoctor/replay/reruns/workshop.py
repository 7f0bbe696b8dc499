"""What every rerun of a replay shares."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from lrdoctor.records.run import Floats
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.recipe.schedule import Schedule
from lrdoctor.replay.reruns.batches import Batches
from lrdoctor.replay.reruns.frozen import Shared
from lrdoctor.replay.safeguards.budget import Budget


@dataclass(frozen=True, eq=False)
class Workshop:
    """What every rerun of a replay shares."""

    recipe: Recipe
    schedule: Schedule
    device: torch.device
    batches: Batches
    budget: Budget
    watch: Callable[[float, Floats], None]
    """Told the LR and the losses so far, every few steps."""
    shared: Shared = field(default_factory=dict)
    """Frozen weights that the reruns have in common."""
    closure: bool = False
    """Whether the optimizer's step takes a function that computes the loss again."""
