"""Noise names nothing: what is said of series that scatter about a level, with and without an LR."""

import math
from collections import Counter
from pathlib import Path

import numpy as np

from lrdoctor.pipeline import diagnose
from lrdoctor.records.run import HParam, Run, Series, Source

NOISES = (0.1, 0.2, 0.3, 0.5)  # of the level
LENGTHS = (14, 20, 40, 100, 300, 600)
EACH = 6  # half of them with the usual LR of Adam, a third from the middle of a run


def series() -> list[Run]:
    """144 runs whose loss is noise about a level."""
    dice = np.random.default_rng(3)
    here = Path("noise")
    found = []
    for noise in NOISES:
        for n in LENGTHS:
            for k in range(EACH):
                loss = np.asarray(np.abs(2.3 * (1 + noise * dice.standard_normal(n))), dtype=np.float64)
                step = np.asarray(50.0 * np.arange(1, n + 1) + (40_000 if k % 3 == 0 else 0), dtype=np.float64)
                settings: dict[str, HParam] = {"lr": 1e-3, "optimizer": "adam"} if k % 2 else {}
                source = Source(here, (here,), "table", "benchmark")
                found.append(Run(f"{noise:g} {n} {k}", {"loss": Series(step, loss)}, source, settings))
    return found


def report() -> list[str]:
    """How often each verdict is given, and how many series are sent off by more than a factor of two."""
    said = [diagnose(run) for run in series()]
    off = [d for d in said if d.factor is not None and abs(math.log10(d.factor)) > math.log10(2)]
    verdicts = Counter(d.verdict.value for d in said)
    return [
        f"{len(said)} series: " + ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()),
        f"sent off by more than a factor of two: {len(off)} ({len(off) / len(said):.3f})",
    ]
