"""How long one diagnosis takes, once the run is in memory, and what its numerics would take by scipy."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lrdoctor.measurement import numerics
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


def ratios() -> list[str]:
    """What scipy's and numpy's forms take over those of `lrdoctor.measurement.numerics`, interleaved; values agree."""
    from scipy import stats

    rng = np.random.default_rng(0)
    short, third, whole = rng.normal(size=250), rng.normal(size=1600), rng.normal(size=5000)
    second = third[2:] - 2 * third[1:-1] + third[:-2]
    time_ = np.arange(1.0, 5001.0)
    edges = np.append(10.0 ** (np.arange(30) / 8), np.inf)
    pairs: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("trimmed mean", lambda: stats.trim_mean(short, 0.1), lambda: numerics.robust_level(short)),
        ("median of a piece", lambda: np.median(short), lambda: numerics.median(short)),
        (
            "noise by median absolute deviation",
            lambda: stats.median_abs_deviation(second, center=_zero, scale=1 / numerics.MAD_TO_SIGMA) / 6**0.5,
            lambda: numerics.noise(third),
        ),
        (
            "binned median",
            lambda: stats.binned_statistic(time_, whole, "median", bins=edges).statistic,
            lambda: numerics.log_bins(time_, whole).level,
        ),
    ]
    lines = []
    for name, theirs, ours in pairs:
        a, b = np.asarray(theirs(), dtype=float), np.asarray(ours(), dtype=float)
        np.testing.assert_allclose(a[np.isfinite(a)], b, rtol=1e-3)
        taken = [_seconds(theirs) / _seconds(ours) for _ in range(7)]
        lines.append(f"{name}: {np.median(taken):.1f} times as long ({min(taken):.1f} to {max(taken):.1f})")
    return lines


def _zero(_values: object, axis: int | None = None) -> float:  # noqa: ARG001 - as scipy calls it
    return 0.0


def _seconds(call: Callable[[], object], calls: int = 200) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - began
