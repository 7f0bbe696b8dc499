"""Text and sequences: character models by transformer and by recurrent net, word vectors, adding, forecasting."""

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  everybody's name for it
from torch import Generator, Tensor, nn

from benchmarks.corpus.data import VOCABULARY, Split, digits, text, words
from benchmarks.corpus.layers import Scaled
from benchmarks.corpus.models import Factors, Sequence2, TextTransformer
from benchmarks.corpus.tasks.task import Batch, Task, cross_entropy, cross_entropy_sum, squared, supervised


def characters(
    kind: str,
    time: int,
    model: Callable[[], nn.Module],
    loss: Callable[[Tensor, Batch], Tensor] = cross_entropy,
    chunks: int = 0,
) -> Task:
    """Predict the next character; `chunks` limits the training text to that many windows (many epochs)."""
    train, held = text(kind)
    windows = train[: len(train) // (time + 1) * (time + 1)].view(-1, time + 1)
    windows = windows[:chunks] if chunks else windows
    val = held[: len(held) // (time + 1) * (time + 1)].view(-1, time + 1)
    val = val[torch.randperm(len(val), generator=torch.Generator().manual_seed(2))[:96]]

    def batch(index: Tensor, g: Generator) -> Batch:  # noqa: ARG001
        w = windows[index]
        return w[:, :-1], w[:, 1:]

    return Task(model, loss, len(windows), batch, (val[:, :-1], val[:, 1:]))


def skipgram(width: int, limit: int, reduction: str) -> Task:
    """Pairs of neighbouring words against as many random pairs: negative sampling."""
    train, held = words(limit)

    def pairs(ids: Tensor) -> Tensor:
        return torch.stack([ids[1:], ids[:-1]], 1)

    def targets(positive: Tensor, g: Generator) -> Batch:
        negative = torch.stack([positive[:, 0], positive[torch.randperm(len(positive), generator=g), 1]], 1)
        y = torch.cat([torch.ones(len(positive)), torch.zeros(len(positive))])
        return torch.cat([positive, negative]), y

    def loss(out: Tensor, batch: Batch) -> Tensor:
        return F.binary_cross_entropy_with_logits(out, batch[1], reduction=reduction)

    known, unknown = pairs(train), pairs(held)
    g = torch.Generator().manual_seed(3)
    val = targets(unknown[torch.randperm(len(unknown), generator=g)[:1500]], g)
    return Task(
        lambda: Factors(limit, limit, width, 0.8 / width**0.5),
        loss,
        len(known),
        lambda index, g: targets(known[index], g),
        val,
    )


def adding(time: int, n: int) -> Split:
    """Add the two marked numbers of a sequence."""
    g = torch.Generator().manual_seed(6)
    value = torch.rand(n + 600, time, generator=g)
    mark = torch.zeros(n + 600, time)
    for half in (0, time // 2):
        at = half + torch.randint(time // 2, (n + 600, 1), generator=g)
        mark.scatter_(1, at, 1.0)
    y = (value * mark).sum(1) - 1
    x = torch.stack([value - 0.5, mark], 2)
    return Split(x[:n], y[:n], x[n:], y[n:])


def waves(time: int, n: int) -> Split:
    """The next value of a noisy sum of two sines."""
    g = torch.Generator().manual_seed(7)
    t = torch.arange(time + 1)
    a, b = (0.2 + s * torch.rand(n + 600, 1, generator=g) for s in (0.4, 1.0))
    phase = 6.28 * torch.rand(2, n + 600, 1, generator=g)
    x = (
        torch.sin(a * t + phase[0])
        + 0.6 * torch.sin(b * t + phase[1])
        + 0.1 * torch.randn(n + 600, time + 1, generator=g)
    )
    return Split(x[:n, :-1, None], x[:n, 1:], x[n:, :-1, None], x[n:, 1:])


def digit_rows() -> Split:
    """Digits read row by row."""
    d = digits()
    return Split(d.x.squeeze(1), d.y, d.val_x.squeeze(1), d.val_y)


def reversed_copy(time: int, n: int) -> Split:
    """Tokens 1 to 9, then blanks at which they are to be said again from the last to the first."""
    g = torch.Generator().manual_seed(9)
    tokens = torch.randint(1, 10, (n + 300, time), generator=g)
    blank = torch.zeros_like(tokens)
    x, y = torch.cat([tokens, blank], 1), torch.cat([blank, tokens.flip(1)], 1)
    return Split(x[:n], y[:n], x[n:], y[n:])


V = VOCABULARY

TASKS: dict[str, Callable[[], Task]] = {
    "char-lm/code": lambda: characters("code", 24, lambda: TextTransformer(V, 24, 2, 24)),
    "char-lm/code-post": lambda: characters(
        "code", 24, lambda: Scaled(TextTransformer(V, 24, 2, 24, pre_norm=False), after=6.0)
    ),
    "char-lm/licences": lambda: characters("licences", 32, lambda: TextTransformer(V, 32, 1, 32)),
    "char-lm/licences-few": lambda: characters("licences", 16, lambda: TextTransformer(V, 24, 1, 16), chunks=300),
    "char-lm/code-sum": lambda: characters(
        "code", 16, lambda: TextTransformer(V, 24, 1, 16, dropout=0.1), per_sequence
    ),
    "char-lm/reverse": lambda: supervised(
        reversed_copy(6, 4000), lambda: TextTransformer(10, 24, 2, 12, causal=False), accuracy=True
    ),
    "char-lm/code-wide": lambda: characters("code", 24, lambda: TextTransformer(V, 40, 2, 24)),
    "recurrent/licences-gru-wide": lambda: characters("licences", 20, lambda: Sequence2("gru", 24, 64, V, V)),
    "recurrent/code-gru": lambda: characters("code", 20, lambda: Sequence2("gru", 16, 32, V, V)),
    "recurrent/licences-lstm": lambda: characters(
        "licences", 20, lambda: Scaled(Sequence2("lstm", 16, 32, V, V), after=10.0)
    ),
    "recurrent/licences-rnn-sum": lambda: characters(
        "licences", 16, lambda: Sequence2("rnn", 16, 32, V, V), per_sequence
    ),
    "recurrent/adding-gru": lambda: supervised(
        adding(16, 2000), lambda: Sequence2("gru", 2, 24, 1, last=True), squared, False
    ),
    "recurrent/adding-lstm": lambda: supervised(
        adding(10, 2000), lambda: Sequence2("lstm", 2, 20, 1, last=True), squared, False
    ),
    "recurrent/waves-gru": lambda: supervised(waves(20, 1000), lambda: Sequence2("gru", 1, 20, 1), squared, False),
    "recurrent/digit-rows-rnn": lambda: supervised(digit_rows(), lambda: Sequence2("rnn", 8, 40, 10, last=True)),
    "recurrent/digit-rows-lstm": lambda: supervised(
        digit_rows(), lambda: Scaled(Sequence2("lstm", 8, 24, 10, last=True), before=4.0)
    ),
    "word-vectors/narrow": lambda: skipgram(12, 400, "mean"),
    "word-vectors/wide": lambda: skipgram(32, 250, "mean"),
    "word-vectors/sum": lambda: skipgram(16, 300, "sum"),
}


def per_sequence(out: Tensor, batch: Batch) -> Tensor:
    """Nats a sequence: summed over characters, averaged over sequences."""
    return cross_entropy_sum(out, batch) / len(out)
