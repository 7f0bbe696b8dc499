"""Trainings with known best LRs, and ones that fail in every way."""

import time
from collections.abc import Callable, Generator, Iterator

import numpy as np

NOISE = 0.1


def quadratic(lr: float, steps: int, seed: int, offset: float = 0.0, scale: float = 1.0) -> Iterator[float]:
    """SGD with a linear decay on a noisy quadratic of 20 curvatures from 1 to 1e-3: good from 0.1 to 1, breaks at 2."""
    rng = np.random.default_rng(seed)
    curvature, w = np.logspace(0, -3, 20), np.ones(20)
    for t in range(steps):
        gradient = curvature * w + NOISE * rng.standard_normal(20)
        loss = 0.5 * float((curvature * w * w).sum()) + NOISE * float(rng.standard_normal())
        yield offset + scale * loss
        w = w - lr * (1 - t / steps) * gradient


def flat(lr: float, steps: int, seed: int) -> Iterator[float]:
    """A loss that no LR moves."""
    rng = np.random.default_rng(seed + int(1e6 * lr))
    for _ in range(steps):
        yield 2.3 + 0.1 * float(rng.standard_normal())


def still(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Without any noise either."""
    for _ in range(steps):
        yield 2.3


def falling_alike(lr: float, steps: int, seed: int) -> Iterator[float]:
    """A loss that comes down in the same way at every LR, with noise that arms do not share."""
    rng = np.random.default_rng(seed + int(1e6 * lr))
    for t in range(steps):
        yield 2.3 * float(np.exp(-5 * t / steps)) + 0.1 * float(rng.standard_normal())


def smoothed(lr: float, steps: int, seed: int) -> Iterator[float]:
    """A running mean of such a loss, as many scripts print it: its noise remembers twenty steps."""
    mean = 2.4
    for loss in falling_alike(lr, steps, seed):
        mean = 0.9 * mean + 0.1 * loss
        yield mean


def nan(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Not finite at any LR."""
    for _ in range(steps):
        yield float("nan")


def fails(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Fails at once."""
    raise ValueError("no such\ndata")


def fails_high(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Raises where the loss blows up, as scripts do."""
    for loss in quadratic(lr, steps, seed):
        if loss > 20:
            raise FloatingPointError("the loss is not finite")
        yield loss


def silent(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Yields nothing."""
    return
    yield


def endless(lr: float, steps: int, seed: int) -> Iterator[float]:
    """A loop without an end."""
    while True:
        yield from quadratic(lr, steps, seed)


def waits(lr: float, steps: int, seed: int) -> Iterator[float]:
    """Hangs in its tenth step."""
    for t, loss in enumerate(quadratic(lr, steps, seed)):
        if t == 10:
            time.sleep(600)
        yield loss


def as_pairs(lr: float, steps: int, seed: int) -> Iterator[tuple[float, float]]:
    """A training loss that means nothing, and a validation loss that does."""
    for t, val in enumerate(quadratic(lr, steps, seed)):
        yield float(np.sin(t)) * lr, val


def returning(lr: float, steps: int, seed: int) -> Generator[float, None, float]:
    """A training loss, and a validation loss at the end."""
    last = 0.0
    for loss in quadratic(lr, steps, seed):
        last = loss
        yield loss
    return last


def giving(value: object) -> Callable[[float, int, int], Iterator[object]]:
    """A function that no other process can import."""

    def train(lr: float, steps: int, seed: int) -> Iterator[object]:
        yield value

    return train


def seedless(lr: float, steps: int) -> Iterator[float]:
    """One that does not take what it is called with."""
    yield lr
