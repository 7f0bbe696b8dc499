"""Every task of the replay benchmark trains, and its sweep spans its best LR."""

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.replay import truth
from benchmarks.replay.lion import Lion
from benchmarks.replay.task import STEPS, Task, endless
from benchmarks.replay.tasks import TASKS

each_task = pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])


@each_task
def test_a_recipe_trains(task: Task) -> None:
    recipe = task.recipe(3)
    before = [p.detach().clone() for p in recipe.model.parameters()]
    scheduler = None if task.scheduler is None else task.scheduler(recipe.optimizer)
    for _, batch in zip(range(3), endless(recipe.epoch()), strict=False):  # type: ignore[arg-type]
        recipe.optimizer.zero_grad()
        loss = recipe.loss(recipe.model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        recipe.optimizer.step()
        if scheduler is not None:
            scheduler.step()
        assert len(batch[0]) == task.batch_size
        assert loss.isfinite()
    assert all(not torch.equal(old, new) for old, new in zip(before, recipe.model.parameters(), strict=True))
    assert np.isfinite(task.validation(recipe.model))
    assert recipe.model.training
    assert recipe.steps == STEPS


@each_task
def test_weights_and_batches_depend_on_the_seed_alone(task: Task) -> None:
    torch.manual_seed(8)
    one = task.recipe(1)
    torch.manual_seed(9)
    same, other = task.recipe(1), task.recipe(2)
    firsts = [next(iter(recipe.epoch())) for recipe in (one, same, other)]
    weights = [nn.utils.parameters_to_vector(recipe.model.parameters()) for recipe in (one, same, other)]
    for first, second, third in (weights, [batch[0] for batch in firsts]):
        assert torch.equal(first, second)
        assert not torch.equal(first, third)


@each_task
def test_the_sweep_spans_its_best_lr(task: Task) -> None:
    known = truth.load(task)
    at = int(np.argmin(known.loss))
    assert 4 <= at < len(known.loss) - 4
    assert known.loss[at] < known.untrained
    assert np.diff(known.log_lr) == pytest.approx(1 / truth.PER_DECADE, abs=1e-4)
    assert task.recipe(0).lr != pytest.approx(known.best_lr, rel=0.1)


def test_lion_steps_by_the_sign_and_decays_weights() -> None:
    weight = nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = Lion([weight], lr=0.1, weight_decay=0.5)
    weight.grad = torch.tensor([3.0, -0.01])
    optimizer.step()
    assert weight.tolist() == pytest.approx([0.95 - 0.1, -1.9 + 0.1])
    assert optimizer.state[weight]["momentum"].tolist() == pytest.approx([0.03, -0.0001])
