"""What each learning rate was worth: a real sweep per recipe, labelled by the rule the benchmark uses.

regret      (J - best) / (untrained - best); J is 1 - best validation accuracy, or the lowest validation loss where
            there is no accuracy, each the mean over the seeds
band        the unbroken stretch of LRs around the best with regret <= 0.03 (accuracy) or 0.01 (loss); one grid point
            may be missing
divergent   not below the band, and the last 2 % (at least 5) of the training losses are non-finite, or their mean is
            more than 5 % above the first
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generation.training import Point, Recipe, Training, validate

PER_DECADE = 5
SEEDS = (0, 1)
CACHE = Path(__file__).resolve().parent.parent / ".sweeps"


@dataclass(frozen=True)
class Sweep:
    """Learning rates, ascending, what each gave, and the band of good ones.

    Args:
        result: J of each learning rate, mean over the seeds, shape (n,).
        diverged: whether every seed's training loss ended divergent.
        untrained: J before training, mean over the seeds.
        accuracy: whether J comes from accuracy.
    """

    lr: tuple[float, ...]
    result: tuple[float, ...]
    diverged: tuple[bool, ...]
    untrained: float
    accuracy: bool

    @property
    def limit(self) -> float:
        """The largest regret inside the band."""
        return 0.03 if self.accuracy else 0.01

    @property
    def best(self) -> float:
        """The learning rate with the lowest J."""
        return self.lr[int(np.argmin(self.result))]

    def regret(self, result: float) -> float:
        """Regret of a J; infinite where it is not a number."""
        share = (result - min(self.result)) / (self.untrained - min(self.result))
        return share if math.isfinite(share) else math.inf

    def regret_at(self, lr: float) -> float:
        """Regret at any learning rate, interpolated between the grid's points."""
        known = [min(self.regret(r), 9.99) for r in self.result]
        return float(np.interp(math.log10(lr), np.log10(self.lr), known))

    @property
    def band(self) -> tuple[float, float]:
        """The lowest and the highest learning rate of the band."""
        good = [self.regret(r) <= self.limit for r in self.result]
        first = last = int(np.argmin(self.result))
        while first > 0 and (good[first - 1] or (first > 1 and good[first - 2])):
            first -= 1 if good[first - 1] else 2
        while last < len(good) - 1 and (good[last + 1] or (last < len(good) - 2 and good[last + 2])):
            last += 1 if good[last + 1] else 2
        return self.lr[first], self.lr[last]

    @property
    def edge(self) -> bool:
        """Whether the band touches the grid's end, so that its own end is not known."""
        return self.band[0] == self.lr[0] or self.band[1] == self.lr[-1]


def blew_up(loss: Sequence[float]) -> bool:
    """Whether training losses end non-finite, or more than 5 % above the first."""
    tail = np.asarray(loss[-max(5, len(loss) // 50) :])
    return bool(not np.isfinite(tail).all() or tail.mean() > 1.05 * loss[0])


def judged(points: Sequence[Point]) -> float:
    """J of a run: what its best validation was worth; infinite where there is none."""
    accuracies = [p.val_accuracy for p in points if p.val_accuracy is not None]
    if accuracies:
        return 1 - max(accuracies)
    return min((p.val_loss for p in points if p.val_loss is not None and math.isfinite(p.val_loss)), default=math.inf)


def _one(recipe: Recipe, lr: float, seed: int) -> tuple[float, bool]:
    points: list[Point] = []
    lost = 0
    for point in Training(recipe, lr, seed).run():
        points.append(point)
        lost = 0 if math.isfinite(point.loss) else lost + 1
        if lost > 50:  # nothing brings its weights back
            break
    return judged(points), blew_up([p.loss for p in points])


def sweep(recipe: Recipe) -> Sweep:
    """The recipe's sweep: five learning rates a decade, two seeds; kept under `.sweeps`."""
    grid = [
        10 ** (n / PER_DECADE) for n in range(round(recipe.lowest * PER_DECADE), round(recipe.highest * PER_DECADE) + 1)
    ]
    key = hashlib.sha256(f"{recipe.described()} {recipe.task.__name__} {grid} {SEEDS}".encode()).hexdigest()[:16]
    kept = CACHE / f"{recipe.task.__name__}-{key}.json"
    if kept.exists():
        values = json.loads(kept.read_text()).items()
        restored: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values}
        return Sweep(**restored)
    start = [validate(recipe.task(), Training(recipe, 1.0, seed).model) for seed in SEEDS]
    accuracy = start[0][1] is not None
    untrained = float(np.mean([loss if right is None else 1 - right for loss, right in start]))
    made = [[_one(recipe, lr, seed) for seed in SEEDS] for lr in grid]
    found = Sweep(
        lr=tuple(float(f"{lr:.4g}") for lr in grid),
        result=tuple(float(np.mean([j for j, _ in runs])) for runs in made),
        diverged=tuple(all(gone for _, gone in runs) for runs in made),
        untrained=untrained,
        accuracy=accuracy,
    )
    CACHE.mkdir(exist_ok=True)
    kept.write_text(json.dumps(vars(found)))
    return found
