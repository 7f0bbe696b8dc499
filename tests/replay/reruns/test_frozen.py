"""Frozen weights are held once where nothing writes to them, and copied where something does."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD

from lrdoctor.replay import Recipe, replay
from lrdoctor.replay.reruns.arms_at_once import train_together
from lrdoctor.replay.reruns.frozen import WriteError, frozen, guarded
from lrdoctor.replay.reruns.preparation import prepared
from lrdoctor.replay.reruns.training import copies, train
from tests.replay.small import CPU, linear, rates, recipe, squared, workshop


class Adapted(nn.Module):
    """A frozen layer with a trained one beside it, as LoRA has, and a target that may follow."""

    def __init__(self, follows: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.base, self.down, self.up = nn.Linear(6, 6), nn.Linear(6, 2, bias=False), nn.Linear(2, 1)
        self.follows = follows
        self.target = nn.Linear(2, 1)
        for part in (self.base, self.target):
            part.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        if self.follows:
            with torch.no_grad():
                self.target.weight.lerp_(self.up.weight, 0.1)
        out: Tensor = self.up(self.down(self.base(x))) + 0 * self.target(self.down(x))
        return out


def adapted(**options: Any) -> Recipe:
    return recipe(
        model=Adapted(**options), make=lambda parameters: SGD([p for p in parameters if p.requires_grad], 0.05)
    )


def test_frozen_weights_are_those_without_gradients() -> None:
    model = Adapted()
    expected = {id(p) for p in (*model.base.parameters(), *model.target.parameters())}
    assert set(frozen(recipe(model=model), CPU)) == expected, "whether or not the optimizer was given them too"


@pytest.mark.parametrize(
    "write",
    [
        lambda p: p.data.mul_(2),
        lambda p: p.copy_(torch.zeros_like(p)),
        lambda p: torch.add(p, 1, out=p),
        lambda p: torch._foreach_mul_([p], 2.0),
        lambda p: p.view(-1)[:1].zero_(),
        lambda p: p.t().add_(1),
    ],
)
def test_every_way_to_write_is_seen_before_it_is_done(write: Any) -> None:
    own = nn.Parameter(torch.ones(2, 2), requires_grad=False)
    with pytest.raises(WriteError), torch.no_grad(), guarded({id(own): own}):
        write(own)
    assert torch.equal(own, torch.ones(2, 2))


def test_reruns_share_what_nothing_writes_to() -> None:
    shop = prepared(workshop(adapted()))
    model = copies(shop.recipe, shop.device, shop.shared).model
    assert isinstance(model, Adapted)
    assert isinstance(shop.recipe.model, Adapted)
    assert model.base.weight is shop.recipe.model.base.weight
    assert model.up.weight is not shop.recipe.model.up.weight


def test_a_target_that_follows_is_copied() -> None:
    given = adapted(follows=True)
    assert isinstance(given.model, Adapted)
    before = given.model.target.weight.clone()
    shop = prepared(workshop(given))
    assert not shop.shared
    replay(given, max_steps=60, device="cpu")
    assert torch.equal(given.model.target.weight, before)


def test_the_answer_is_the_same_either_way() -> None:
    found = []
    for share in (True, False):
        shop = workshop(adapted())
        shop = prepared(shop) if share else shop
        found.append(train(shop, rates(shop, 0.05, 20), 3, held_out=4))
    assert (found[0].loss == found[1].loss).all()
    assert found[0].end == found[1].end


def test_arms_at_once_share_them_too() -> None:
    alone, together = prepared(workshop(adapted())), prepared(workshop(adapted()))
    lrs = [rates(alone, lr, 12) for lr in (1e-3, 1e-2)]
    one = [train(alone, lr, 3, held_out=4).end for lr in lrs]
    made = train_together(together, lrs, 3, held_out=4, broken=lambda _: False)
    assert [arm.end for arm in made] == pytest.approx(one)


def test_a_model_without_frozen_weights_is_left_alone() -> None:
    shop = workshop(recipe(model=linear(), loss=squared))
    assert not prepared(shop).shared
    assert shop.budget.trained == 0


MEMORY = """
import resource, sys
import torch
from torch import nn
from lrdoctor.replay import Recipe, replay

def loss(model, x):
    return (model[2](model[1](model[0](x))) - x[:, :1]).square().mean()

model = nn.Sequential(nn.Linear(6000, 6000), nn.Linear(6000, 8), nn.Linear(8, 1))
model[0].requires_grad_(False)
batches = [torch.randn(4, 6000) for _ in range(8)]
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
if sys.argv[1] == "plain":
    for step in range(60):
        optimizer.zero_grad()
        loss(model, batches[step % 8]).backward()
        optimizer.step()
else:
    replay(Recipe(model, batches, loss, optimizer, 1000), max_steps=120, device="cpu")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def test_a_replay_takes_hardly_more_memory_than_a_run() -> None:
    plain, replayed = (
        float(subprocess.run([sys.executable, "-c", MEMORY, how], check=True, capture_output=True, text=True).stdout)  # noqa: S603
        for how in ("plain", "replay")
    )
    assert replayed <= 1.3 * plain
