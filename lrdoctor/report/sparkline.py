"""The loss in sixteen characters, for a table."""

import numpy as np

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Floats, Series

BLOCKS = "▁▂▃▄▅▆▇█"
POINTS = 16
# Losses beyond are drawn as if they were this: their differences are no numbers any more.
LARGEST = 1e150


def sparkline(d: Diagnosis) -> str:
    """The loss in sixteen blocks; `×` where it is not finite, "" where there is none."""
    series = loss_of(d)
    if series is None:
        return ""
    level = medians(series.value, POINTS)
    good = level[~np.isnan(level)]
    if not len(good):
        return "×" * len(level)
    # A run that broke would leave nothing of what came before: it is drawn up to three times its start.
    first = float(good[0])
    low, high = float(good.min()), float(good.max())
    high = min(high, first + 2 * abs(first)) if first else high
    shares = (np.minimum(level, high) - low) / (high - low) if high > low else np.minimum(level, 0.0) * 0.0
    return "".join("×" if np.isnan(one) else BLOCKS[round(one * (len(BLOCKS) - 1))] for one in shares)


def loss_of(d: Diagnosis) -> Series | None:
    """The loss that is drawn, of two points at least."""
    series = d.run.find(d.roles.loss) or d.run.find(d.roles.val_loss)
    return None if series is None or len(series) < 2 else series


def medians(values: Floats, most: int) -> Floats:
    """The median of the finite values in each of at most `most` bins of equal size; NaN where one has none."""
    kept = np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)
    parts = np.array_split(kept, min(most, len(kept)))
    return np.array([np.nan if np.isnan(part).all() else float(np.nanmedian(part)) for part in parts])
