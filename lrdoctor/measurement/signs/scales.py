"""The scales signs are measured on: logarithms that stay finite."""

import math


def clipped_log(x: float, low: float = -5.0, high: float = 3.0) -> float:
    """log10 of a positive number, held between `low` and `high`; NaN stays NaN.

    >>> clipped_log(100.0), clipped_log(0.0), clipped_log(1e9)
    (2.0, -5.0, 3.0)
    """
    return min(max(math.log10(max(x, 1e-12)), low), high) if math.isfinite(x) else math.nan


def signed_log(x: float, unit: float = 1e-3) -> float:
    """A logarithm with a sign, linear within `unit` of zero: 0 at 0, about 3 at 1000 units.

    >>> round(signed_log(1.0), 2), round(signed_log(-1.0), 2), signed_log(0.0)
    (3.0, -3.0, 0.0)
    """
    return math.copysign(math.log10(1 + abs(x) / unit), x) if math.isfinite(x) else math.nan
