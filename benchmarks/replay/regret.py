"""What an LR costs: its final loss above the best one's, over all that training gains."""

import numpy as np

from benchmarks.replay.truth import Truth
from lrdoctor.records.run import Floats

# Of a run that diverged or ended worse than untrained; an answer that was not given counts as one that learned nothing.
MOST, NO_ANSWER = 2.0, 1.0
NEAR = 0.02  # regret of LRs that count as good when the band's width is told


def regrets(truth: Truth) -> Floats:
    """Of each LR of the grid, shape (n,)."""
    best = float(np.min(truth.loss))
    return np.minimum((truth.loss - best) / (truth.untrained - best), MOST)


def regret(truth: Truth, lr: float | None) -> float:
    """Linear in log LR between the grid's; beyond the grid, its edge's."""
    if lr is None:
        return NO_ANSWER
    return float(np.interp(np.log10(lr), truth.log_lr, regrets(truth)))


def width(truth: Truth) -> float:
    """Decades around the best LR within which regret stays below `NEAR`."""
    bad = np.flatnonzero(regrets(truth) > NEAR)
    best = int(np.argmin(truth.loss))
    low, high = bad[bad < best], bad[bad > best]
    first = int(low[-1]) + 1 if len(low) else 0
    last = int(high[0]) - 1 if len(high) else len(truth.loss) - 1
    return float(truth.log_lr[last] - truth.log_lr[first])


def standard_error(truth: Truth) -> float:
    """Of the regret of an LR near the best one, as far as the truth's seeds differ: the median of five LRs'."""
    best = int(np.argmin(truth.loss))
    near = truth.losses[max(best - 2, 0) : best + 3]
    near = near[np.isfinite(near).all(axis=1)]
    error = near.std(axis=1, ddof=1) / np.sqrt(near.shape[1])
    return float(np.median(error)) / (truth.untrained - float(truth.loss.min()))
