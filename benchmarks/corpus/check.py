"""Do our labels agree with a file of sweeps that someone else labelled?"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.corpus.label import label, outcome


def agreement(path: Path) -> str:
    """Recompute every label of the file from its own columns, and count the matches."""
    table = pd.read_parquet(path)
    same_verdict = same_band = runs = sweeps = 0
    worst_regret = worst_ratio = 0.0
    for _, rows in table.groupby("sweep"):
        rows = rows.sort_values("lr")
        accuracy = rows.val_accuracy.iloc[0] is not None
        values = [np.asarray(v, float) for v in (rows.val_accuracy if accuracy else rows.val_loss)]
        if any(v.size == 0 for v in values):
            continue  # the log carries no validation: its label cannot be recomputed from it
        untrained = 1 - values[0][0] if accuracy else values[0][0]
        losses = [np.asarray(v, float) for v in rows.loss]
        got = label(np.array([outcome(v, accuracy) for v in values]), float(untrained), losses, accuracy)
        lrs, stored = rows.lr.to_numpy(), rows.iloc[0]
        runs, sweeps = runs + len(rows), sweeps + 1
        same_verdict += sum(a == b for a, b in zip(got.verdict, rows.verdict, strict=True))
        same_band += bool(
            np.isclose(lrs[got.low], stored.band_low)
            and np.isclose(lrs[got.high], stored.band_high)
            and got.edge == stored.edge
        )
        worst_regret = max(worst_regret, float(np.abs(got.regret - rows.regret.to_numpy()).max()))
        theirs = rows.end_ratio.to_numpy()
        finite = np.isfinite(theirs) & np.isfinite(got.end_ratio)
        worst_ratio = max(worst_ratio, float(np.abs(got.end_ratio[finite] / theirs[finite] - 1).max()))
    return (
        f"verdicts {same_verdict}/{runs}, bands {same_band}/{sweeps}, "
        f"largest difference: regret {worst_regret:.1e}, end_ratio {worst_ratio:.1e}"
    )
