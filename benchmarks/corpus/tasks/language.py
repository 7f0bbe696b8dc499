"""Language models of a vocabulary of thousands: made text with a long tail, validated on so much that noise is small.

A token depends on the two before it: with 85 % it is one of a few successors of a class of theirs, with falling
chances, else any token by Zipf's law.  Untrained loss is the log of the vocabulary, and an entropy stays below.
"""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Generator, Tensor, nn

from benchmarks.corpus.tasks.task import Batch, Task, cross_entropy

CONTEXT = 3
HELD = 1500  # validation tokens


@lru_cache(maxsize=4)
def made_text(vocabulary: int, length: int) -> Tensor:
    """Tokens, shape (length,), the same ones every time."""
    g = Generator().manual_seed(vocabulary)
    zipf = 1 / torch.arange(1, vocabulary + 1, dtype=torch.float64)
    anyone = torch.multinomial(zipf, length, replacement=True, generator=g)
    classes = 64
    successor = torch.multinomial(zipf**0.5, classes * 3, replacement=True, generator=g).view(classes, 3)
    chance = 1 / torch.arange(1, 4, dtype=torch.float64)
    rank = torch.multinomial(chance, length, replacement=True, generator=g)
    follows = torch.rand(length, generator=g) < 0.85
    of, kept = torch.randint(classes, (vocabulary,), generator=g), [0, 0]
    for any_, k, bound in zip(anyone.tolist(), rank.tolist(), follows.tolist(), strict=True):
        state = (int(of[kept[-1]]) * 31 + int(of[kept[-2]]) % 4) % classes
        kept.append(int(successor[state, k]) if bound else any_)
    return torch.tensor(kept[2:])


class Window(nn.Module):
    """The last tokens' embeddings side by side, residual blocks, and logits over the vocabulary."""

    def __init__(self, vocabulary: int, width: int, blocks: int) -> None:
        super().__init__()
        self.embed = nn.Parameter(torch.randn(vocabulary, width) * width**-0.5)
        self.mix = nn.Linear(CONTEXT * width, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, vocabulary)
        nn.init.normal_(self.out.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        h = self.mix(self.embed[x].flatten(1))
        for block in self.blocks:
            h = h + block(h)
        return torch.as_tensor(self.out(self.norm(h)))


def language_model(vocabulary: int, width: int, blocks: int, length: int = 120_000) -> Task:
    """Predict the next token from the three before it."""
    text = made_text(vocabulary, length + HELD)
    windows = text.unfold(0, CONTEXT + 1, 1)
    train, held = windows[:length], windows[length:]

    def batch(index: Tensor, g: Generator) -> Batch:  # noqa: ARG001
        w = train[index]
        return w[:, :-1], w[:, -1]

    return Task(lambda: Window(vocabulary, width, blocks), cross_entropy, length, batch, (held[:, :-1], held[:, -1]))


TASKS: dict[str, Callable[[], Task]] = {
    "lm-decay/zipf-2k": lambda: language_model(1920, 16, 1),
    "lm-decay/zipf-2k-deep": lambda: language_model(1920, 16, 3),
}
