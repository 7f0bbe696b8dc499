"""A loss law that knows the schedule: what LR-time bought, and what the decay of the LR bought.

    L(t) = floor + scale * S1(t)**-exponent - release * S2(t)

S1 is LR-time, the sum of LR / peak so far; S2 grows while the LR falls and remembers it for a while
(Tissue, Wang, Wang 2024, arXiv:2408.11029, eq. 1).  It separates "flat because the LR decayed" from
"flat because stuck", and what noise the LR had held up from what was learned.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.records.run import Floats

# The paper's memory is 1,000 steps in runs of 20,000 to 70,000.
ANNEALING_MEMORY = 0.03  # share of the run
LAW_BINS = 40  # stretches of the run whose medians the law is fitted to
EXPONENTS: Floats = np.geomspace(0.06, 4.0, 15)
MIN_BINS = 8  # a law of four numbers needs some more


@dataclass(frozen=True, eq=False)
class LossLaw:
    """The fitted law; amounts are in the loss's unit.

    Args:
        time: LR-time of the bins that it was fitted on, ascending, shape (b,).
        level: the law there, shape (b,).
        floor: what more LR-time could not go below.
        remaining: what stood above the floor at the end, decay aside.
        exponent: of LR-time.
        released: what the decay of the LR took off by the end; NaN where the LR never fell.
        misfit: root mean square of the residuals.
        r2: share of the bins' variance that it explains.
    """

    time: Floats
    level: Floats
    floor: float
    remaining: float
    exponent: float
    released: float
    misfit: float
    r2: float

    @property
    def next_doubling(self) -> float:
        """What twice the LR-time would still gain."""
        return self.remaining * (1 - float(2.0**-self.exponent))


def annealing(lr: Floats, time: Floats) -> Floats:
    """S2 at every point, shape (n,), in steps: the falls of LR over its peak, each remembered for `ANNEALING_MEMORY`.

    Args:
        lr: at each finite loss, shape (n,), not all zero.
        time: LR-time there, shape (n,), in steps.
    """
    share = lr / lr.max()
    fallen = np.r_[0.0, np.maximum(share[:-1] - share[1:], 0.0)]
    x = np.arange(len(lr)) / max(len(lr) - 1, 1)
    # The integral of each fall's exponential memory, up to now: falls minus what is still remembered.
    grown = np.exp(x / ANNEALING_MEMORY)
    remembered = np.cumsum(fallen * grown) / grown
    return np.asarray(ANNEALING_MEMORY * (np.cumsum(fallen) - remembered) * time[-1])


@lru_cache(maxsize=8)
def loss_law(curve: LossCurve) -> LossLaw | None:
    """The law of one run's training loss; None where too little was logged or nothing was learned."""
    n = len(curve.loss)
    edges = np.unique((np.linspace(0.1, 1, LAW_BINS + 1) ** 2 * n).astype(int))
    if len(edges) < MIN_BINS + 1 or curve.descent <= 1e-6 * max(abs(curve.start), 1e-300):
        return None
    starts, ends = edges[:-1], edges[1:]
    level = np.array([float(np.median(curve.loss[a:b])) for a, b in zip(starts, ends, strict=True)])
    time = np.add.reduceat(curve.time[: edges[-1]], starts) / (ends - starts)
    columns = [np.ones(len(time))]
    falls = curve.lr is not None and float(curve.lr[-1]) < 0.9 * float(curve.lr.max())
    if falls and curve.lr is not None:
        s2 = annealing(curve.lr, curve.time)
        columns.append(-np.add.reduceat(s2[: edges[-1]], starts) / (ends - starts))
    return _best_fit(np.array(columns), time, level)


def _best_fit(fixed: Floats, time: Floats, level: Floats) -> LossLaw | None:
    """Least squares for every exponent of the grid; the best one with a falling power and no negative release."""
    best: tuple[float, Floats, float, Floats] | None = None
    for exponent in EXPONENTS:
        basis = np.vstack([(time / time[-1]) ** -exponent, fixed])
        gram, right = basis @ basis.T, basis @ level
        found = _least_squares(gram, right)
        if len(found) == 3 and found[2] < 0:
            found = np.r_[_least_squares(gram[:2, :2], right[:2]), 0.0]
        if not found[0] > 0:
            continue
        law = found @ basis
        rss = float(np.mean((level - law) ** 2))
        if best is None or rss < best[0]:
            best = (rss, found, float(exponent), law)
    if best is None:
        return None
    rss, found, exponent, law = best
    released = float(-found[2] * fixed[1, -1]) if len(found) == 3 else float("nan")
    r2 = 1 - rss / max(float(np.var(level)), 1e-300)
    return LossLaw(time, law, float(found[1]), float(found[0]), exponent, released, rss**0.5, r2)


def _least_squares(gram: Floats, right: Floats) -> Floats:
    """The normal equations, a hair regularised: exponents near zero are almost a constant."""
    return np.asarray(np.linalg.solve(gram + 1e-10 * np.trace(gram) * np.eye(len(gram)), right))
