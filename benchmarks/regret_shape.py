"""Fit what standing outside the band costs: mean regret by distance, isotonic, families alike."""

from collections.abc import Sequence

import numpy as np
from sklearn.isotonic import IsotonicRegression

from benchmarks.rows import Row
from lrdoctor.inference.regret import RegretShape
from lrdoctor.records.run import Floats

DISTANCE: Floats = np.array([0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])


def fit_regret(rows: Sequence[Row]) -> RegretShape:
    """The shape of regret below and above the bands of labelled rows; each sweep counts the same."""
    size: dict[str, int] = {}
    for row in rows:
        size[row.sweep] = size.get(row.sweep, 0) + 1

    def side(pairs: list[tuple[float, float, float]]) -> Floats:
        distance, regret, weight = (np.array(column) for column in zip(*pairs, strict=True))
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(distance, regret, weight)
        # The edge itself costs next to nothing: the band ends there by definition.
        return np.maximum.accumulate(np.r_[0.0, fitted.predict(DISTANCE[1:])])

    below = [(row.low, row.regret, 1 / size[row.sweep]) for row in rows if row.low > 0]
    above = [(-row.high, row.regret, 1 / size[row.sweep]) for row in rows if row.high < 0]
    return RegretShape(DISTANCE, side(below), side(above))
