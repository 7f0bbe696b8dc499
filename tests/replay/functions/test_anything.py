"""What has no recipe: a GAN, LBFGS and JAX as functions; each is much better where its answer says."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lrdoctor import replay_function


def gan(lr: float, steps: int, seed: int) -> Iterator[tuple[float, float]]:
    """Two networks, each with an optimizer; the validation loss is the energy distance to held-out examples."""
    import torch
    from torch import Tensor, nn

    torch.manual_seed(seed)
    generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    optimizers = [torch.optim.Adam(net.parameters(), lr=lr, betas=(0.5, 0.9)) for net in (generator, critic)]
    entropy = nn.functional.binary_cross_entropy_with_logits

    def real(n: int) -> Tensor:
        return torch.randn(n, 2) * torch.tensor([0.5, 0.2]) + torch.tensor([2.0, -1.0])

    held_out, noise, ones, zeros = real(128), torch.randn(128, 4), torch.ones(32, 1), torch.zeros(32, 1)

    @torch.no_grad()
    def distance() -> float:
        made = generator(noise)
        across, within, among = (torch.cdist(a, b).mean() for a, b in ((made, held_out), (made, made), (held_out,) * 2))
        return float(2 * across - within - among)

    for t in range(steps):
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = lr * (1 - t / steps)
        val, made = distance(), generator(torch.randn(32, 4))
        optimizers[1].zero_grad()
        (entropy(critic(real(32)), ones) + entropy(critic(made.detach()), zeros)).backward()  # type: ignore[no-untyped-call]
        optimizers[1].step()
        optimizers[0].zero_grad()
        loss = entropy(critic(made), ones)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizers[0].step()
        yield float(loss.detach()), val


def lbfgs(lr: float, steps: int, seed: int) -> Iterator[Any]:
    """A closure that is called several times a step."""
    import torch
    from torch import Tensor, nn

    torch.manual_seed(seed)
    x = torch.randn(100, 5)
    y = torch.sin(x @ torch.randn(5, 1))
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), lr=lr, max_iter=3)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    for _ in range(steps):
        yield optimizer.step(closure)  # type: ignore[no-untyped-call]


def jax_regression(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Plain JAX, jitted."""
    import jax
    import jax.numpy as jnp

    key = jax.random.PRNGKey(seed)
    x = jax.random.normal(key, (64, 5))
    y = x @ jnp.arange(1.0, 6.0)
    update = jax.jit(jax.value_and_grad(lambda w: jnp.mean((x @ w - y) ** 2)))
    w = jnp.zeros(5)
    for t in range(steps):
        loss, gradient = update(w)
        yield float(loss)
        w = w - lr * (1 - t / steps) * gradient


def last(curve: list[float]) -> float:
    return float(np.mean(curve[-5:]))


def test_a_gan() -> None:
    pytest.importorskip("torch")
    own = last([val for _, val in gan(1e-5, 400, 7)])  # what it imports, the arms need not import each for itself
    found = replay_function(gan, lr=1e-5, steps=400, optimizer="Adam", max_steps=600)
    assert found.suggested_lr is not None
    assert last([val for _, val in gan(found.suggested_lr, 400, 7)]) < own / 10


def test_lbfgs() -> None:
    pytest.importorskip("torch")
    found = replay_function(lbfgs, lr=1e-3, steps=60, max_steps=400)
    assert found.suggested_lr is not None
    own, suggested = (last([float(loss.detach()) for loss in lbfgs(lr, 60, 8)]) for lr in (1e-3, found.suggested_lr))
    assert suggested < own / 10


def test_jax() -> None:
    pytest.importorskip("jax")
    found = replay_function(jax_regression, lr=1e-4, steps=200, max_steps=240)
    assert found.suggested_lr is not None
    own, suggested = (last(list(jax_regression(lr, 200, 7))) for lr in (1e-4, found.suggested_lr))
    assert suggested < own / 10
