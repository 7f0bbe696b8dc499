"""Runs made by formula, for tests that need a curve of known shape."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lrdoctor.records.run import HParam, Note, Run, Series, Source


def a_run(
    losses: Sequence[float] | np.ndarray,
    *,
    lr: Sequence[float] | np.ndarray | float | None = 1e-3,
    val: Sequence[float] | np.ndarray | None = None,
    optimizer: str | None = "Adam",
    every: int = 1,
    first: int = 0,
    name: str = "run",
    notes: Sequence[Note] = (),
) -> Run:
    """A run with `train_loss`, and `lr` and `val_loss` where given, logged every `every` steps from `first` on."""
    step = first + every * np.arange(len(losses), dtype=float)
    series = {"train_loss": Series(step, np.asarray(losses, float))}
    hparams: dict[str, HParam] = {}
    if isinstance(lr, float):
        hparams["lr"] = lr
    elif lr is not None:
        series["lr"] = Series(step, np.asarray(lr, float))
    if val is not None:
        series["val_loss"] = Series(np.linspace(step[0], step[-1], len(val)), np.asarray(val, float))
    if optimizer is not None:
        hparams["optimizer"] = optimizer
    return Run(
        name, series, Source(Path(name), (Path(name) / "metrics.csv",), "table", "made by a test"), hparams, notes=notes
    )


def falling(n: int = 500, *, floor: float = 0.3, speed: float = 0.02, noise: float = 0.02, seed: int = 0) -> np.ndarray:
    """A loss that falls from 2.3 to `floor` as a shifted power law, with noise."""
    time = np.arange(n)
    rng = np.random.default_rng(seed)
    return np.asarray(floor + (2.3 - floor) * (1 + speed * time) ** -1.2 + noise * rng.normal(size=n))


def run_of(series: Mapping[str, Series], hparams: Mapping[str, HParam] | None = None, path: str = "run/log.csv") -> Run:
    """A run with these series and settings, read from `path`."""
    return Run(Path(path).stem, series, Source(Path(path), (Path(path),), "table", "made by a test"), hparams or {})
