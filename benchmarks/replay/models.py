"""Small models, as training scripts write them; weights come from torch's global generator."""

import torch
from torch import Tensor, nn


def mlp(inputs: int, hidden: int, layers: int, outputs: int, dropout: float = 0.0) -> nn.Module:
    """Rectified layers of one width."""
    parts: list[nn.Module] = []
    for i in range(layers):
        parts += [nn.Linear(inputs if i == 0 else hidden, hidden), nn.ReLU()]
        parts += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*parts, nn.Linear(hidden, outputs))


def cnn(channels: int, width: int) -> nn.Module:
    """Two convolutions with batch normalisation, pooled over the image; ten classes."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, padding=1, bias=False),
        nn.BatchNorm2d(2 * width),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2 * width, 10),
    )


class Transformer(nn.Module):
    """Pre-norm encoder layers; causal over tokens, or pooled over the rows of an image."""

    def __init__(self, entry: nn.Module, length: int, width: int, layers: int, outputs: int, *, causal: bool) -> None:
        super().__init__()
        self.entry = entry
        self.place = nn.Parameter(0.02 * torch.randn(length, width))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 2, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)
        self.mask: Tensor | None
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length) if causal else None)

    def forward(self, x: Tensor) -> Tensor:
        h = self.entry(x) + self.place
        for layer in self.layers:
            h = layer(h, src_mask=self.mask, is_causal=self.mask is not None)
        h = self.norm(h)
        out: Tensor = self.head(h if self.mask is not None else h.mean(1))
        return out


class Recurrent(nn.Module):
    """A gated recurrent unit; an output at each step, or after the last."""

    def __init__(self, entry: nn.Module, inputs: int, hidden: int, outputs: int, *, last: bool) -> None:
        super().__init__()
        self.entry = entry
        self.gru = nn.GRU(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, outputs)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.gru(self.entry(x))
        out: Tensor = self.head(h[:, -1] if self.last else h)
        return out


def language_transformer() -> nn.Module:
    """Next token of `data.markov`."""
    return Transformer(nn.Embedding(12, 32), 10, 32, 1, 12, causal=True)


def image_transformer() -> nn.Module:
    """Classes of `data.digits`, row by row."""
    return Transformer(nn.Sequential(nn.Flatten(0, 1), nn.Linear(10, 32)), 10, 32, 2, 10, causal=False)


def language_gru() -> nn.Module:
    """Next token of `data.markov`."""
    return Recurrent(nn.Embedding(12, 16), 16, 32, 12, last=False)


def series_gru() -> nn.Module:
    """Forecast of `data.series`."""
    return Recurrent(nn.Identity(), 1, 32, 1, last=True)
