"""Replays of the studies: what the limits named REPLAY_* were chosen on."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch

from benchmarks.replay_fit.fit import band
from benchmarks.replay_fit.tasks import LARGE, NEW, Study, recipe, regret
from benchmarks.replay_fit.truth import load, made

BUDGETS, SEEDS = (300, 1000), (0, 1)
GROUPS = (
    ("fitted on", (16, 32)),
    (f"batches of {LARGE}, chosen on", (LARGE,)),
    (f"batches of {NEW}, unseen", (NEW,)),
)


@dataclass(frozen=True)
class Outcome:
    """Regret of the answer, whether its interval holds the band's middle, and the interval's width in decades."""

    regret: float
    held: bool
    width: float


def outcome(study: Study, budget: int, seed: int) -> Outcome:
    """One replay."""
    from lrdoctor.replay import replay

    torch.set_num_threads(1)
    found = replay(recipe(study, seed), max_steps=budget, seed=seed)
    lost = 1.0 if found.suggested_lr is None else regret(found.suggested_lr, load(study))
    low, high = np.log10(found.interval or (np.nan, np.nan))
    return Outcome(lost, bool(low <= np.mean(band(study)) <= high), float(high - low))


def lines(jobs: int = 2) -> Iterator[str]:
    """Three lines a budget: of studies that the figures were fitted on, that choices were made on, and of new ones."""
    for budget in BUDGETS:
        asked = [(study, budget, seed) for study in made() for seed in SEEDS]
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(outcome, *zip(*asked, strict=True)))
        for words, batches in GROUPS:
            some = [one for one, (study, *_) in zip(found, asked, strict=True) if study.batch in batches]
            lost = np.array([one.regret for one in some])
            yield (
                f"{budget} steps, {len(some)} replays, {words}: regret median {np.median(lost):.4f}, "
                f"mean {lost.mean():.4f}, 90 % below {np.quantile(lost, 0.9):.3f}; "
                f"80 % interval holds {np.mean([one.held for one in some]):.2f}, "
                f"median width {np.median([one.width for one in some]):.2f} decades"
            )
