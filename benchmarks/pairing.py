"""Count how two runs' results differ by where they stand: for `lrdoctor.inference.compared_runs`."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from benchmarks.metrics import sweeps
from benchmarks.rows import Row
from lrdoctor.inference.compared_runs import MEASURES, PairTables, results
from lrdoctor.measurement.case import Case

BELOW = np.array([0.0, 0.25, 0.5, 0.9, 1.5])
ABOVE = np.array([0.0, 0.25, 0.5, 0.9, 1.5])
BORDERS = np.array([-15.0, -6.0, -2.5, -1.0, -0.3, 0.3, 1.0, 2.5, 6.0, 15.0])
SMOOTHING = 3.0  # pseudo-counts shared over the bins


def count_pairs(rows: Sequence[Row], cases: Sequence[Case]) -> PairTables:
    """The table from all pairs of a sweep that are at most three decades apart and did not diverge."""
    empty = PairTables(BELOW, ABOVE, BORDERS, {})
    size = len(BELOW) + len(ABOVE) + 1
    counts = {measure: np.zeros((size, size, len(BORDERS) + 1)) for measure in MEASURES}
    for members in sweeps(rows).values():
        usable = [i for i in members if cases[i].curve is not None and not cases[i].quality.diverged]
        curves = [t for t in (cases[i].curve for i in usable) if t is not None]
        if len(curves) < 2:
            continue
        found = results(curves)
        stands = empty.classes(np.array([rows[i].low for i in usable]), np.array([rows[i].high for i in usable]))
        pairs = [
            (a, b) for a, b in combinations(range(len(usable)), 2) if rows[usable[b]].lr < 1e3 * rows[usable[a]].lr
        ]
        for a, b in pairs:
            counts[found.measure][stands[a], stands[b], empty.bins(found.difference(a, b))] += 1 / len(pairs)
    log_p = {}
    for measure, seen in counts.items():
        total = seen.sum(axis=(0, 1)) + 1e-3
        scaled = seen * 300 + SMOOTHING * total / total.sum()
        log_p[measure] = np.log(scaled / scaled.sum(axis=2, keepdims=True))
    return PairTables(BELOW, ABOVE, BORDERS, log_p)
