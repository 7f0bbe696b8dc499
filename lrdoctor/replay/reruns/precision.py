"""The data types of a rerun: what it computes in, and its losses on the host."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lrdoctor.records.run import Floats
from lrdoctor.replay.recipe.recipe import Recipe


def autocast(recipe: Recipe, device: torch.device) -> Any:
    """The mixed precision that the recipe asks for."""
    return nullcontext() if recipe.autocast is None else torch.autocast(device.type, dtype=recipe.autocast)


def read(losses: list[Tensor]) -> Floats:
    """Losses from the device, in one transfer."""
    return torch.stack(losses).reshape(-1).cpu().double().numpy() if losses else np.empty(0)
