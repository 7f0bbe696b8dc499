"""How often the observation "divergent" is right: on labelled runs, and on noise about a level, where it never is."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.rows import Row
from lrdoctor.measurement.divergence import divergence
from lrdoctor.records.run import Floats

NOISES = (0.1, 0.2, 0.3, 0.5)  # of the level
LENGTHS = (8, 12, 20, 60, 300, 1000, 5000)
FALLS = (0.0, 0.05, 0.2)
EACH = 120


def stationary(kind: str) -> Iterator[tuple[float, int, float, Floats]]:
    """Noise, length, fall and a series of noise about a level that falls by so much, many times over."""
    dice = np.random.default_rng(0)
    for noise in NOISES:
        for n in LENGTHS:
            for fall in FALLS:
                for _ in range(EACH if n < 2000 else EACH // 4):
                    level = 2.3 * (1 - fall * np.linspace(0, 1, n))
                    draw = noise * dice.standard_normal(n)
                    yield noise, n, fall, level * np.exp(draw) if kind == "lognormal" else level * (1 + draw)


def labelled(rows: Sequence[Row]) -> list[str]:
    """The shares of labelled runs that are called divergent, in lines."""
    lines = []
    for name, wanted in (("divergent", True), ("others", False)):
        part = [row for row in rows if (row.verdict == "divergent") == wanted]
        found = [bool(divergence(row.loss, row.val_loss[np.isfinite(row.val_loss)])) for row in part]
        lines.append(f"labelled runs, {name:10} {np.mean(found):.4f} of {len(part)} called divergent")
    return lines


def noise() -> list[str]:
    """The shares of series of noise that are called divergent, in lines."""
    lines = []
    for kind in ("normal", "lognormal"):
        drawn = [(*key, bool(divergence(series))) for *key, series in stationary(kind)]
        table = np.array(drawn, dtype=float)
        lines.append(f"{kind} noise: {table[:, 3].mean():.4f} of {len(table)} called divergent")
        for column, what, values in ((0, "noise", NOISES), (1, "points", LENGTHS), (2, "fall", FALLS)):
            shares = [f"{value:g}: {table[table[:, column] == value, 3].mean():.3f}" for value in values]
            lines.append(f"  by {what:7}" + "  ".join(shares))
    return lines
