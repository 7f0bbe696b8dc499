"""An answer is right: what replay finds beside what whole runs of every LR find."""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, AdamW

from lrdoctor.records.diagnosis import Verdict
from lrdoctor.replay import Recipe, replay


class Rings:
    """Points in the plane labelled by the ring they lie in, a small net, and its whole training as a script does it."""

    STEPS = 500
    KINDS: Mapping[str, Callable[[Iterable[Tensor], float], torch.optim.Optimizer]] = {
        "sgd": lambda p, lr: SGD(p, lr),
        "momentum": lambda p, lr: SGD(p, lr, momentum=0.9),
        "adamw": lambda p, lr: AdamW(p, lr),
    }

    def __init__(self) -> None:
        own = torch.Generator().manual_seed(0)
        self.x = torch.randn(1536, 2, generator=own)
        self.y = (self.x.norm(dim=1) * 1.5).long().clamp(max=3)

    def recipe(self, kind: str, lr: float) -> Recipe:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 4))
        return Recipe(model, self.batches, self.loss, self.KINDS[kind](model.parameters(), lr), self.STEPS)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(1024).view(-1, 32):
            yield self.x[rows], self.y[rows]

    @staticmethod
    def loss(model: nn.Module, batch: Any) -> Tensor:
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    def trained(self, kind: str, lr: float) -> float:
        """Validation loss after the whole run."""
        given = self.recipe(kind, lr)
        torch.manual_seed(1)
        endless = (batch for _ in itertools.count() for batch in self.batches())
        for batch in itertools.islice(endless, self.STEPS):
            given.optimizer.zero_grad()
            self.loss(given.model, batch).backward()  # type: ignore[no-untyped-call]
            given.optimizer.step()
        with torch.no_grad():
            value = float(self.loss(given.model, (self.x[1024:], self.y[1024:])))
        return value if math.isfinite(value) else math.inf


@pytest.fixture(scope="module")
def best() -> dict[str, float]:
    """The best LR of a sweep in half decades, by optimizer."""
    task = Rings()
    lrs = [10**x for x in (-2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0)]
    return {kind: min(lrs, key=functools.partial(task.trained, kind)) for kind in Rings.KINDS}


@pytest.mark.parametrize("kind", Rings.KINDS)
@pytest.mark.parametrize(("lr", "verdict"), [(1e-5, Verdict.TOO_SLOW), (30.0, Verdict.TOO_HIGH)])
@pytest.mark.parametrize(("steps", "factor"), [(300, 12), (600, 8)])
def test_it_finds_what_a_whole_sweep_finds(
    best: dict[str, float], kind: str, lr: float, verdict: Verdict, steps: int, factor: float
) -> None:
    found = replay(Rings().recipe(kind, lr), max_steps=steps, device="cpu")
    assert found.suggested_lr is not None
    assert 1 / factor < found.suggested_lr / best[kind] < factor
    assert found.verdict is verdict
    assert found.probabilities[verdict] > 0.75
