"""Small real and synthetic problems, each with a model that trains in seconds on one core."""

import pydoc_data.topics
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor, nn
from torch.nn import functional

LossFunction = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Task:
    """Data split once and for all, a model to be initialised, and what is minimised.

    `accurate` says which of the outputs are right, or is None where accuracy has no meaning.
    """

    about: str
    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    model: Callable[[], nn.Module]
    loss: LossFunction
    accurate: Callable[[Tensor, Tensor], Tensor] | None = None


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Mean cross-entropy over every prediction, (..., classes) against (...)."""
    return functional.cross_entropy(logits.flatten(0, -2), target.flatten())


def right_class(logits: Tensor, target: Tensor) -> Tensor:
    """Which predictions name the target's class."""
    return logits.argmax(-1) == target


def _split(x: Tensor, y: Tensor, validation: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    x, y = x[order], y[order]
    return (x[validation:], y[validation:]), (x[:validation], y[:validation])


@cache
def _digits() -> tuple[Tensor, Tensor]:
    data = datasets.load_digits()
    return torch.tensor(data.data / 16.0, dtype=torch.float32), torch.tensor(data.target)


def _digits_mlp(hidden: int) -> nn.Module:
    return nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def _digits_cnn(*, norm: bool) -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8) if norm else nn.Identity(),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.BatchNorm2d(16) if norm else nn.Identity(),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


@cache
def digits_mlp() -> Task:
    """Handwritten 8x8 digits, a small multi-layer perceptron."""
    train, validation = _split(*_digits(), 400)
    about = "8x8 digits, MLP 64-64-64-10"
    return Task(about, train, validation, partial(_digits_mlp, 64), cross_entropy, right_class)


@cache
def digits_cnn() -> Task:
    """Handwritten digits with pixel noise, a small convolutional network without normalisation."""
    x, y = _digits()
    x = x + 0.25 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    train, validation = _split(x, y, 400)
    return Task("noisy digits, CNN", train, validation, partial(_digits_cnn, norm=False), cross_entropy, right_class)


@cache
def digits_cnn_norm() -> Task:
    """Handwritten digits with pixel noise, a small convolutional network with batch normalisation."""
    about = "noisy digits, CNN with BatchNorm"
    plain = digits_cnn()
    return Task(about, plain.train, plain.validation, partial(_digits_cnn, norm=True), cross_entropy, right_class)


@cache
def autoencoder() -> Task:
    """Digits through a bottleneck of eight, squared error."""
    x, _ = _digits()
    train, validation = _split(x, x, 400)

    def model() -> nn.Module:
        return nn.Sequential(
            nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 8), nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 64), nn.Sigmoid()
        )

    return Task("digits autoencoder 64-48-8-48-64", train, validation, model, functional.mse_loss)


@cache
def friedman() -> Task:
    """Friedman's first regression function with noise, standardised, a small MLP."""
    features, target = datasets.make_friedman1(3000, n_features=10, noise=1.0, random_state=0)
    x = torch.tensor(features, dtype=torch.float32) * 2 - 1
    y = torch.tensor((target - target.mean()) / target.std(), dtype=torch.float32)[:, None]
    train, validation = _split(x, y, 600)

    def model() -> nn.Module:
        return nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))

    return Task("Friedman-1 regression, tanh MLP 10-32-32-1", train, validation, model, functional.mse_loss)


def squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Half the squared distance to the one-hot target, mean over the samples."""
    return 0.5 * (output - functional.one_hot(target, output.shape[-1])).square().sum(-1).mean()


@cache
def digits_wide() -> Task:
    """Digits by squared error on a wide ReLU network: above 2 / sharpness it is thrown off, then lands flatter."""
    plain = digits_mlp()

    def model() -> nn.Module:
        layers = [nn.Linear(64, 512), nn.Linear(512, 512), nn.Linear(512, 10)]
        for layer, gain in zip(layers, (2.0, 2.0, 1.0), strict=True):
            nn.init.normal_(layer.weight, std=(gain / layer.in_features) ** 0.5)
            nn.init.zeros_(layer.bias)
        return nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])

    about = "8x8 digits by squared error on one-hot targets, ReLU MLP 64-512-512-10"
    return Task(about, plain.train, plain.validation, model, squared_error, right_class)


@cache
def friedman_with_gaps() -> Task:
    """Friedman's regression with four unreadable (NaN) training rows."""
    whole = friedman()
    x = whole.train[0].clone()
    x[[100, 700, 1300, 1900], 3] = torch.nan
    about = "Friedman-1 regression with 4 NaN rows, tanh MLP 10-32-32-1"
    return Task(about, (x, whole.train[1]), whole.validation, whole.model, whole.loss)


@cache
def spirals() -> Task:
    """Three interleaved spirals with noise, a tanh MLP."""
    noise = np.random.default_rng(5)
    arm = np.arange(2400) % 3
    turn = np.sqrt(noise.uniform(0.02, 1.0, 2400))
    angle = 7.0 * turn + arm * 2 * np.pi / 3
    points = turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1) + noise.normal(scale=0.03, size=(2400, 2))
    train, validation = _split(torch.tensor(points, dtype=torch.float32), torch.tensor(arm), 400)

    def model() -> nn.Module:
        return nn.Sequential(nn.Linear(2, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 3))

    return Task("three spirals, tanh MLP 2-48-48-3", train, validation, model, cross_entropy, right_class)


@cache
def _text(window: int, train: int, validation: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], int]:
    """Windows of Python's own manual (English prose and code) as character indices, and the alphabet's size."""
    manual = pydoc_data.topics.topics
    text = "".join(manual[name] for name in sorted(manual)).lower()
    alphabet = {c: i for i, c in enumerate(sorted(set(text)))}
    index = torch.tensor([alphabet[c] for c in text])
    start = torch.randperm((len(index) - 1) // window, generator=torch.Generator().manual_seed(0)) * window
    at = start[: train + validation, None] + torch.arange(window)
    x, y = index[at], index[at + 1]
    return (x[:train], y[:train]), (x[train:], y[train:]), len(alphabet)


class CharMLP(nn.Module):
    """Predicts a character from the eight before it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(size, 12)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(96, 96), nn.Tanh(), nn.Linear(96, size))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, size) from indices (n, 8)."""
        logits: Tensor = self.layers(self.embed(x))
        return logits


@cache
def char_mlp() -> Task:
    """Next character of Python's manual from the eight before it."""
    (x, y), (vx, vy), size = _text(8, 12000, 6000)
    return Task(
        "characters of Python's manual, MLP over 8",
        (x, y[:, -1]),
        (vx, vy[:, -1]),
        partial(CharMLP, size),
        cross_entropy,
        right_class,
    )


class CharTransformer(nn.Module):
    """A one-block, pre-norm, causal transformer over 16 characters."""

    def __init__(self, size: int, width: int = 24, heads: int = 3) -> None:
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(size, width)
        self.place = nn.Parameter(0.02 * torch.randn(16, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.head = nn.Linear(width, size)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, t, size) from indices (n, t)."""
        h = self.embed(x) + self.place
        q, k, v = self.qkv(self.norms[0](h)).unflatten(-1, (3 * self.heads, -1)).transpose(1, 2).chunk(3, dim=1)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        h = h + self.project(mixed)
        h = h + self.feed(self.norms[1](h))
        logits: Tensor = self.head(self.norms[2](h))
        return logits


@cache
def char_transformer() -> Task:
    """Next character of Python's manual, a small transformer over 16 characters."""
    train, validation, size = _text(16, 2560, 500)
    return Task(
        "characters of Python's manual, transformer of width 24",
        train,
        validation,
        partial(CharTransformer, size),
        cross_entropy,
        right_class,
    )
