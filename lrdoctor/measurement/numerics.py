"""Pure numerics on one curve: robust levels on a log-time grid, slopes with intervals.

Nothing here knows what a run is.  Times are positive and ascending, shape (n,); values are finite.

scipy has most of it and would cost more than the whole diagnosis: its import alone takes 0.8 s, and on the lengths used
here its binned median, trimmed mean and median absolute deviation take 4 to 50 times as long as the functions below;
`python -m benchmarks speed` prints the ratios, and fails where the values do not agree.
"""

import math
from dataclasses import dataclass

import numpy as np

from lrdoctor.records.run import Floats

# Normal-consistent scale of the median absolute deviation.
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, eq=False)
class LogBins:
    """A curve averaged on bins of equal width in log-time.

    `time` is the geometric middle, `level` the median, `count` the points, all of shape (b,).
    """

    time: Floats
    level: Floats
    count: Floats


@dataclass(frozen=True)
class Slope:
    """A fitted straight line with an interval that knows its residuals are autocorrelated.

    `value` and `error` (one standard error) are per unit of x; `n_effective` is how many independent
    residuals the error amounts to; `intercept` is at x = 0.
    """

    value: float
    error: float
    intercept: float
    n_effective: float

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of `value`."""
        return 1.96 * self.error

    @property
    def t(self) -> float:
        """Slope over its standard error; 0 where the error is 0 or unknown."""
        return self.value / self.error if self.error > 0 and math.isfinite(self.error) else 0.0


def log_bins(time: Floats, value: Floats, per_decade: float = 8.0) -> LogBins:
    """Median level on bins of equal width in log-time.

    >>> bins = log_bins(np.arange(1.0, 101.0), np.ones(100), per_decade=4)
    >>> len(bins.time), float(bins.level[0]), int(bins.count.sum())
    (9, 1.0, 100)
    """
    index = np.floor(per_decade * np.log10(time / time[0]) + 1e-9).astype(int)
    starts = np.flatnonzero(np.r_[True, np.diff(index) > 0])
    ends = np.r_[starts[1:], len(time)]
    level = np.array([median(value[a:b]) for a, b in zip(starts, ends, strict=True)])
    logs = np.log(time)
    middle = np.exp(np.add.reduceat(logs, starts) / (ends - starts))
    return LogBins(middle, level, (ends - starts).astype(float))


def median(values: Floats) -> float:
    """The median; `np.median` takes several times as long on short pieces (`python -m benchmarks speed`)."""
    ordered = np.sort(values)
    n = len(ordered)
    return float(ordered[n // 2]) if n % 2 else float(0.5 * (ordered[n // 2 - 1] + ordered[n // 2]))


def robust_level(values: Floats) -> float:
    """A level that single spikes do not move: the mean of the values between the 10 % quantiles."""
    ordered = np.sort(values)
    cut = len(ordered) // 10
    return float(ordered[cut : len(ordered) - cut].mean())


def noise(value: Floats) -> float:
    """Step-to-step noise: robust sigma of the second differences, in the unit of `value`.

    A second difference of white noise has variance 6 sigma², and a smooth trend cancels out of it.
    NaN below four points.
    """
    if len(value) < 4:
        return math.nan
    second = value[2:] - 2 * value[1:-1] + value[:-2]
    return MAD_TO_SIGMA * median(np.abs(second)) / math.sqrt(6.0)


def autocorrelation(residual: Floats, lag: int = 1) -> float:
    """Sample autocorrelation at `lag`; NaN where it is undefined."""
    if len(residual) < lag + 3:
        return math.nan
    centred = residual - residual.mean()
    power = float(centred @ centred)
    return float(centred[lag:] @ centred[:-lag]) / power if power > 0 else math.nan


def slope(x: Floats, y: Floats) -> Slope:
    """Least-squares line of `y` on `x`, shape (n,) each, with a HAC standard error.

    The error is Newey and West's (Econometrica 55, 1987) with the Bartlett bandwidth of Andrews
    (Econometrica 59, 1991, eq. 6.4) for AR(1) residuals: smoothed or correlated losses would
    otherwise look far surer than they are.  All values NaN below three points.
    """
    n = len(x)
    if n < 3 or not np.ptp(x) > 0:
        return Slope(math.nan, math.nan, math.nan, 0.0)
    dx = x - x.mean()
    sxx = float(dx @ dx)
    value = float(dx @ y) / sxx
    intercept = float(y.mean() - value * x.mean())
    residual = y - (intercept + value * x)
    # On an exact line only rounding errors are left, and their pattern means nothing.
    residual = np.where(np.abs(residual) > 1e-12 * np.abs(y).max(), residual, 0.0)
    score = dx * residual
    plain = float(score @ score)
    rho = _clipped(autocorrelation(residual))
    width = 1.1447 * (4 * rho**2 / ((1 - rho) ** 2 * (1 + rho) ** 2) * n) ** (1 / 3)
    lags = int(min(width, n // 3, 400))
    bartlett = plain + 2 * sum((1 - k / (lags + 1)) * float(score[k:] @ score[:-k]) for k in range(1, lags + 1))
    # Bartlett's kernel falls short at strong correlation; the AR(1) sum is exact there.  Negative correlation can
    # drive either to zero in short windows: half the plain variance is the least taken.
    memory = _clipped(autocorrelation(score))
    long_run = max(bartlett, plain * (1 + memory) / (1 - memory), 0.5 * plain)
    effective = n * plain / long_run if plain > 0 else float(n)
    variance = long_run * effective / max(effective - 2, 1)
    return Slope(value, math.sqrt(variance) / sxx, intercept, effective)


def _clipped(correlation: float) -> float:
    return min(max(correlation, -0.97), 0.97) if math.isfinite(correlation) else 0.0


def decimals(value: Floats) -> int | None:
    """How many decimals finite values, shape (n,), n > 0, were written with, six at most; None where they have more.

    >>> decimals(np.array([0.52, 0.5, 0.48], dtype=np.float32).astype(float)), decimals(np.array([0.123456789]))
    (2, None)
    """
    for digits in range(7):
        if float(np.abs(value - np.round(value, digits)).max()) <= 1e-6 * float(np.abs(value).max()):
            return digits
    return None
