"""One round: arms that share weights, data order and random numbers, and differ in LR alone."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrdoctor.records.replay import Arm, Round
from lrdoctor.records.run import Floats
from lrdoctor.replay.belief.blow_up import blown_up
from lrdoctor.replay.belief.evidence import did_harm, harmful, learned, regrets, rose, seen
from lrdoctor.replay.plan import held_out
from lrdoctor.replay.reruns.evaluation import evaluate
from lrdoctor.replay.reruns.training import Broken, Trained, copies
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.budget import stoppable
from lrdoctor.replay.safeguards.randomness import seed_all

CLOSE = 0.15  # decades between two arms, below which another between them would teach nothing
OPEN = 0.005  # regret of the highest arm below which the round goes on above it
PATIENCE = 8  # steps
MOST_EXTRA = 3  # arms beyond the ends of a round whose best arm stands at one


def hopeless(loss: Floats) -> bool:
    """Whether an arm need not go on: it is not finite, or has stayed far up; a short rise may be overcome."""
    if np.isfinite(loss[-1]) and loss[-PATIENCE:].min() <= loss[:3].max():
        return False
    at = blown_up(loss, lasting=PATIENCE)
    return at is not None and (not np.isfinite(loss[-1]) or len(loss) - at >= PATIENCE)


Trainer = Callable[[Workshop, Sequence[Floats], int, int, Broken], Iterator[Trained]]
"""Trains several arms: their LRs at each step, the seed, the unseen batches to end on, when to give one up.

Gives them in that order, as far as the budget goes."""


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
        shop, count = self.shop, held_out(self.horizon)
        if not shop.budget.affords(self.horizon, count):
            return
        share = shop.schedule.compressed(self.horizon)
        with stoppable(shop.budget):
            if math.isnan(self.untrained):
                self.untrained = untrained(shop, self.horizon, self.seed)
            done = self.trainer(shop, [lr * share for lr in lrs], self.seed, count, hopeless)
            for lr in lrs:
                self._add(lr, next(done, None))
        self.arms.sort(key=lambda arm: arm.lr)

    def _add(self, lr: float, one: Trained | None) -> None:
        """An arm; only the best one's weights are kept."""
        if one is None or math.isnan(one.end):  # steps or time ran out
            return
        self.arms.append(Arm(lr, one.loss, one.end, one.broke))
        if not one.broke and (self.best is None or one.end < self.best.end):
            self.best = one


def untrained(shop: Workshop, horizon: int, seed: int) -> float:
    """Loss of the untrained model on the batches that the arms end on."""
    count = held_out(horizon)
    skipped = horizon * shop.recipe.accumulate if shop.recipe.validation is None else 0
    work = copies(shop.recipe, shop.device, shop.shared)
    data = shop.batches.take(seed, skipped + count)
    for _ in range(skipped):
        next(data)
    seed_all(seed)
    return evaluate(shop, work.model, data, count)


def run_round(
    shop: Workshop, trainer: Trainer, horizon: int, lrs: Sequence[float], seed: int, *, last: bool
) -> tuple[Round, Trained | None]:
    """Train the arms; where the best stands at an end, go on beyond it: a grid's edge is no optimum.

    The `last` round spends what is left between its arms.  The best arm comes with its weights.
    """
    table = Table(shop, trainer, horizon, seed)
    table.run(lrs)
    for _ in range(MOST_EXTRA):
        beyond = _beyond(table) or (_between(table) if last else None)
        before = len(table.arms)
        if beyond is not None:
            table.run([beyond])
        if len(table.arms) == before:
            break
    arms = tuple(table.arms)
    best = 10 ** seen(arms, table.untrained).best if arms and learned(arms, table.untrained) else None
    return Round(horizon, arms, table.untrained, best), table.best


def _beyond(table: Table) -> float | None:
    """The LR to add where the round is open at the end that its best arm stands at.

    Open below, too, where even the lowest arm's loss rose far: what lies beyond the edge of stability is luck.
    """
    arms, bad = table.arms, [harmful(arm, table.untrained) for arm in table.arms]
    if not arms:
        return None
    gap = float(np.median(np.diff(np.log10([arm.lr for arm in arms])))) if len(arms) > 1 else 0.5
    if all(bad):
        return float(arms[0].lr / 10 ** (2 * gap))
    if not learned(arms, table.untrained):
        # The LRs are too low, unless the highest did harm.
        return None if did_harm(arms[-1], table.untrained) else float(arms[-1].lr * 10 ** (2 * gap))
    regret = regrets(arms, table.untrained)
    best = int(np.argmin(regret))
    if best == len(arms) - 1 or (not bad[-1] and regret[-1] < OPEN):
        return float(arms[-1].lr * 10**gap)
    return float(arms[0].lr / 10**gap) if best == 0 or rose(arms[0]) else None


def _between(table: Table) -> float | None:
    """The LR halfway from the best arm to its better neighbour, where they stand apart."""
    arms = table.arms
    if not learned(arms, table.untrained):
        return None
    regret = regrets(arms, table.untrained)
    best = int(np.argmin(regret))
    if not 0 < best < len(arms) - 1:
        return None
    near = best + 1 if regret[best + 1] < regret[best - 1] else best - 1
    apart = abs(math.log10(arms[near].lr / arms[best].lr))
    return math.sqrt(arms[near].lr * arms[best].lr) if apart > CLOSE else None
