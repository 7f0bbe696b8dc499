"""Data sets made here or bundled with scikit-learn: train sets of a few epochs, noisy, with a fixed validation set."""

import math
from dataclasses import dataclass
from functools import cache

import torch
from sklearn.datasets import load_digits
from torch import Generator, Tensor, nn

TRAIN, HELD = 16_000, 2_000


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs and targets to train on, and those held out for validation."""

    x: Tensor
    y: Tensor
    x_held: Tensor
    y_held: Tensor


def _split(x: Tensor, y: Tensor) -> Split:
    return Split(x[:TRAIN], y[:TRAIN], x[TRAIN : TRAIN + HELD], y[TRAIN : TRAIN + HELD])


@cache
def clusters() -> Split:
    """Eight classes by a random two-layer teacher on 20 correlated features; one label in ten is random."""
    g = Generator().manual_seed(1)
    n = TRAIN + HELD
    x = torch.randn(n, 20, generator=g) @ (torch.randn(20, 20, generator=g) / 20**0.5)
    hidden = torch.tanh(1.5 * x @ torch.randn(20, 32, generator=g) / 20**0.5)
    y = (hidden @ torch.randn(32, 8, generator=g)).argmax(1)
    noisy = torch.rand(n, generator=g) < 0.1
    return _split(x, torch.where(noisy, torch.randint(0, 8, (n,), generator=g), y))


@cache
def friedman() -> Split:
    """Friedman's first function of 10 features, centred: targets with a standard deviation of 5, noise of 1."""
    g = Generator().manual_seed(2)
    x = torch.rand(TRAIN + HELD, 10, generator=g)
    y = 10 * torch.sin(math.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5).square() + 10 * x[:, 3] + 5 * x[:, 4]
    return _split(x, (y - y.mean() + torch.randn(len(y), generator=g))[:, None])


@cache
def digits() -> Split:
    """Scikit-learn's scanned digits, shifted within 10 by 10 pixels, noisy; the held-out ones are other scans."""
    g = Generator().manual_seed(3)
    images, labels = load_digits(return_X_y=True)
    scans = torch.tensor(images, dtype=torch.float32).reshape(-1, 8, 8) / 16
    target = torch.tensor(labels)
    order = torch.randperm(len(scans), generator=g)
    pick = torch.cat([
        order[torch.randint(0, 1400, (TRAIN,), generator=g)],
        order[torch.randint(1400, len(order), (HELD,), generator=g)],
    ])  # fmt: skip
    canvas = torch.zeros(len(pick), 10, 10)
    for down in range(3):
        for right in range(3):
            here = torch.arange(len(pick)) % 9 == 3 * down + right
            canvas[here, down : down + 8, right : right + 8] = scans[pick[here]]
    x = canvas + 0.2 * torch.randn(canvas.shape, generator=g)
    return _split((x[:, None] - 0.25) / 0.5, target[pick])


@cache
def textures() -> Split:
    """Three-channel gratings of ten orientations and two frequencies, with random phase, colour and much noise."""
    g = Generator().manual_seed(4)
    n, size = TRAIN + HELD, 10
    y = torch.randint(0, 10, (n,), generator=g)
    angle = math.pi * (y % 5 + 0.35 * torch.randn(n, generator=g)) / 5
    frequency = torch.where(y < 5, 1.0, 1.8)
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    along = torch.cos(angle)[:, None, None] * rows + torch.sin(angle)[:, None, None] * columns
    phase = 2 * math.pi * torch.rand(n, 1, 1, generator=g)
    wave = torch.sin(frequency[:, None, None] * along + phase)
    colour = torch.randn(n, 3, 1, 1, generator=g)
    return _split(colour * wave[:, None] + 0.8 * torch.randn(n, 3, size, size, generator=g), y)


@cache
def markov() -> Split:
    """Sequences of 10 tokens out of 12, each drawn by the two before it; the target is the next token."""
    g = Generator().manual_seed(5)
    chances = torch.softmax(1.7 * torch.randn(12, 12, 12, generator=g), -1)
    n, length = TRAIN + HELD, 11
    tokens = [torch.randint(0, 12, (n,), generator=g) for _ in range(2)]
    for _ in range(length - 2):
        tokens.append(torch.multinomial(chances[tokens[-2], tokens[-1]], 1, generator=g)[:, 0])
    sequence = torch.stack(tokens, 1)
    return _split(sequence[:, :-1], sequence[:, 1:])


@cache
def series() -> Split:
    """Ten values of a noisy sum of two damped waves; the target is the value two steps on."""
    g = Generator().manual_seed(6)
    n, length = TRAIN + HELD, 12
    time = torch.arange(length)
    wave = torch.zeros(n, length)
    for _ in range(2):
        frequency = 0.2 + 1.1 * torch.rand(n, 1, generator=g)
        phase = 2 * math.pi * torch.rand(n, 1, generator=g)
        wave += torch.randn(n, 1, generator=g) * torch.sin(frequency * time + phase)
    wave = wave * torch.exp(-0.02 * time)
    seen = wave + 0.15 * torch.randn(wave.shape, generator=g)
    return _split(seen[:, :10, None], wave[:, 11:])


def cross_entropy(output: Tensor, target: Tensor) -> Tensor:
    """Mean over everything that is predicted, sequences included."""
    return nn.functional.cross_entropy(output.flatten(0, -2), target.flatten())


def squared(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error."""
    return nn.functional.mse_loss(output, target)
