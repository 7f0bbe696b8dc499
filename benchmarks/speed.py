"""How long one diagnosis takes, once the run is in memory."""

import time
from pathlib import Path

import numpy as np

from lrdoctor.pipeline import diagnose
from lrdoctor.records.run import Run, Series, Source

POINTS, VALIDATIONS, REPEATS = 5000, 100, 40


def a_run(seed: int) -> Run:
    """A run of 5,000 logged losses with validation loss, accuracy and a cosine LR."""
    rng = np.random.default_rng(seed)
    step = np.arange(0, 10 * POINTS, 10, dtype=float)
    loss = 0.3 + 2 * (1 + step / 500) ** -0.7 + 0.05 * rng.normal(size=POINTS)
    at = np.linspace(0, step[-1], VALIDATIONS)
    val = 0.4 + 2 * (1 + at / 500) ** -0.7 + 0.01 * rng.normal(size=VALIDATIONS)
    series = {
        "train_loss": Series(step, loss),
        "val_loss": Series(at, val),
        "val_accuracy": Series(at, 1 - val / 3),
        "lr": Series(step, 5e-4 * (1 + np.cos(np.pi * step / step[-1]))),
    }
    here = Path("speed")
    return Run("speed", series, Source(here, (here,), "table", "benchmark"), {"optimizer": "Adam", "batch_size": 64})


def speed() -> str:
    """Median, least and most milliseconds of a diagnosis, after one to warm up."""
    runs = [a_run(seed) for seed in range(REPEATS)]
    diagnose(runs[0])
    took = []
    for run in runs:
        began = time.perf_counter()
        diagnose(run)
        took.append(1000 * (time.perf_counter() - began))
    spread = f"{min(took):.1f} to {max(took):.1f} over {REPEATS} runs"
    return f"one diagnosis of {POINTS} points in memory: median {np.median(took):.1f} ms, {spread}"
