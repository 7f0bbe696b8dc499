"""fastai's `Learner.lr_find`, all four of its suggestions, the PyTorch optimizer in an `OptimWrapper`."""

import tempfile
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from fastai.basics import DataLoaders, Learner, OptimWrapper
from fastai.callback.schedule import minimum, slide, steep, valley
from fastai.callback.training import GradientClip

from benchmarks.replay.finders import TEST_STEPS, Answers
from benchmarks.replay.task import Task


def test(task: Task, seed: int) -> Answers:
    """One range test."""
    model = task.fresh(seed)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(
            DataLoaders(task.loader(seed), device=torch.device("cpu")),
            model,
            loss_func=task.criterion,
            opt_func=lambda _, **__: OptimWrapper(opt=task.optimizer(model.parameters())),
            cbs=[] if task.clip is None else [GradientClip(task.clip)],
            path=folder,
        )
        with learner.no_bar():
            found = learner.lr_find(
                num_it=TEST_STEPS, show_plot=False, suggest_funcs=[_alone(f) for f in (valley, slide, steep, minimum)]
            )
    return {f"fastai {name}": lr for name, lr in found._asdict().items()}


def _alone(suggest: Callable[..., tuple[float, Any]]) -> Callable[..., tuple[float | None, Any]]:
    """The suggestion, None where it fails, so that the other three are still heard."""

    @wraps(suggest)
    def answer(*args: Any) -> tuple[float | None, Any]:
        try:
            return suggest(*args)
        except (IndexError, ValueError, RuntimeError):
            return None, None

    return answer
