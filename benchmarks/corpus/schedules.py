"""Learning-rate schedules: the share of the peak at step `t` of `total`.

Each is a function of progress in [0, 1] after the warm-up, which is linear and the same for all.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def constant(x: float) -> float:  # noqa: ARG001  the common signature
    return 1.0


def cosine(x: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * x))


def cosine_tenth(x: float) -> float:
    """Cosine down to a tenth of the peak, as language models are trained."""
    return 0.1 + 0.9 * cosine(x)


def linear(x: float) -> float:
    return 1.0 - x


def step(x: float) -> float:
    """Divided by ten after half and after three quarters."""
    return 1.0 if x < 0.5 else 0.1 if x < 0.75 else 0.01


def step_halves(x: float) -> float:
    """Halved five times."""
    return float(0.5 ** int(x * 6))


def exponential(x: float) -> float:
    """Down to a hundredth, evenly in the logarithm."""
    return float(0.01**x)


def onecycle(x: float) -> float:
    """PyTorch's defaults: cosine up from 1/25 for 30 %, cosine down to almost nothing."""
    if x < 0.3:
        return 0.04 + 0.96 * (1 - cosine(x / 0.3))
    return cosine((x - 0.3) / 0.7)


def inverse_sqrt(x: float) -> float:
    """1 / sqrt(1 + t / tau) with tau a fiftieth of the run."""
    return 1 / math.sqrt(1 + 50 * x)


def wsd(x: float) -> float:
    """Stable, then a linear decay over the last fifth."""
    return 1.0 if x < 0.8 else (1 - x) / 0.2


def restarts(x: float) -> float:
    """Three cosine cycles."""
    return cosine(3 * x % 1.0)


def triangle(x: float) -> float:
    """A cyclic schedule: two triangles between a tenth of the peak and the peak."""
    return 1 - 0.9 * abs(1 - 4 * x % 2)


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "cosine-tenth": cosine_tenth,
    "linear": linear,
    "step": step,
    "step-halves": step_halves,
    "exponential": exponential,
    "onecycle": onecycle,
    "inverse-sqrt": inverse_sqrt,
    "wsd": wsd,
    "restarts": restarts,
    "triangle": triangle,
}


def factors(name: str, total: int, warmup: float) -> NDArray[np.float64]:
    """The share of the peak at every step; `warmup` is a share of the run."""
    ramp = round(warmup * total)
    shape = SCHEDULES[name]
    rest = max(1, total - ramp)
    return np.array([(t + 1) / (ramp + 1) if t < ramp else shape((t - ramp) / rest) for t in range(total)])
