"""Lanczos against exact Hessians and known spectra."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD, Adam

from lrdoctor.replay.probes import hessian
from lrdoctor.replay.probes.curvature import lanczos, sharpness
from lrdoctor.replay.probes.hessian import NotMeasured

Pair = tuple[Tensor, Tensor]


def net(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def data(count: int, seed: int = 1) -> list[Pair]:
    made = torch.Generator().manual_seed(seed)
    return [
        (torch.randn(8, 4, generator=made, dtype=torch.float64), torch.randint(0, 3, (8,), generator=made))
        for _ in range(count)
    ]


def entropy(model: nn.Module, batch: Pair) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


def exact(model: nn.Module, batches: Sequence[Pair]) -> np.ndarray:
    names = [name for name, _ in model.named_parameters()]
    shapes = [p.shape for p in model.parameters()]
    start = torch.cat([p.detach().reshape(-1) for p in model.parameters()])

    def mean(vector: Tensor) -> Tensor:
        pieces = torch.split(vector, [s.numel() for s in shapes])
        weights = {n: piece.view(s) for n, piece, s in zip(names, pieces, shapes, strict=True)}
        outputs = [functional.cross_entropy(torch.func.functional_call(model, weights, (x,)), y) for x, y in batches]
        return torch.stack(outputs).mean()

    # backwards twice: torch's forward mode warns of a deprecated import of its own
    found: Tensor = torch.func.jacrev(torch.func.jacrev(mean))(start)
    return np.asarray(found)


def plain(model: nn.Module) -> SGD:
    return SGD(model.parameters(), 0.1)


@pytest.mark.parametrize("kept", [0, 2**30])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_is_the_top_of_the_exact_spectrum(seed: int, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hessian, "KEPT_BYTES", kept)
    model, batches = net(seed), data(3)
    top = np.linalg.eigvalsh(exact(model, batches))[-1]
    found = sharpness(model, entropy, batches, plain(model))
    assert found.eigenvalue == pytest.approx(top, rel=0.02)
    assert found.limit == pytest.approx(2 / found.eigenvalue)
    assert found.residual <= 0.05
    assert found.products <= 12


def test_adam_measures_the_preconditioned_hessian() -> None:
    model, batches = net(), data(2)
    optimizer = Adam(model.parameters(), 1e-3, eps=1e-4)
    for _ in range(5):
        for batch in batches:
            optimizer.zero_grad()
            entropy(model, batch).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    squares = torch.cat([optimizer.state[p]["exp_avg_sq"].reshape(-1) for p in model.parameters()])
    d = np.sqrt(np.asarray(squares) / (1 - 0.999**10)) + 1e-4
    top = np.linalg.eigvalsh(exact(model, batches) / np.sqrt(np.outer(d, d)))[-1]
    found = sharpness(model, entropy, batches, optimizer, products=20)
    assert found.eigenvalue == pytest.approx(top, rel=0.01)
    assert found.limit == pytest.approx(38 / found.eigenvalue)
    assert found.preconditioned


@settings(max_examples=8, deadline=None)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 50))
def test_the_eigenvalue_scales_with_the_loss(scale: float, seed: int) -> None:
    model, batches = net(seed), data(1)
    one = sharpness(model, entropy, batches, plain(model))
    scaled = sharpness(model, lambda m, b: scale * entropy(m, b), batches, plain(model))
    assert scaled.eigenvalue == pytest.approx(scale * one.eigenvalue, rel=1e-5)
    assert scaled.products == one.products
    assert scaled.residual == pytest.approx(one.residual, rel=1e-3, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(top=st.floats(0.1, 100), bottom=st.floats(-100, 0), seed=st.integers(0, 99))
def test_a_known_spectrum_is_found_again(top: float, bottom: float, seed: int) -> None:
    """The largest, though another may be larger in size below zero."""
    made = torch.Generator().manual_seed(seed)
    turn, _ = torch.linalg.qr(torch.randn(30, 30, generator=made, dtype=torch.float64))
    spectrum = torch.cat([torch.tensor([bottom, top]), torch.linspace(0, 0.7 * top, 28)]).double()
    matrix = turn @ torch.diag(spectrum) @ turn.T
    start = torch.randn(30, generator=made, dtype=torch.float64)
    value, residual, took = lanczos(lambda v: matrix @ v, start, 30)
    assert value == pytest.approx(top, rel=max(residual, 1e-9))
    assert value <= top * (1 + 1e-9)
    assert took <= 30


def test_a_few_directions_end_the_search() -> None:
    matrix = torch.diag(torch.tensor([5.0, 0.0, 0.0, 0.0, 0.0]))
    value, residual, took = lanczos(lambda v: matrix @ v, torch.ones(5), 5)
    assert value == pytest.approx(5)
    assert residual == pytest.approx(0, abs=1e-5)
    assert took == 2


def test_everything_is_left_as_it_was() -> None:
    model, batches = nn.Sequential(net(), nn.Dropout(0.5)), data(2)
    optimizer = SGD(model.parameters(), 0.1, momentum=0.9)
    entropy(model, batches[0]).backward()  # type: ignore[no-untyped-call]
    before = [(p.detach().clone(), None if p.grad is None else p.grad.clone()) for p in model.parameters()]
    random = torch.get_rng_state()
    found = sharpness(model, entropy, batches, optimizer, seed=3)
    for p, (weight, gradient) in zip(model.parameters(), before, strict=True):
        assert torch.equal(p, weight)
        assert p.grad is not None
        assert gradient is not None
        assert torch.equal(p.grad, gradient)
    assert torch.equal(torch.get_rng_state(), random)
    assert not optimizer.state
    assert torch.backends.cudnn.enabled
    assert sharpness(model, entropy, batches, optimizer, seed=3) == found


def test_kept_and_rebuilt_graphs_agree_where_dropout_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    model, batches = nn.Sequential(net(), nn.Dropout(0.5)), data(2)
    kept = sharpness(model, entropy, batches, plain(model))
    monkeypatch.setattr(hessian, "KEPT_BYTES", 0)
    assert sharpness(model, entropy, batches, plain(model)).eigenvalue == pytest.approx(kept.eigenvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (lambda m, b: m(b[0]).mean(), "upwards"),
        (lambda m, b: -m[0](b[0]).square().mean(), "upwards"),
        (lambda m, b: entropy(m, b) * float("nan"), "not finite"),
        (lambda m, b: entropy(m, b).detach(), "differentiated twice"),
    ],
)
def test_what_cannot_be_measured_has_its_reason(loss: Callable[[nn.Module, Pair], Tensor], reason: str) -> None:
    model = nn.Sequential(nn.Linear(4, 3)).double()
    with pytest.raises(NotMeasured, match=reason):
        sharpness(model, loss, data(1), plain(model))


def test_no_batches_have_their_reason() -> None:
    with pytest.raises(NotMeasured, match="no batches"):
        sharpness(net(), entropy, [], plain(net()))


def test_half_precision_weights_are_measured_in_single() -> None:
    model, half = net(), net().bfloat16()
    batches = [(x.bfloat16(), y) for x, y in data(1)]
    found = sharpness(half, lambda m, b: functional.cross_entropy(m(b[0]).float(), b[1]), batches, plain(half))
    assert found.eigenvalue == pytest.approx(sharpness(model, entropy, data(1), plain(model)).eigenvalue, rel=0.05)
