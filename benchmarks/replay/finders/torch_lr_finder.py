"""torch-lr-finder's `LRFinder.range_test`."""

import contextlib
import io

import matplotlib.pyplot as plt
from torch import nn
from torch_lr_finder import LRFinder

from benchmarks.replay.finders import TEST_STEPS, Answers
from benchmarks.replay.task import Task


def test(task: Task, seed: int) -> Answers:
    """One range test."""
    model = task.fresh(seed)
    optimizer = task.optimizer(model.parameters())
    clip = task.clip
    if clip is not None:

        def clipped(*_: object) -> None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)

        # The library has no clipping of its own.
        optimizer.register_step_pre_hook(clipped)
    finder = LRFinder(model, optimizer, task.criterion)
    figure, axes = plt.subplots()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        finder.range_test(task.loader(seed), start_lr=1e-7, num_iter=TEST_STEPS)
        try:
            _, suggested = finder.plot(ax=axes)
        except RuntimeError:
            suggested = None
    plt.close(figure)
    return {"torch-lr-finder": suggested}
