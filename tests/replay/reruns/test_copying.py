"""Optimizers as libraries write them are copied whole, tied to the copied weights, and take their own steps."""

# ruff: noqa: ARG002 - optimizers' own signatures
# mypy: disable-error-code="no-untyped-call, unused-ignore"

import copy
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import LBFGS, SGD, Adam, Optimizer
from torch.optim.lr_scheduler import StepLR

from lrdoctor.errors import UsageError
from lrdoctor.replay import replay
from lrdoctor.replay.reruns.copying import copied
from lrdoctor.replay.reruns.preparation import prepared, takes_closure
from lrdoctor.replay.reruns.training import train
from tests.replay.small import linear, rates, recipe, workshop

Params = Iterable[Tensor]


class Lion(Optimizer):
    """As in pytorch_optimizer: attributes of its own beside the groups."""

    def __init__(self, params: Params, lr: float = 1e-3, maximize: bool = False) -> None:
        self.maximize = maximize
        self.counter = {"steps": 0}
        super().__init__(params, {"lr": lr, "betas": (0.9, 0.99)})
        self.first = self.param_groups[0]["params"][0]
        self.scale = lambda value: value * (-1 if maximize else 1)
        self.own = weakref.ref(self)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        assert self.first is self.param_groups[0]["params"][0]
        self.counter["steps"] += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                average = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                p.add_(self.scale(average.lerp(p.grad, 0.1).sign()), alpha=-group["lr"])
                average.lerp_(p.grad, 0.01)


class Lookahead(Optimizer):
    """A wrapper that calls no `Optimizer.__init__`, and gives a state of its own."""

    def __init__(self, optimizer: Optimizer, k: int = 2) -> None:
        self._optimizer_step_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_step_post_hooks: OrderedDict[int, Any] = OrderedDict()
        self.optimizer, self.k, self.taken = optimizer, k, 0
        self.state = {p: p.detach().clone() for group in optimizer.param_groups for p in group["params"]}  # type: ignore[assignment, misc]
        self.param_groups = optimizer.param_groups
        self.defaults = optimizer.defaults

    def __getstate__(self) -> dict[str, Any]:
        return {"optimizer": self.optimizer, "k": self.k}

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.optimizer.step()
        self.taken += 1
        if self.taken % self.k == 0:
            with torch.no_grad():
                for p, slow in self.state.items():
                    slow.lerp_(p, 0.5)  # type: ignore[attr-defined]
                    p.copy_(slow)


class Sam(Optimizer):
    """Computes the loss again at weights nearby; says so only when it is stepped."""

    def __init__(self, params: Params, lr: float, rho: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})
        self.base = SGD(self.param_groups, lr)
        self.rho = rho

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        if closure is None:
            raise RuntimeError("SAM requires closure, but it was not provided")
        moved = [(p, self.rho * p.grad.sign()) for g in self.param_groups for p in g["params"] if p.grad is not None]
        for p, way in moved:
            p.add_(way)
        with torch.enable_grad():
            closure()
        for p, way in moved:
            p.sub_(way)
        self.base.step()


def make(kind: str, params: Params) -> Optimizer:
    if kind == "lookahead of lion":
        return Lookahead(Lion(params, 0.01))
    kinds: dict[str, Callable[..., Optimizer]] = {"lion": Lion, "sam": Sam, "lbfgs": LBFGS}
    return kinds[kind](list(params), lr=0.01)


@pytest.mark.parametrize("kind", ["lion", "lookahead of lion", "sam"])
def test_everything_that_an_optimizer_keeps_is_copied(kind: str) -> None:
    model = linear()
    old = make(kind, model.parameters())
    old.register_step_post_hook(lambda *_: pytest.fail("a hook of the original's"))
    own, new, _ = copied(model, old, None, {})
    hidden = {name for name in vars(old) if not name.startswith("_optimizer_")}
    assert hidden <= set(vars(new))
    assert next(p for group in new.param_groups for p in group["params"]) is next(own.parameters())
    before = copy.deepcopy(model.state_dict())

    def loss() -> Tensor:
        own.zero_grad()
        value = own(torch.ones(2, 6)).square().mean()
        value.backward()
        return value  # type: ignore[no-any-return]

    loss()
    new.step(loss)  # type: ignore[arg-type]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not torch.equal(next(own.parameters()), next(model.parameters()))


def test_what_refers_to_the_original_refers_to_the_copy() -> None:
    model = linear()
    old = Lion(model.parameters())
    _, new, _ = copied(model, old, None, {})
    assert isinstance(new, Lion)
    assert new.own() is new
    assert new.first is new.param_groups[0]["params"][0]
    new.counter["steps"] = 5
    assert old.counter["steps"] == 0


def test_a_scheduler_does_not_step_the_original_through_the_copy() -> None:
    model = linear()
    old = Adam(model.parameters(), 0.1)
    StepLR(old, 5)  # wraps `old.step`
    own, new, _ = copied(model, old, None, {})
    assert "step" not in vars(new)
    own(torch.ones(1, 6)).sum().backward()
    before = next(model.parameters()).clone()
    new.step()
    assert torch.equal(next(model.parameters()), before)
    assert not torch.equal(next(own.parameters()), before)


def test_groups_of_a_wrapper_are_those_of_what_it_wraps() -> None:
    model = linear()
    _, new, _ = copied(model, Lookahead(SGD(model.parameters(), 0.1)), None, {})
    assert isinstance(new, Lookahead)
    new.param_groups[0]["lr"] = 0.7
    assert new.optimizer.param_groups[0]["lr"] == 0.7
    assert new.optimizer.param_groups is new.param_groups


@pytest.mark.parametrize("kind", ["lion", "lookahead of lion", "sam", "lbfgs"])
def test_replayed(kind: str) -> None:
    given = recipe(model=linear(), make=lambda params: make(kind, params))
    found = replay(given, max_steps=200, device="cpu", together=True)
    assert found.suggested_lr is not None, found.reason
    assert found.cost.total <= 200


def test_who_takes_a_closure() -> None:
    assert takes_closure(LBFGS(linear().parameters()))
    assert not takes_closure(SGD(linear().parameters(), 0.1))
    shop = workshop(recipe(model=linear(), make=lambda params: Sam(params, 0.01)))
    assert not takes_closure(shop.recipe.optimizer)
    assert prepared(shop).closure
    assert not prepared(workshop(recipe())).closure


def test_lbfgs_steps_as_in_its_own_loop() -> None:
    given = recipe(model=linear(), make=lambda params: LBFGS(params, lr=0.5, max_iter=3))
    shop = prepared(workshop(given))
    lrs = rates(shop, 0.5, 3)
    done = train(shop, lrs, 1)
    model = copy.deepcopy(given.model)
    optimizer = LBFGS(model.parameters(), lr=0.5, max_iter=3)
    losses = []
    for batch in shop.batches.take(1, 3):

        def again(batch: Any = batch) -> Tensor:
            optimizer.zero_grad()
            value = given.loss(model, batch)
            value.backward()  # type: ignore[no-untyped-call]
            return value

        losses.append(again().item())
        optimizer.step(again)  # type: ignore[arg-type]
    assert done.loss.tolist() == pytest.approx(losses)


@pytest.mark.parametrize("kind", ["sam", "lbfgs"])
def test_a_closure_and_accumulation_do_not_go_together(kind: str) -> None:
    with pytest.raises(UsageError, match=r"reruns do not do with accumulate: .*replay_function"):
        replay(recipe(model=linear(), make=lambda params: make(kind, params), accumulate=2), device="cpu")


def test_an_optimizer_that_differentiates_gradients_gets_a_hint() -> None:
    class Hessian(SGD):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            grads = [p.grad for group in self.param_groups for p in group["params"]]
            torch.autograd.grad(sum(g.sum() for g in grads), grads)  # type: ignore[union-attr, arg-type]

    with pytest.raises(UsageError, match="needs a loop of its own"):
        replay(recipe(model=linear(), make=lambda params: Hessian(params, 0.1)), device="cpu")


def test_an_optimizer_without_lrs() -> None:
    class Free(SGD):
        def __init__(self, params: Params) -> None:
            super().__init__(params, 0.1)
            for group in self.param_groups:
                del group["lr"]

    model: nn.Module = linear()
    with pytest.raises(UsageError, match="Free has no `lr` in its parameter groups"):
        replay(recipe(model=model, make=Free), device="cpu")
