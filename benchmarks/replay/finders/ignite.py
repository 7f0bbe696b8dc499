"""ignite's `FastaiLRFinder`."""

import warnings

from ignite.engine import Engine
from ignite.handlers import FastaiLRFinder
from torch import nn

from benchmarks.replay.finders import TEST_STEPS, Answers
from benchmarks.replay.task import Batch, Task


def test(task: Task, seed: int) -> Answers:
    """One range test."""
    model = task.fresh(seed)
    optimizer = task.optimizer(model.parameters())

    def update(_: Engine, batch: Batch) -> float:
        optimizer.zero_grad()
        loss = task.loss(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        if task.clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), task.clip)
        optimizer.step()
        return loss.item()

    finder = FastaiLRFinder()
    to_save = {"model": model, "optimizer": optimizer}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with finder.attach(Engine(update), to_save, num_iter=TEST_STEPS, start_lr=1e-7) as trainer:
            trainer.run(task.loader(seed))
        try:
            suggested = finder.lr_suggestion()
        except RuntimeError:
            suggested = None
    return {"ignite": suggested}
