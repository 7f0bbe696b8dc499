"""Models of a thousand to sixty thousand parameters."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from benchmarks.corpus.layers import ACTIVATIONS, BatchNorm, Lookup, Recurrent, Residual, block


def mlp(sizes: Sequence[int], activation: str = "relu", norm: bool = False, dropout: float = 0.0) -> nn.Module:
    """A multi-layer perceptron on flattened input."""
    layers: list[nn.Module] = [nn.Flatten()]
    for a, b in pairwise(sizes[:-1]):
        layers += [nn.Linear(a, b), *([BatchNorm(b)] if norm else []), ACTIVATIONS[activation]()]
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def residual_mlp(inputs: int, width: int, depth: int, outputs: int, norm: bool = False) -> nn.Module:
    """Residual blocks of two linear layers each."""

    def branch() -> nn.Module:
        first = [nn.LayerNorm(width)] if norm else []
        return nn.Sequential(*first, nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    blocks = [Residual(branch()) for _ in range(depth)]
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, width), *blocks, nn.Linear(width, outputs))


def cnn(
    shape: tuple[int, int], channels: Sequence[int], classes: int, norm: bool = False, drop: float = 0.0
) -> nn.Module:
    """Convolutions, each halving the side, then one linear layer; `shape` is (channels, side)."""
    layers: list[nn.Module] = []
    before, side = shape
    for k, after in enumerate(channels):
        stride = 1 if k == 0 and side <= 8 else 2
        layers += [nn.Conv2d(before, after, 3, stride, 1), *([BatchNorm(after)] if norm else []), nn.ReLU()]
        before, side = after, (side - 1) // stride + 1
    head = [nn.Dropout(drop)] if drop else []
    return nn.Sequential(*layers, nn.Flatten(), *head, nn.Linear(before * side * side, classes))


class GlobalMean(nn.Module):
    """Averages all but batch and channels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mean(2)


def resnet(inputs: int, width: int, depth: int, classes: int, norm: bool) -> nn.Module:
    """A stem of stride 2, residual blocks, global mean, linear head."""

    def conv(a: int, b: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(a, b, 3, stride, 1), *([BatchNorm(b)] if norm else [])]

    blocks = [Residual(nn.Sequential(*conv(width, width), nn.ReLU(), *conv(width, width))) for _ in range(depth)]
    return nn.Sequential(
        *conv(inputs, width, 2), nn.ReLU(), *blocks, nn.ReLU(), GlobalMean(), nn.Linear(width, classes)
    )


class TextTransformer(nn.Module):
    """Token ids (batch, time) -> logits (batch, time, tokens)."""

    def __init__(
        self,
        tokens: int,
        width: int,
        depth: int,
        time: int,
        pre_norm: bool = True,
        causal: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embed, self.place = Lookup(tokens, width, 0.1), nn.Parameter(0.02 * torch.randn(time, width))
        self.blocks = nn.Sequential(*(block(width, 2, causal, pre_norm, dropout) for _ in range(depth)))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, tokens))

    def forward(self, ids: Tensor) -> Tensor:
        return torch.as_tensor(self.head(self.blocks(self.embed(ids) + self.place)))


class PatchTransformer(nn.Module):
    """Images (batch, c, side, side) cut in patches -> class logits from the mean token."""

    def __init__(
        self, shape: tuple[int, int], patch: int, width: int, depth: int, classes: int, pre_norm: bool = True
    ) -> None:
        super().__init__()
        channels, side = shape
        self.patch = patch
        self.embed = nn.Linear(channels * patch * patch, width)
        self.place = nn.Parameter(0.02 * torch.randn((side // patch) ** 2, width))
        self.blocks = nn.Sequential(*(block(width, 2, False, pre_norm, 0.0) for _ in range(depth)))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, classes))

    def forward(self, x: Tensor) -> Tensor:
        b, c, side, _ = x.shape
        n, p = side // self.patch, self.patch
        tokens = x.view(b, c, n, p, n, p).permute(0, 2, 4, 1, 3, 5).reshape(b, n * n, c * p * p)
        return torch.as_tensor(self.head(self.blocks(self.embed(tokens) + self.place).mean(1)))


class Sequence2(nn.Module):
    """A recurrent layer and a linear head, at every time or only the last; ids are embedded if `tokens`."""

    def __init__(self, kind: str, features: int, width: int, outputs: int, tokens: int = 0, last: bool = False) -> None:
        super().__init__()
        self.embed = Lookup(tokens, features, 0.3) if tokens else nn.Identity()
        self.cell, self.head, self.last = Recurrent(kind, features, width), nn.Linear(width, outputs), last

    def forward(self, x: Tensor) -> Tensor:
        states = self.cell(self.embed(x))
        return torch.as_tensor(self.head(states[:, -1] if self.last else states))


class VAE(nn.Module):
    """Flattened image and a normal draw -> (reconstruction logits, mean, log-variance) in one row."""

    def __init__(self, pixels: int, width: int, code: int) -> None:
        super().__init__()
        self.encoder, self.decoder = mlp([pixels, width, 2 * code]), mlp([code, width, pixels])

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        mean, logvar = self.encoder(x).chunk(2, 1)
        return torch.cat([self.decoder(mean + noise * (0.5 * logvar).exp()), mean, logvar], 1)


class Factors(nn.Module):
    """Index pairs (batch, 2) -> inner products of the two factors, with biases or without."""

    def __init__(self, rows: int, columns: int, rank: int, spread: float, bias: bool = False) -> None:
        super().__init__()
        self.left, self.right = Lookup(rows, rank, spread), Lookup(columns, rank, spread)
        self.bias = nn.Parameter(torch.zeros(2)) if bias else None

    def forward(self, pairs: Tensor) -> Tensor:
        product: Tensor = (self.left(pairs[:, 0]) * self.right(pairs[:, 1])).sum(1)
        return product if self.bias is None else product + self.bias.sum()


class Point(nn.Module):
    """A bare parameter vector: the net of an analytic loss."""

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.point = nn.Parameter(start.clone())

    def forward(self, x: Tensor) -> Tensor:
        return self.point - x


class DeepLinear(nn.Module):
    """A product of square matrices, near the identity or small."""

    def __init__(self, width: int, depth: int, gain: float) -> None:
        super().__init__()
        self.factors = nn.ParameterList(gain * torch.randn(width, width) / width**0.5 for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        for f in self.factors:
            x = x @ f
        return x


class Positions(nn.Module):
    """Solves u'' = f by a net of x, differentiated by central differences: (batch, 1) -> (batch, 2) of u and u''."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.net = mlp([1, *[width] * depth, 1], "tanh")

    def forward(self, x: Tensor) -> Tensor:
        h = 0.02

        def u(z: Tensor) -> Tensor:
            return z * (1 - z) * torch.as_tensor(self.net(2 * z - 1))  # zero at both ends by construction

        middle = u(x)
        return torch.cat([middle, (u(x + h) - 2 * middle + u(x - h)) / h**2], 1)
