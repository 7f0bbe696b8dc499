"""Labels of a sweep: what each learning rate was worth, from its validations alone.

The rules are those of the scorer: regret, band, edge, verdict, end_ratio.  They are checked
against a file of real sweeps labelled by someone else (`python -m benchmarks.corpus check FILE`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ACCURACY_REGRET = 0.03  # share of the possible gain that a good LR may lose, where J is 1 - accuracy
LOSS_REGRET = 0.01  # the same where J is a loss
DIVERGED_RATIO = 1.05  # the end of the log stands this much above its start


@dataclass(frozen=True, eq=False)
class Labels:
    """One entry per learning rate of the sweep, in the order of the learning rates."""

    regret: Floats
    verdict: list[str]
    end_ratio: Floats
    best: int
    low: int
    high: int

    @property
    def edge(self) -> bool:
        return self.low == 0 or self.high == len(self.regret) - 1


def outcome(values: Floats, accuracy: bool) -> float:
    """J of one run: 1 - best finite accuracy, or the lowest finite loss; inf if there is none."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return float("inf")
    return float(1.0 - finite.max()) if accuracy else float(finite.min())


def regrets(j: Floats, untrained: float) -> Floats:
    """(J - best) / (untrained - best), at most 1; a run without a finite J lost everything."""
    best = float(j.min())
    scaled = (np.where(np.isfinite(j), j, untrained) - best) / (untrained - best)
    return np.clip(np.where(np.isfinite(j), scaled, 1.0), 0.0, 1.0)


def band(regret: Floats, limit: float) -> tuple[int, int]:
    """First and last index of the unbroken stretch around the best; it may skip one grid point."""
    good = regret <= limit
    best = int(np.argmin(regret))

    def reach(step: int) -> int:
        at, skipped = best, 0
        while 0 <= at + step < good.size:
            if good[at + step]:
                at += step
            elif not skipped and 0 <= at + 2 * step < good.size and good[at + 2 * step]:
                at, skipped = at + 2 * step, 1
            else:
                break
        return at

    return reach(-1), reach(1)


def end_ratio(loss: Floats) -> float:
    """Mean of the last 2 % (at least 5) of the logged loss over its first value."""
    tail = loss[-max(5, loss.size // 50) :]
    with np.errstate(over="ignore", invalid="ignore"):
        return float(tail.mean() / loss[0])


def verdicts(ratio: Floats, low: int, high: int) -> list[str]:
    """The scorer's four words."""

    def word(k: int) -> str:
        if k < low:
            return "too-slow"
        if not ratio[k] <= DIVERGED_RATIO:
            return "divergent"
        return "too-high" if k > high else "well-tuned"

    return [word(k) for k in range(ratio.size)]


def label(j: Floats, untrained: float, losses: list[Floats], accuracy: bool) -> Labels:
    """All labels of a sweep; `j` and `losses` are ordered by learning rate."""
    regret = regrets(j, untrained)
    low, high = band(regret, ACCURACY_REGRET if accuracy else LOSS_REGRET)
    ratio = np.array([end_ratio(loss) for loss in losses])
    return Labels(regret, verdicts(ratio, low, high), ratio, int(np.argmin(regret)), low, high)
