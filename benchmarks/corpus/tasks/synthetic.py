"""Analytic and algorithmic: quadratics, deep linear nets, factorisation, parity, modular sums, an equation."""
# ruff: noqa: ARG001, ARG005  a loss gets output and batch, a batch gets numbers and generator, used or not

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from benchmarks.corpus.data import Split
from benchmarks.corpus.layers import Lookup
from benchmarks.corpus.models import DeepLinear, Factors, Point, Positions, mlp
from benchmarks.corpus.tasks.task import Batch, Task, squared, squared_sum, supervised


def quadratic(curvature: Tensor, noise: float, start: float, rotate: bool = False, scale: float = 1.0) -> Task:
    """0.5 (p - x)' H (p - x), averaged over a batch of random x around 0."""
    g = torch.Generator().manual_seed(13)
    d = len(curvature)
    basis = torch.linalg.qr(torch.randn(d, d, generator=g))[0] if rotate else torch.eye(d)
    points = noise * torch.randn(1000, d, generator=g)
    held = noise * torch.randn(1000, d, generator=g)
    first = start * torch.randn(d, generator=g)

    def loss(out: Tensor, batch: Batch) -> Tensor:
        return scale * 0.5 * ((out @ basis).square() * curvature).sum(1).mean()

    return Task(lambda: Point(first), loss, 1000, lambda i, g: (points[i],), (held,))


def two_clusters(d: int) -> Tensor:
    """The spectrum of a deep net's Hessian, roughly: nine tenths below 1, the rest at 30 to 60."""
    g = torch.Generator().manual_seed(14)
    few = d // 10
    return torch.cat([torch.rand(d - few, generator=g), 30 + 30 * torch.rand(few, generator=g)])


def power_law(d: int, decay: float, top: float) -> Tensor:
    return top * torch.arange(1, d + 1).float() ** -decay


def deep_linear(width: int, depth: int, gain: float) -> Task:
    """Learn a random linear map by a product of matrices."""
    g = torch.Generator().manual_seed(15)
    x = torch.randn(2000, width, generator=g)
    y = x @ torch.linalg.qr(torch.randn(width, width, generator=g))[0] * torch.linspace(0.3, 2, width)
    y = y + 0.1 * torch.randn(y.shape, generator=g)
    return supervised(
        Split(x[:1000], y[:1000], x[1000:], y[1000:]), lambda: DeepLinear(width, depth, gain), squared_sum, False
    )


def rosenbrock(pairs: int) -> Task:
    """Many noisy banana valleys at once, from (-1, 1)."""
    start = torch.tensor([-1.0, 1.0]).repeat(pairs)
    g = torch.Generator().manual_seed(16)
    points, held = 0.05 * torch.randn(1000, 2 * pairs, generator=g), 0.05 * torch.randn(400, 2 * pairs, generator=g)

    def loss(out: Tensor, batch: Batch) -> Tensor:
        a, b = out[:, 0::2], out[:, 1::2]
        return ((1 - a).square() + 20 * (b - a.square()).square()).sum(1).mean()

    return Task(lambda: Point(start), loss, 1000, lambda i, g: (points[i],), (held,))


def factorisation(
    rows: int, columns: int, rank: int, fit: int, spread: float, noise: float, bias: bool = False
) -> Task:
    """Recover a noisy low-rank table from a third of its entries; a rating task where `bias` is set."""
    g = torch.Generator().manual_seed(17)
    full = torch.randn(rows, rank, generator=g) @ torch.randn(rank, columns, generator=g) / rank**0.5
    full = full + noise * torch.randn(full.shape, generator=g) + (3.5 if bias else 0.0)
    order = torch.randperm(rows * columns, generator=g)
    pairs = torch.stack([order // columns, order % columns], 1)
    y = full[pairs[:, 0], pairs[:, 1]]
    n, held = rows * columns * 2 // 5, rows * columns * 2 // 5 + 1000
    data = Split(pairs[:n], y[:n], pairs[n:held], y[n:held])
    return supervised(data, lambda: Factors(rows, columns, fit, spread, bias), squared, False)


def parity(bits: int, secret: int, n: int) -> Split:
    g = torch.Generator().manual_seed(18)
    x = torch.randint(0, 2, (n + 1500, bits), generator=g).float() * 2 - 1
    y = (x[:, :secret].prod(1) > 0).long()
    return Split(x[:n], y[:n], x[n:], y[n:])


def modular(base: int) -> Split:
    """(a + b) mod base; two fifths of the table are held out."""
    g = torch.Generator().manual_seed(19)
    order = torch.randperm(base * base, generator=g)
    pairs = torch.stack([order // base, order % base], 1)
    y = pairs.sum(1) % base
    n = base * base * 3 // 5
    return Split(pairs[:n], y[:n], pairs[n:], y[n:])


def modular_net(base: int, width: int) -> nn.Module:
    return nn.Sequential(
        Lookup(base, width, 0.5), nn.Flatten(), nn.Linear(2 * width, 64), nn.ReLU(), nn.Linear(64, base)
    )


def poisson(frequency: float, width: int, depth: int, scale: float) -> Task:
    """Solve u'' = f on [0, 1] with u = sin(pi x) + 0.2 sin(frequency pi x); the loss is the squared residual."""
    w1, w2 = torch.pi, frequency * torch.pi

    def source(x: Tensor) -> Tensor:
        return -(w1**2) * torch.sin(w1 * x) - 0.2 * w2**2 * torch.sin(w2 * x)

    def loss(out: Tensor, batch: Batch) -> Tensor:
        return scale * (out[:, 1:] - source(batch[0])).square().mean()

    def batch(index: Tensor, g: Generator) -> Batch:
        return (0.03 + 0.94 * torch.rand(len(index), 1, generator=g),)

    held = (torch.linspace(0.03, 0.97, 200)[:, None],)
    return Task(lambda: Positions(width, depth), loss, 1000, batch, held)


TASKS: dict[str, Callable[[], Task]] = {
    "quadratic/two-clusters": lambda: quadratic(two_clusters(100), 0.6, 1.5),
    "quadratic/two-clusters-rotated": lambda: quadratic(two_clusters(60), 0.3, 1.0, rotate=True),
    "quadratic/two-clusters-steep": lambda: quadratic(two_clusters(100), 0.6, 1.5, scale=4.0),
    "quadratic/power-law": lambda: quadratic(power_law(100, 1.0, 10.0), 0.2, 1.0),
    "quadratic/power-law-steep": lambda: quadratic(power_law(50, 1.5, 1.0), 0.5, 3.0, rotate=True, scale=100.0),
    "quadratic/rosenbrock": lambda: rosenbrock(5),
    "quadratic/deep-linear": lambda: deep_linear(12, 4, 0.8),
    "quadratic/deep-linear-small": lambda: deep_linear(10, 3, 0.4),
    "factorisation/small-init": lambda: factorisation(60, 50, 4, 6, 0.1, 0.1),
    "factorisation/large-init": lambda: factorisation(80, 60, 5, 8, 0.7, 0.3),
    "factorisation/ratings": lambda: factorisation(100, 60, 3, 6, 0.3, 0.5, bias=True),
    "algorithmic/parity": lambda: supervised(parity(12, 3, 1500), lambda: mlp([12, 64, 2])),
    "algorithmic/parity-deep": lambda: supervised(parity(10, 4, 900), lambda: mlp([10, 64, 32, 2], "gelu")),
    "algorithmic/modular": lambda: supervised(modular(23), lambda: modular_net(23, 16)),
    "physics/poisson": lambda: poisson(3, 24, 2, 1.0),
    "physics/poisson-scaled": lambda: poisson(5, 32, 3, 0.01),
}
