"""A loss as small as a word, for a table of a thousand runs: too small and too many for a figure."""

from dataclasses import dataclass

import numpy as np

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Floats

WIDTH, HEIGHT = 88, 22
POINTS = 32
# What rises above so many times the beginning leaves the picture.
MOST_OF_START = 3.0
LOG_FROM = 8.0


@dataclass(frozen=True)
class Sparkline:
    """The picture: `points` of a polyline through the loss, and from where on it is not finite, or None.

    `points` are as markup holds them, `x,y x,y ...`; "" where there is too little.
    """

    points: str
    lost_from: float | None


def sparkline(diagnosis: Diagnosis) -> Sparkline:
    """The loss of a run, or its validation loss."""
    run, roles = diagnosis.run, diagnosis.roles
    series = run.find(roles.loss) or run.find(roles.val_loss)
    good = np.empty(0, dtype=bool) if series is None else np.isfinite(series.value) & np.isfinite(series.step)
    if series is None or good.sum() < 2:
        return Sparkline("", None)
    parts = np.array_split(np.flatnonzero(good), min(POINTS, int(good.sum())))
    level = np.array([float(np.median(series.value[part])) for part in parts])
    # By number and not by step: a broken run's last finite loss is then not at its right end, as it should be.
    at = np.array([part.mean() for part in parts]) / max(len(series) - 1, 1)
    x, y = 1 + at * (WIDTH - 2), HEIGHT - 2 - _heights(level) * (HEIGHT - 4)
    points = " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(x, y, strict=True))
    return Sparkline(points, None if good[-1] else round(float(x[-1]), 1))


def _heights(level: Floats) -> Floats:
    """Levels as shares of the picture's height; on a log scale where they are positive and span much."""
    start = float(np.median(level[:2]))
    with np.errstate(all="ignore"):
        cap = start + (MOST_OF_START - 1) * abs(start) if start else np.inf
        shown = np.clip(level, -1e280, min(cap, 1e280))
        if shown.min() > 0 and shown.max() / shown.min() > LOG_FROM:
            shown = np.log10(shown)
        low, high = float(shown.min()), float(shown.max())
        return np.asarray((shown - low) / (high - low)) if high > low else np.full(len(shown), 0.5)
