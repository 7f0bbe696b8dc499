"""What a training loop writes down of the losses it sees."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def logged(loss: Floats, every: int, how: str, per_epoch: int) -> tuple[NDArray[np.int32], Floats]:
    """Steps and values of the log; the first value is always the untrained loss."""
    steps = np.arange(0, loss.size, every, dtype=np.int32)
    with np.errstate(over="ignore", invalid="ignore"):
        if how == "smoothed":
            values = smoothed(loss, 0.9)[steps]
        elif how == "running":
            values = running(loss, per_epoch)[steps]
        elif how == "window":
            values = np.array([loss[max(0, s - every + 1) : s + 1].mean() for s in steps])
        elif how.startswith("rounded-"):
            values = np.round(loss[steps], int(how[8:]))
        else:
            values = loss[steps]
    return steps, values.astype(np.float32)


def smoothed(loss: Floats, keep: float) -> Floats:
    """Exponential moving average that starts at the first value."""
    out = np.empty_like(loss)
    at = float(loss[0])
    for t, value in enumerate(loss.tolist()):
        at = keep * at + (1 - keep) * value
        out[t] = at
    return out


def running(loss: Floats, per_epoch: int) -> Floats:
    """Mean since the epoch began, as progress bars show it."""
    parts = [loss[k : k + per_epoch] for k in range(0, loss.size, per_epoch)]
    return np.concatenate([np.cumsum(p) / np.arange(1, p.size + 1) for p in parts]).astype(np.float32)
