"""On a device that is not the CPU: everything meets there, and the host seldom waits for it.

torch's `meta` device stands in for a GPU.  It computes nothing, but refuses tensors of two devices, and every look of
the host at a value fails unless it is one of those below, which are counted: on a GPU each is a wait.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from lrdoctor.replay import replay
from lrdoctor.replay.probes.noise_scale import noise_scale
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.reruns.arms_at_once import train_together
from lrdoctor.replay.reruns.training import copies, train
from lrdoctor.replay.safeguards import device
from tests.replay.small import Make, data, net, rates, recipe, sgd, squared, workshop

ELSEWHERE = torch.device("meta")
STEPS = 24
EVERY = 8


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the host looked, by what it called; what it sees falls from look to look."""
    seen: Counter[str] = Counter()

    def looked(name: str, see: Callable[[Tensor, float], object]) -> None:
        real = getattr(Tensor, name)

        def look(tensor: Tensor, *args: Any, **options: Any) -> object:
            if tensor.device != ELSEWHERE:
                return real(tensor, *args, **options)
            seen[name] += 1
            return see(tensor, 1 / (1 + 0.01 * seen[name]))

        monkeypatch.setattr(Tensor, name, look)

    looked("cpu", lambda tensor, value: torch.full(tensor.shape, value, dtype=tensor.dtype))
    looked("__float__", lambda _, value: value)
    looked("__bool__", lambda _, value: value > 0)
    return seen


def adamw(parameters: Any) -> Optimizer:
    return AdamW(parameters, 1e-3)


class Own(SGD):
    """A class that nothing is known of: every arm takes its own steps."""


RECIPES: dict[str, Callable[[], Recipe]] = {
    "momentum": recipe,
    "AdamW": lambda: recipe(make=adamw),
    "an unknown class": lambda: recipe(make=lambda p: Own(p, 0.01)),
    "clipped": lambda: recipe(clip_norm=1.0),
    "accumulated": lambda: recipe(accumulate=2),
    "one-cycle": lambda: recipe(scheduler=lambda o: OneCycleLR(o, 0.1, 1000)),
    "trained before": lambda: trained_before(adamw),
}


def trained_before(make: Make) -> Recipe:
    """Its optimizer has a state."""
    model = net()
    optimizer = make(model.parameters())
    squared(model, data()[:8]).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return replace(recipe(model=model), optimizer=optimizer)


def never(_: Any) -> bool:
    return False


@pytest.mark.parametrize("name", RECIPES)
def test_a_rerun_waits_every_few_steps(name: str, looks: Counter[str]) -> None:
    shop = replace(workshop(RECIPES[name]()), device=ELSEWHERE)
    shop.batches._device = ELSEWHERE
    done = train(shop, rates(shop, 0.01, STEPS), 0, held_out=4, every=EVERY)
    assert len(done.loss) == STEPS
    # The first step, each look at the losses, and the end.
    assert looks == {"cpu": 1 + -(-(STEPS - 1) // EVERY) + 1}
    assert {p.device for p in done.copies.model.parameters()} == {ELSEWHERE}


@pytest.mark.parametrize("name", RECIPES)
def test_arms_at_once_wait_every_few_steps(name: str, looks: Counter[str]) -> None:
    shop = replace(workshop(RECIPES[name]()), device=ELSEWHERE)
    shop.batches._device = ELSEWHERE
    arms = [rates(shop, lr, STEPS) for lr in (0.001, 0.01, 0.1)]
    done = train_together(shop, arms, 0, held_out=4, broken=never, every=EVERY)
    assert [len(one.loss) for one in done] == [STEPS] * 3
    assert looks == {"cpu": STEPS // EVERY + 1}


@pytest.mark.parametrize("make", [sgd, adamw], ids=["momentum", "AdamW"])
def test_a_whole_replay_runs_there(make: Make, looks: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "choose", lambda _: ELSEWHERE)
    found = replay(recipe(make=make), max_steps=600)
    assert found.rounds
    assert found.curvature is not None
    assert found.device == "meta"
    assert sum(looks.values()) < found.cost.steps / 2


def test_the_noise_scale_looks_once_a_gradient(looks: Counter[str]) -> None:
    model = net().to(ELSEWHERE)
    batches = [[torch.ones(8, 6, device=ELSEWHERE), torch.ones(8, 1, device=ELSEWHERE)]] * 5
    noise_scale(model, squared, batches, 8)
    assert looks == {"cpu": 5 + 1}


@pytest.mark.parametrize("there", [{}, {"fused": True}, {"capturable": True}], ids=["host", "fused", "capturable"])
def test_an_optimizer_follows_its_model(there: dict[str, bool]) -> None:
    """New parameters are its own, their state goes along; steps are counted where the optimizer counts them."""
    given = trained_before(lambda p: AdamW(p, 1e-3, amsgrad=True))
    given.optimizer.param_groups[0].update(there)
    work = copies(given, ELSEWHERE)
    assert [p for group in work.optimizer.param_groups for p in group["params"]] == list(work.model.parameters())
    assert len(work.optimizer.state) == len(given.optimizer.state)
    for parameter, old in zip(work.model.parameters(), given.model.parameters(), strict=True):
        state, before = work.optimizer.state[parameter], given.optimizer.state[old]
        assert state.keys() == before.keys()
        for key, value in state.items():
            assert value.device == (before[key].device if key == "step" and not there else ELSEWHERE)


def test_what_is_no_part_of_the_model_stays_where_it_is() -> None:
    """A loss may have weights of its own, and an optimizer may keep more than its weights' states."""
    own = torch.nn.Parameter(torch.ones(2))
    given = trained_before(lambda p: AdamW([*p, own], 1e-3))
    given.optimizer.state[own] = {"step": torch.tensor(1.0), "exp_avg": torch.ones(2)}
    given.optimizer.state["rounds"] = 3  # type: ignore[index]
    optimizer = copies(given, ELSEWHERE).optimizer
    kept = optimizer.param_groups[0]["params"][-1]
    assert kept.device == optimizer.state[kept]["exp_avg"].device == own.device
    assert optimizer.state["rounds"] == 3  # type: ignore[index]
