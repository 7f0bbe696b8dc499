"""What reruns end on: the next training batches, or validation batches by a metric."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD
from torch.utils.data import DataLoader, TensorDataset

from lrdoctor.errors import UsageError
from lrdoctor.replay import Recipe, replay
from lrdoctor.replay.recipe.accepted import checked
from lrdoctor.replay.reruns.arms_at_once import train_together
from lrdoctor.replay.reruns.evaluation import evaluate
from lrdoctor.replay.reruns.training import copies, train
from tests.replay.small import data, linear, net, rates, recipe, squared, workshop

VALIDATION = DataLoader(data(64), batch_size=16, shuffle=True)


def near(model: nn.Module, batch: Any) -> Tensor:
    """The share of examples that the model is near."""
    error: Tensor = model(batch[0]) - batch[1]
    return (error.abs() < 1).float().mean()


def test_validation_is_measured_in_eval_mode_and_the_modes_put_back() -> None:
    model = net()
    model[1].eval()  # type: ignore[index]
    shop = workshop(recipe(model=model, validation=VALIDATION))
    work = copies(shop.recipe, shop.device)
    work.model.train()
    work.model[1].eval()  # type: ignore[index]
    first, again = (evaluate(shop, work.model, iter(()), 4) for _ in range(2))
    assert first == again, "no dropout, and one order whatever the loader shuffles"
    batches = shop.batches.validation(4)
    assert len(batches) == 4
    work.model.eval()
    with torch.no_grad():
        assert first == pytest.approx(np.mean([squared(work.model, batch).item() for batch in batches]))
    work.model.train()
    work.model[1].eval()  # type: ignore[index]
    evaluate(shop, work.model, iter(()), 4)
    assert [part.training for part in work.model.children()] == [True, False, True, True, True]
    assert shop.budget.evaluated == 12


def test_a_validation_of_fewer_batches_is_used_whole() -> None:
    shop = workshop(recipe(validation=[next(iter(VALIDATION))]))
    evaluate(shop, copies(shop.recipe, shop.device).model, iter(()), 24)
    assert shop.budget.evaluated == 1


@pytest.mark.parametrize(("maximize", "sign"), [(True, -1), (False, 1)])
def test_a_metric_to_be_maximized_is_turned(maximize: bool, sign: int) -> None:
    shop = workshop(recipe(validation=VALIDATION, metric=near, maximize=maximize))
    work = copies(shop.recipe, shop.device).model.eval()
    shares = [near(work, batch).item() for batch in shop.batches.validation(4)]
    assert evaluate(shop, work, iter(()), 4) == pytest.approx(sign * np.mean(shares))


@pytest.mark.parametrize(
    ("metric", "words"),
    [(lambda m, b: m(b[0]), r"metric gives a tensor of shape \(16, 1\)"), (lambda *_: None, "metric gives NoneType")],
)
def test_a_metric_that_is_no_number(metric: Any, words: str) -> None:
    shop = workshop(recipe(validation=VALIDATION, metric=metric))
    with pytest.raises(UsageError, match=words):
        evaluate(shop, copies(shop.recipe, shop.device).model, iter(()), 2)


def test_a_metric_that_breaks_is_infinite() -> None:
    shop = workshop(recipe(validation=VALIDATION, metric=lambda *_: math.nan, maximize=True))
    assert evaluate(shop, copies(shop.recipe, shop.device).model, iter(()), 2) == math.inf


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metric": near}, "metric without validation"),
        ({"validation": VALIDATION, "maximize": True}, "maximize is about the metric"),
        ({"validation": iter([1])}, "validation is an object of type list_iterator: give a DataLoader"),
        ({"validation": VALIDATION, "metric": "accuracy"}, "metric is an object of type str"),
    ],
)
def test_refusals(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        checked(recipe(**changes), "it")


def test_an_empty_validation_is_told() -> None:
    with pytest.raises(UsageError, match="validation gives no batch"):
        replay(recipe(validation=list), max_steps=100, device="cpu")


def test_arms_at_once_end_on_the_validation_too() -> None:
    given = recipe(model=linear(), validation=VALIDATION, metric=near, maximize=True)
    alone, together = workshop(given), workshop(given)
    lrs = [rates(alone, lr, 12) for lr in (1e-3, 1e-2)]
    one = [train(alone, lr, 3, held_out=4).end for lr in lrs]
    many = [arm.end for arm in train_together(together, lrs, 3, held_out=4, broken=lambda _: False)]
    assert one == pytest.approx(many)


# ---- passes


def noisy(steps: int, **options: Any) -> Recipe:
    """Random labels on 40 examples: they can be learned by heart, and nothing of them is true of others."""
    torch.manual_seed(0)
    x, y = torch.randn(40, 32), torch.randint(0, 2, (40,))
    model = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 2))
    loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)

    def loss(model: nn.Module, batch: Any) -> Tensor:
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    return Recipe(model, loader, loss, SGD(model.parameters(), 0.1), steps, **options)


def test_passes_over_short_data_are_said() -> None:
    (told,) = [remark for remark in replay(noisy(2000), max_steps=300, device="cpu").remarks if "passes" in remark]
    assert "after 5 batches" in told
    assert "validation" in told


def test_what_is_learned_by_heart_is_no_answer_where_there_is_validation() -> None:
    others = [(torch.randn(200, 32), torch.randint(0, 2, (200,)))]
    found = replay(noisy(2000, validation=others), max_steps=300, device="cpu")
    assert not any("passes" in remark for remark in found.remarks)
    assert found.suggested_lr is None or found.suggested_lr < 0.1, "not the LR that learns them by heart fastest"


def test_endless_data_is_never_seen_twice() -> None:
    def batches() -> Iterator[Any]:
        while True:
            x = torch.randn(8, 6)
            yield x, x.sum(1, keepdim=True)

    found = replay(recipe(model=linear(), batches=batches), max_steps=200, device="cpu")
    assert not any("passes" in remark for remark in found.remarks)
