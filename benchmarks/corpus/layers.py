"""The few layers that PyTorch lacks or that do not work under vmap."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
}


class Scaled(nn.Module):
    """A net with its input and output multiplied: what raw pixels or a 1/width head do to the good LR."""

    def __init__(self, net: nn.Module, before: float = 1.0, after: float = 1.0, init: float = 1.0) -> None:
        super().__init__()
        self.net, self.before, self.after = net, before, after
        if init != 1.0:
            with torch.no_grad():
                for p in net.parameters():
                    p.mul_(init)

    def forward(self, x: Tensor) -> Tensor:
        return self.after * torch.as_tensor(self.net(x if self.before == 1 else self.before * x))


class BatchNorm(nn.Module):
    """Normalises by the batch at hand, in validation too (a large batch), so it has no buffers."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        over = [0, *range(2, x.dim())]
        shape = [1, -1] + [1] * (x.dim() - 2)
        centred = x - x.mean(over, keepdim=True)
        normal = centred / (centred.square().mean(over, keepdim=True) + 1e-5).sqrt()
        return normal * self.weight.view(shape) + self.bias.view(shape)


class Residual(nn.Module):
    """x + branch(x)."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.as_tensor(self.branch(x))


class Attention(nn.Module):
    """Multi-head self-attention on (batch, time, width)."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.heads, self.causal = heads, causal

    def forward(self, x: Tensor) -> Tensor:
        b, t, w = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        score = q @ k.transpose(-1, -2) * (w // self.heads) ** -0.5
        if self.causal:
            score = score + torch.full((t, t), -1e9).triu(1)
        mixed = (score.softmax(-1) @ v).transpose(1, 2).reshape(b, t, w)
        return torch.as_tensor(self.out(mixed))


def block(width: int, heads: int, causal: bool, pre_norm: bool, dropout: float) -> nn.Module:
    """One transformer layer, norm first (as GPT-2) or norm last (as BERT)."""
    attention = Attention(width, heads, causal)
    forward = nn.Sequential(
        nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width), *([nn.Dropout(dropout)] if dropout else [])
    )
    one, two = nn.LayerNorm(width), nn.LayerNorm(width)
    if pre_norm:
        return nn.Sequential(Residual(nn.Sequential(one, attention)), Residual(nn.Sequential(two, forward)))
    return nn.Sequential(Residual(attention), one, Residual(forward), two)


class Recurrent(nn.Module):
    """RNN, GRU or LSTM over (batch, time, features), written out because vmap cannot enter cuDNN-style kernels."""

    def __init__(self, kind: str, features: int, width: int) -> None:
        super().__init__()
        gates = {"rnn": 1, "gru": 3, "lstm": 4}[kind]
        self.kind, self.width = kind, width
        self.i, self.h = nn.Linear(features, gates * width), nn.Linear(width, gates * width)

    def forward(self, x: Tensor) -> Tensor:
        """All hidden states, (batch, time, width)."""
        h = c = torch.zeros(x.shape[0], self.width)
        inputs, states = self.i(x), []
        for t in range(x.shape[1]):
            a, b = inputs[:, t], self.h(h)
            if self.kind == "rnn":
                h = torch.tanh(a + b)
            elif self.kind == "gru":
                (ar, az, an), (br, bz, bn) = a.chunk(3, 1), b.chunk(3, 1)
                z = torch.sigmoid(az + bz)
                h = (1 - z) * torch.tanh(an + torch.sigmoid(ar + br) * bn) + z * h
            else:
                i, f, g, o = (a + b).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1)


class Lookup(nn.Module):
    """An embedding as a product with one-hot rows: cheaper than an index under vmap for small tables."""

    def __init__(self, count: int, width: int, spread: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(spread * torch.randn(count, width))

    def forward(self, ids: Tensor) -> Tensor:
        return torch.eye(self.weight.shape[0])[ids] @ self.weight
