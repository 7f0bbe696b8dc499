"""The noise scale of regressions for which it is known."""

from collections import UserDict
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from lrdoctor.replay.probes.noise_scale import batch_size_of, noise_scale

DIM, NOISE = 5, 0.5
Pair = tuple[Tensor, Tensor]


def regression(distance: float) -> nn.Linear:
    """Weights at `distance` from the truth, which is 0."""
    model = nn.Linear(DIM, 1, bias=False)
    with torch.no_grad():
        model.weight.zero_()[0, 0] = distance
    return model


def examples(size: int, count: int, seed: int = 0) -> list[Pair]:
    made = torch.Generator().manual_seed(seed)
    return [
        (torch.randn(size, DIM, generator=made), NOISE * torch.randn(size, 1, generator=made)) for _ in range(count)
    ]


def squared(model: nn.Module, batch: Pair) -> Tensor:
    value: Tensor = 0.5 * (model(batch[0]) - batch[1]).square().mean()
    return value


def known(distance: float) -> float:
    """g = x (x.d - e), x ~ N(0, I): E g = d, and E |g|^2 = (DIM + 2) |d|^2 + DIM NOISE^2."""
    return ((DIM + 2) * distance**2 + DIM * NOISE**2 - distance**2) / distance**2


@pytest.mark.parametrize("distance", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("size", [8, 64])
def test_it_is_the_one_known_from_theory(distance: float, size: int) -> None:
    found = noise_scale(regression(distance), squared, examples(size, 12000 // size), size)
    assert found == pytest.approx(known(distance), rel=0.15)


def test_it_does_not_depend_on_the_scale_of_the_loss() -> None:
    batches = examples(8, 20)
    one = noise_scale(regression(1.0), squared, batches, 8)
    scaled = noise_scale(regression(1.0), lambda m, b: 10 * squared(m, b), batches, 8)
    assert one == pytest.approx(scaled, rel=1e-4)


def test_equal_batches_have_no_noise() -> None:
    assert noise_scale(regression(1.0), squared, examples(8, 1) * 5, 8) == pytest.approx(0, abs=1e-4)


def test_too_few_batches_give_no_answer() -> None:
    assert noise_scale(regression(1.0), squared, examples(8, 3), 8) is None
    assert noise_scale(regression(1.0), squared, examples(8, 4), 8) is not None


def test_a_gradient_that_drowns_gives_no_answer() -> None:
    found = [noise_scale(regression(0.0), squared, examples(8, 10, seed), 8) for seed in range(20)]
    assert None in found


def test_a_gradient_that_is_not_finite_gives_no_answer() -> None:
    assert noise_scale(regression(1.0), lambda m, b: squared(m, b) * float("inf"), examples(8, 5), 8) is None


def test_everything_is_left_as_it_was() -> None:
    model = regression(1.0)
    model.weight.grad = torch.ones_like(model.weight)
    random = torch.get_rng_state()
    noise_scale(model, lambda m, b: squared(m, b) * torch.rand(()), iter(examples(8, 5)), 8)
    assert torch.equal(model.weight.grad, torch.ones_like(model.weight))
    assert torch.equal(torch.get_rng_state(), random)


def test_sparse_gradients_and_unused_weights_are_taken() -> None:
    table = nn.Embedding(4, 2, sparse=True)
    model = nn.ModuleList([table, nn.Linear(1, 1)])
    found = noise_scale(model, lambda _, b: table(b).sum(1).mean(), [torch.arange(4)] * 4, 4)
    assert found == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("batch", "size"),
    [
        (torch.zeros(7, 2), 7),
        ((torch.zeros(3, 2), torch.zeros(9)), 3),
        ([{"id": "a", "x": torch.zeros(5)}], 5),
        (UserDict(x=torch.zeros(6, 1)), 6),
        (SimpleNamespace(data={"x": torch.zeros(2)}), 2),
        (("text", [torch.tensor(1.0), torch.zeros(4)]), 4),
        (torch.tensor(1.0), None),
        (["a", "b"], None),
        ("text", None),
        (None, None),
    ],
)
def test_batch_sizes(batch: object, size: int | None) -> None:
    assert batch_size_of(batch) == size
