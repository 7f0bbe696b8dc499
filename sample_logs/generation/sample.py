"""One sample log: which run it holds, who writes it, and what a diagnosis must give."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generation.training import Point, Recipe

Write = Callable[[Path, Recipe, float, int], list[Point]]

WELL, SLOW, HIGH, GONE = "well-tuned", "too-slow", "too-high", "divergent"
CSV, TENSORBOARD, WANDB = "Lightning CSVLogger", "torch SummaryWriter", "W&B offline"


@dataclass(frozen=True)
class Sample:
    """One sample log: which run it holds, who writes it, and what a diagnosis must give.

    Args:
        allowed: verdicts, the first the true one; more only where the log cannot tell them apart.
        findings: names that must be among the findings.
        note: what the table says beside the recipe.
        clipped: least and largest share of the steps whose gradients are clipped.
    """

    recipe: Recipe
    lr: float
    allowed: tuple[str, ...]
    write: Write
    writer: str
    findings: tuple[str, ...] = ()
    note: str = ""
    clipped: tuple[float, float] = (0.0, 1.0)
