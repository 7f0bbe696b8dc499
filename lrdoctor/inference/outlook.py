"""What following the advice is worth: the final loss to expect, and the steps to today's loss, with an interval.

Both are ratios on a logarithm, log10(next run's final loss / this run's) and log10(steps to this run's loss / this
run's steps).  Each has three quantiles (10, 50, 90 %), additive in a few signs and in what the posterior says, fitted
by quantile regression (Koenker and Bassett, Econometrica 46, 1978) on pairs of runs of one sweep, and widened until the
interval held on families that the fit had not seen (conformalised: Romano et al. 2019, arXiv:1905.03222).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from lrdoctor import limits
from lrdoctor.inference.tables import Table
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.loss_law import loss_law
from lrdoctor.measurement.signs.descent import SECOND_HALF, end_slope
from lrdoctor.measurement.signs.sign import Signs
from lrdoctor.records.diagnosis import Verdict, Worth
from lrdoctor.records.run import Floats

WORTH_FORMAT = 1
SIGNS_USED = (
    *("depth", "t80", "end_slope", "law_next", "noise_of_descent", "descent_over_noise", "net_change"),
    *("rise_from_lowest",),
)
TARGETS = ("loss", "steps")


@dataclass(frozen=True)
class ReachedLoss:
    """The loss people tune on: the lowest validation loss where it is logged, else the training loss at the end.

    Never above `start`, the untrained model's: a run that broke could have been left alone.
    """

    validation: bool
    loss: float
    start: float


@dataclass(frozen=True, eq=False)
class WorthTables:
    """Additive tables of three quantiles (rows of shape (3,)) by feature, and how far the interval was widened."""

    features: Mapping[str, Table]
    base: Floats
    widened: float

    def quantiles(self, values: Mapping[str, float]) -> tuple[float, float, float]:
        """The 10, 50 and 90 % quantiles of the target, widened and in order."""
        total = self.base + np.sum([t(values.get(name, math.nan)) for name, t in self.features.items()], axis=0)
        middle = float(total[1])
        return min(float(total[0]) - self.widened, middle), middle, max(float(total[2]) + self.widened, middle)


def reached_loss(curve: LossCurve) -> ReachedLoss:
    """What the run reached, and where it started."""
    if len(curve.val_loss) > 1:
        return ReachedLoss(True, min(float(curve.val_loss.min()), curve.val_start), curve.val_start)
    tail = curve.raw[-max(5, len(curve.raw) // 50) :]
    reached = curve.end if np.isfinite(tail).all() else curve.start
    return ReachedLoss(False, min(reached, curve.start), curve.start)


def features(
    curve: LossCurve,
    signs: Signs,
    factor: float,
    probabilities: Mapping[Verdict, float],
    interval_decades: tuple[float, float],
) -> dict[str, float]:
    """The values that the tables are read at, by name, NaN where the run does not show one; arguments as in `worth`."""
    at = reached_loss(curve)
    return {
        **{name: signs.get(name, math.nan) for name in SIGNS_USED},
        "factor": math.log10(factor),
        "too_slow": probabilities[Verdict.TOO_SLOW],
        "well_tuned": probabilities[Verdict.WELL_TUNED],
        "divergent": probabilities[Verdict.DIVERGENT],
        "interval_low": interval_decades[0],
        "interval_high": interval_decades[1],
        "law_ahead": _ahead_by_law(curve, factor),
        "slope_ahead": _ahead_by_slope(curve, factor),
        "law_floor": _floor(curve),
        "accuracy": float(curve.accuracy.max()) if len(curve.accuracy) else math.nan,
        "reached": math.log10(max(at.loss / at.start, 1e-6)) if at.loss > 0 and at.start > 0 else math.nan,
        "validation": float(at.validation),
    }


def _ahead_by_law(curve: LossCurve, factor: float) -> float:
    """log10 of the loss law's value after `factor` times the LR-time over its value now: gradient flow's advice."""
    law = loss_law(curve)
    if law is None:
        return math.nan
    now = law.floor + law.remaining
    return _ratio(law.floor + law.remaining * factor**-law.exponent, now)


def _ahead_by_slope(curve: LossCurve, factor: float) -> float:
    """The same, had the loss gone on along its end's slope in log LR-time."""
    end = end_slope(curve, SECOND_HALF)
    return _ratio(curve.end + end.value * math.log(factor), curve.end) if math.isfinite(end.value) else math.nan


def _floor(curve: LossCurve) -> float:
    """log10 of what the loss law says more time cannot go below, over its value now."""
    law = loss_law(curve)
    return math.nan if law is None else _ratio(law.floor, law.floor + law.remaining)


def _ratio(value: float, now: float) -> float:
    return float(np.clip(math.log10(max(value / now, 1e-2)), -2, 1)) if now > 0 else math.nan


def worth(
    curve: LossCurve,
    signs: Signs,
    factor: float,
    probabilities: Mapping[Verdict, float],
    interval_decades: tuple[float, float],
    tables: Mapping[str, WorthTables] | None = None,
) -> Worth | None:
    """What the advice is worth; None where it is to stay, or where that cannot be said.

    It is said where the 80 % interval of the next loss spans less than a factor of two and its median is a gain: a wide
    one says nothing, and nobody follows advice that is expected to do harm.  A loss that is not positive has no ratio.

    Args:
        curve: of this run.
        signs: of this run.
        factor: that the advice multiplies the LR by.
        probabilities: of the four verdicts.
        interval_decades: of the band's middle, log10 of its ratio to this run's LR.
        tables: by target; the shipped ones where None.
    """
    at = reached_loss(curve)
    if abs(math.log10(factor)) < limits.STAYS or at.loss <= 0 or at.start <= 0:
        return None
    tables_by_target = load_worth() if tables is None else tables
    values = features(curve, signs, factor, probabilities, interval_decades)
    low, middle, high = (at.loss * 10.0**q for q in tables_by_target["loss"].quantiles(values))
    # Nobody has to keep a result that is worse than the untrained model's.
    loss = (min(low, at.start), min(middle, at.start), min(high, at.start))
    if loss[2] > limits.WORTH_SPAN * loss[0] or loss[1] >= limits.WORTH_GAIN * at.loss:
        return None
    steps = None
    if is_worth_reaching(curve):
        low, middle, high = (10.0**q for q in tables_by_target["steps"].quantiles(values))
        steps = (low, middle, high)
    return Worth(at.validation, at.loss, loss, steps)


def is_worth_reaching(curve: LossCurve) -> bool:
    """Whether "until today's loss" means something: the run came down far enough to be worth reaching."""
    return curve.descent > limits.WORTH_REACHING * abs(curve.start)


@lru_cache(maxsize=1)
def load_worth() -> Mapping[str, WorthTables]:
    """The shipped tables by target, from worth.json."""
    return parse_worth(files("lrdoctor.inference").joinpath("worth.json").read_text(encoding="utf-8"))


def parse_worth(text: str) -> Mapping[str, WorthTables]:
    """Tables by target from the JSON that `python -m benchmarks worth --write` leaves.

    Raises:
        ValueError, KeyError, TypeError: the text is no such JSON.
    """
    data = json.loads(text)
    return {
        target: WorthTables(
            {
                name: Table(np.array(t["knots"], float), np.array(t["rows"], float), np.array(t["missing"], float))
                for name, t in data[target]["features"].items()
            },
            np.array(data[target]["base"], float),
            float(data[target]["widened"]),
        )
        for target in TARGETS
    }
