"""Is the corpus varied, hard enough and honest?  Numbers to judge it by."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.baselines import customary_lr


def load(data: Path) -> pd.DataFrame:
    """All runs on disk, one row each."""
    return pd.concat([pd.read_parquet(p) for p in sorted(data.glob("*/*.parquet"))], ignore_index=True)


def spread(values: object) -> str:
    low, a, middle, b, high = np.quantile(np.asarray(values, float), [0, 0.25, 0.5, 0.75, 1])
    return f"{low:g} .. {a:g} .. {middle:g} .. {b:g} .. {high:g}"


def describe(data: Path) -> str:
    """The report, as text."""
    runs = load(data)
    sweeps = runs.groupby("sweep").first()
    kind = sweeps.optimizer.str.split("(").str[0]
    usual = kind.map(customary_lr)
    # The band's ends are grid points; the nearest grid point to the customary LR decides.
    half = 10**0.1
    inside = (usual * half >= sweeps.band_low) & (usual <= sweeps.band_high * half)
    width = np.log10(sweeps.band_high / sweeps.band_low)
    points = runs.groupby("sweep").loss.first().str.len()
    centre = np.log10(np.sqrt(sweeps.band_low * sweeps.band_high) / usual)
    megabytes = sum(p.stat().st_size for p in data.glob("*/*.parquet")) / 1e6
    constant = (sweeps.schedule == "constant").mean()
    lines = [
        f"sweeps {len(sweeps)}, runs {len(runs)}, {megabytes:.1f} MB, edge {int(sweeps.edge.sum())}",
        f"families {sweeps.family.nunique()}: {counts(sweeps.family)}",
        f"tasks {sweeps.task.nunique()}",
        f"optimizers {kind.nunique()}: {counts(kind)}",
        f"clip {int((sweeps['clip'] > 0).sum())}, weight decay {int((sweeps.weight_decay > 0).sum())}",
        f"schedules {sweeps.schedule.nunique()}: {counts(sweeps.schedule)}; constant {constant:.0%}",
        f"logging: {counts(sweeps.logging)}",
        (
            f"metric: {counts(sweeps.metric)}; no validation in the log {int((sweeps.val_loss.str.len() == 0).sum())}, "
            f"accuracy in the log {int(sweeps.val_accuracy.notna().sum())}"
        ),
        f"verdicts: {counts(runs.verdict)}; divergent {(runs.verdict == 'divergent').mean():.0%}",
        "quantiles 0, 25, 50, 75, 100 %",
        f"  band width, decades   {spread(np.round(width, 2))}",
        f"  band middle over customary LR, decades   {spread(np.round(centre, 2))}",
        f"  LRs a sweep           {spread(runs.groupby('sweep').size())}",
        f"  batch                 {spread(sweeps.batch_size)}",
        f"  epochs                {spread(sweeps.num_epochs)}",
        f"  steps                 {spread(runs.groupby('sweep').step.first().str[-1])}",
        f"  logged every          {spread(sweeps.log_every)}",
        f"  points in the log     {spread(points)}",
        f"  gap of two seeds      {spread(sweeps.seed_gap.round(4))}",
        f"customary LR in the band: {inside.mean():.0%} of sweeps",
    ]
    return "\n".join(lines)


def counts(values: "pd.Series[str]") -> str:
    return ", ".join(f"{k} {v}" for k, v in values.value_counts().items())
