"""Optimizers of torch really become unstable just above the limit, and not just below it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop
from torch.optim.lr_scheduler import LinearLR

from lrdoctor.replay.probes.curvature import sharpness
from lrdoctor.replay.probes.hessian import NotMeasured
from lrdoctor.replay.probes.stability import edge, scales

Maker = Callable[[Any], Optimizer]
SMALL = 1e-15  # of the weights: far too small, even after growing, to move second moments of order 1
LATE = 1e14  # steps after which every bias correction is 1
FROZEN = 1 - 1e-12  # decay of second moments that stay as they are

HESSIAN = torch.tensor([[3.0, 1.0, 0.2], [1.0, 2.0, 0.4], [0.2, 0.4, 0.5]], dtype=torch.float64)
SECOND = torch.tensor([0.04, 4.0, 0.25], dtype=torch.float64)


class Split(nn.Module):
    """Three weights in two tensors, so that they can sit in two groups."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.tensor([SMALL, -SMALL], dtype=torch.float64))
        self.two = nn.Parameter(torch.tensor([SMALL], dtype=torch.float64))

    def weights(self) -> Tensor:
        return torch.cat([self.one, self.two])


def quadratic(model: nn.Module, batch: Tensor) -> Tensor:
    assert isinstance(model, Split)
    w = model.weights()
    return 0.5 * w @ batch @ w


def frozen(optimizer: Optimizer) -> Optimizer:
    """With second moments `SECOND`, as if it had seen them for ever."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    # one step lays out the state as the optimizer wants it, with an LR of 0 so that weights stay
    kept = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    for p in parameters:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    for group, lr in zip(optimizer.param_groups, kept, strict=True):
        group["lr"] = lr
    for p, second in zip(parameters, SECOND.split([2, 1]), strict=True):  # type: ignore[no-untyped-call]
        state = optimizer.state[p]
        for key, value in {"exp_avg_sq": second, "square_avg": second, "sum": second, "exp_inf": second.sqrt()}.items():
            if key in state:
                state[key] = value.clone()
        state["step"] = torch.tensor(LATE)
    return optimizer


def grows(make: Maker, lr_over_limit: float, steps: int = 100) -> bool:
    """Whether the weights grow over the second half of twice `steps`, when only the slowest root is left."""
    model = Split()
    optimizer = frozen(make(model))
    limit = sharpness(model, quadratic, [HESSIAN], optimizer).limit
    assert limit is not None
    first = optimizer.param_groups[0]["lr"]
    for group in optimizer.param_groups:
        group["lr"] *= lr_over_limit * limit / first
    norms = []
    for _ in range(2 * steps):
        optimizer.zero_grad()
        quadratic(model, HESSIAN).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        norms.append(float(model.weights().detach().norm()))
    return norms[-1] > norms[steps]


def parameters(model: Split) -> Any:
    return model.parameters()


def two_groups(model: Split) -> list[dict[str, Any]]:
    return [{"params": [model.one]}, {"params": [model.two], "lr": 0.05}]


CASES: dict[str, Maker] = {
    "sgd": lambda m: SGD(parameters(m), 0.01),
    "momentum": lambda m: SGD(parameters(m), 0.01, momentum=0.9),
    "dampened": lambda m: SGD(parameters(m), 0.01, momentum=0.8, dampening=0.5),
    "nesterov": lambda m: SGD(parameters(m), 0.01, momentum=0.9, nesterov=True),
    "sgd, two groups": lambda m: SGD(two_groups(m), 0.01, momentum=0.5),
    "adam": lambda m: Adam(parameters(m), 0.01, betas=(0.9, FROZEN)),
    "adam without momentum": lambda m: Adam(parameters(m), 0.01, betas=(0.0, FROZEN)),
    "adam, large eps": lambda m: Adam(parameters(m), 0.01, betas=(0.8, FROZEN), eps=0.3),
    "adam, two groups": lambda m: Adam(two_groups(m), 0.01, betas=(0.9, FROZEN)),
    "adamw": lambda m: AdamW(parameters(m), 0.01, betas=(0.9, FROZEN), weight_decay=0.0),
    "radam": lambda m: RAdam(parameters(m), 0.01, betas=(0.9, FROZEN)),
    "nadam, early": lambda m: NAdam(parameters(m), 0.01, betas=(0.9, FROZEN), momentum_decay=0.0),
    "nadam, late": lambda m: NAdam(parameters(m), 0.01, betas=(0.9, FROZEN)),
    "adamax": lambda m: Adamax(parameters(m), 0.01, betas=(0.9, FROZEN)),
    "rmsprop": lambda m: RMSprop(parameters(m), 0.01, alpha=FROZEN),
    "centred rmsprop with momentum": lambda m: RMSprop(parameters(m), 0.01, alpha=FROZEN, momentum=0.9, centered=True),
    "adagrad": lambda m: Adagrad(parameters(m), 0.01),
    "adagrad, slowed": lambda m: Adagrad(parameters(m), 0.01, lr_decay=0.1),
}


@pytest.mark.parametrize("name", CASES)
def test_the_limit_is_where_it_blows_up(name: str) -> None:
    assert not grows(CASES[name], 0.995)
    assert grows(CASES[name], 1.005)


def test_adam_is_the_38_of_cohen() -> None:
    assert edge(Adam(Split().parameters(), betas=(0.9, 0.999))) == pytest.approx(38)


def test_adams_denominator_is_the_one_of_its_step() -> None:
    """D = |m_hat| * LR / |step|, read off a real step."""
    model = Split()
    optimizer = Adam(model.parameters(), 0.1, amsgrad=True, eps=0.01)
    for scale in (1.0, 3.0, 0.2):
        before = model.weights().detach().clone()
        model.one.grad = scale * torch.tensor([1.0, -2.0], dtype=torch.float64)
        model.two.grad = scale * torch.tensor([0.5], dtype=torch.float64)
        optimizer.step()
    mean = torch.cat([optimizer.state[p]["exp_avg"] for p in model.parameters()]) / (1 - 0.9**3)
    found = scales(optimizer)
    assert found is not None
    # float32 is good enough for scales, and what Adam's own state would mostly be kept in
    torch.testing.assert_close(
        torch.cat(found) ** 2, (model.weights().detach() - before) / (-0.1 * mean), rtol=1e-5, atol=0
    )


def test_a_scheduler_does_not_change_the_ratio_of_groups() -> None:
    model = Split()
    optimizer = SGD(two_groups(model), 0.01)
    LinearLR(optimizer, 0.1)
    found = scales(optimizer)
    assert found is not None
    assert [float(s[0]) for s in found] == pytest.approx([1, 5**0.5])


def test_frozen_groups_and_weights_count_for_nothing() -> None:
    model = Split()
    groups: list[dict[str, Any]] = [{"params": [model.one]}, {"params": [model.two], "lr": 0.0}]
    optimizer = SGD(groups, 0.1)
    top = float(torch.linalg.eigvalsh(HESSIAN[:2, :2])[-1])
    assert sharpness(model, quadratic, [HESSIAN], optimizer).eigenvalue == pytest.approx(top, rel=1e-4)
    model.two.requires_grad_(False)
    plain = SGD(model.parameters(), 0.1)
    assert sharpness(model, quadratic, [HESSIAN], plain).eigenvalue == pytest.approx(top, rel=1e-4)


def test_weights_that_no_gradient_reached_are_left_out() -> None:
    model = Split()
    optimizer = Adam(model.parameters(), 0.1)
    model.one.grad = torch.tensor([1.0, 0.0], dtype=torch.float64)
    optimizer.step()
    found = sharpness(model, quadratic, [HESSIAN], optimizer)
    assert found.eigenvalue == pytest.approx(float(HESSIAN[0, 0]), rel=1e-4)


def test_second_moments_must_be_there() -> None:
    model = Split()
    with pytest.raises(NotMeasured, match="no step yet"):
        sharpness(model, quadratic, [HESSIAN], Adam(model.parameters(), 0.1))


class Signs(SGD):
    def step(self, closure: Any = None) -> Any:  # noqa: ARG002
        return None


@pytest.mark.parametrize("kind", [Signs, Adadelta])
def test_of_an_unknown_optimizer_only_the_eigenvalue_is_told(kind: type[Optimizer]) -> None:
    model = Split()
    found = sharpness(model, quadratic, [HESSIAN], kind(model.parameters(), lr=0.1))  # type: ignore[call-arg]
    assert found.limit is None
    assert not found.preconditioned
    assert found.eigenvalue == pytest.approx(float(torch.linalg.eigvalsh(HESSIAN)[-1]), rel=1e-4)


def test_a_class_that_only_adds_to_a_known_optimizer_is_known() -> None:
    model = Split()
    kind = type("LightningAdam", (Adam,), {})
    assert edge(kind(model.parameters())) == pytest.approx(38)
