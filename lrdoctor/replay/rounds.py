"""One round: arms that share weights, data order and random numbers, and differ in LR alone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrdoctor.replay.evidence import harmful, learned, regrets, seen
from lrdoctor.replay.plan import held_out
from lrdoctor.replay.randomness import seed_all
from lrdoctor.replay.range_test import blown_up
from lrdoctor.replay.training import Broken, Trained, Workshop, copies, evaluate
from lrdoctor.replayed import Arm, Round
from lrdoctor.run import Floats

OPEN = 0.005  # regret of the highest arm below which the round goes on above it
PATIENCE = 8  # steps
MOST_EXTRA = 3  # arms beyond the ends of a round whose best arm stands at one


def hopeless(loss: Floats) -> bool:
    """Whether an arm need not go on: it is not finite, or has stayed far up; a short rise may be overcome."""
    at = blown_up(loss, lasting=PATIENCE)
    return at is not None and (not np.isfinite(loss[-1]) or len(loss) - at >= PATIENCE)


Trainer = Callable[[Workshop, Sequence[Floats], int, int, Broken], list[Trained]]
"""Trains several arms: their LRs at each step, the seed, the unseen batches to end on, when to give one up."""


@dataclass
class Table:
    """The arms of a round as they come."""

    shop: Workshop
    trainer: Trainer
    horizon: int
    seed: int
    arms: list[Arm] = field(default_factory=list)
    untrained: float = math.nan
    best: Trained | None = None

    def run(self, lrs: Sequence[float]) -> None:
        """Add arms at these LRs, as far as the budget goes."""
        share = self.shop.schedule.compressed(self.horizon)
        each = self.horizon + held_out(self.horizon) / 3
        if math.isnan(self.untrained):
            self.untrained = untrained(self.shop, self.horizon, self.seed)
        affordable = [lr for k, lr in enumerate(lrs) if (k + 1) * each <= self.shop.budget.left + 1e-6]
        if not affordable:
            return
        done = self.trainer(self.shop, [lr * share for lr in affordable], self.seed, held_out(self.horizon), hopeless)
        for lr, one in zip(affordable, done, strict=True):
            if math.isnan(one.end):  # time ran out
                continue
            self.arms.append(Arm(lr, one.loss, one.end, one.broke))
            if not one.broke and (self.best is None or one.end < self.best.end):
                self.best = one
        self.arms.sort(key=lambda arm: arm.lr)


def untrained(shop: Workshop, horizon: int, seed: int) -> float:
    """Loss of the untrained model on the batches that the arms end on."""
    count = held_out(horizon)
    skipped = horizon * shop.recipe.accumulate
    work = copies(shop.recipe, shop.device)
    data = shop.batches.take(seed, skipped + count)
    for _ in range(skipped):
        next(data)
    seed_all(seed)
    return evaluate(shop, work.model, data, count)


def run_round(
    shop: Workshop, trainer: Trainer, horizon: int, lrs: Sequence[float], seed: int
) -> tuple[Round, Trained | None]:
    """Train the arms; where the best stands at an end, go on beyond it: a grid's edge is no optimum.

    The best arm comes with its weights.
    """
    table = Table(shop, trainer, horizon, seed)
    table.run(lrs)
    for _ in range(MOST_EXTRA):
        beyond = _beyond(table)
        before = len(table.arms)
        if beyond is not None:
            table.run([beyond])
        if len(table.arms) == before:
            break
    arms = tuple(table.arms)
    best = 10 ** seen(arms, table.untrained).best if arms and learned(arms, table.untrained) else None
    return Round(horizon, arms, table.untrained, best), table.best


def _beyond(table: Table) -> float | None:
    """The LR to add where the round is open at the end that its best arm stands at."""
    arms, bad = table.arms, [harmful(arm, table.untrained) for arm in table.arms]
    if not arms:
        return None
    gap = float(np.median(np.diff(np.log10([arm.lr for arm in arms])))) if len(arms) > 1 else 0.5
    if all(bad):
        return float(arms[0].lr / 10 ** (2 * gap))
    if not learned(arms, table.untrained):
        # The LRs are too low, unless the highest did harm.
        return None if bad[-1] else float(arms[-1].lr * 10 ** (2 * gap))
    regret = regrets(arms, table.untrained)
    best = int(np.argmin(regret))
    if best == len(arms) - 1 or (not bad[-1] and regret[-1] < OPEN):
        return float(arms[-1].lr * 10**gap)
    return float(arms[0].lr / 10**gap) if best == 0 else None
