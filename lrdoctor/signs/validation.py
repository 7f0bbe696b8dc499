"""Signs from validation: when it turned, what it still gained, how it compares with training."""

import math

import numpy as np

from lrdoctor.curve import noise
from lrdoctor.run import Floats
from lrdoctor.signs.descent import _signed
from lrdoctor.signs.sign import Measure, Setting, Sign
from lrdoctor.trace import Trace


def _log(x: float, low: float = -5.0, high: float = 3.0) -> float:
    return float(np.clip(math.log10(max(x, 1e-12)), low, high)) if math.isfinite(x) else math.nan


def _turned(time: Floats, cost: Floats, total: float) -> dict[str, float]:
    if len(cost) < 4:
        return {}
    span = max(cost[0] - cost.min(), 1e-9 * max(abs(cost[0]), 1e-12))
    k = max(1, len(cost) // 10)
    end = float(np.median(cost[-k:]))
    half = float(np.median(cost[len(cost) // 2 : len(cost) // 2 + k]))
    best_half = float(cost[: len(cost) // 2 + 1].min())
    s3 = max(1, len(cost) // 3)
    return {
        "best_at": math.log10(max(time[int(cost.argmin())], 1e-9 * total) / total)
        if time[int(cost.argmin())] > 0
        else -3.0,
        "rise": float(np.clip((end - cost.min()) / span, 0, 3)),
        "late": _signed((half - end) / span),
        "late_best": _signed((best_half - float(cost.min())) / span),
        "noise": _log(noise(cost[-max(5, s3) :]) / span) if len(cost) >= 8 else math.nan,
        "depth": _log(float(cost.min()) / cost[0], -4, 1) if cost[0] > 0 else math.nan,
        "t80": _log(float(time[int(np.argmax(cost <= cost[0] - 0.8 * span))]) / total, -4, 0),
        "t95": _log(float(time[int(np.argmax(cost <= cost[0] - 0.95 * span))]) / total, -4, 0),
    }


def _val(key: str) -> Measure:
    return lambda trace, _: _turned(trace.val_time, trace.val_loss, trace.time[-1]).get(key, math.nan)


def _acc(key: str) -> Measure:
    return lambda trace, _: _turned(trace.accuracy_time, 1 - trace.accuracy, trace.time[-1]).get(key, math.nan)


def gap(trace: Trace, _: Setting) -> float:
    """(validation - training loss) at the end over the training descent, signed log."""
    if len(trace.val_loss) < 2:
        return math.nan
    return _signed((float(np.median(trace.val_loss[-3:])) - trace.end) / trace.descent)


SIGNS = (
    *(
        Sign(f"val_{k}", f"validation loss: {k}", "", _val(k), "validation")
        for k in ("best_at", "rise", "late", "late_best", "noise", "depth", "t80", "t95")
    ),
    *(
        Sign(f"acc_{k}", f"validation accuracy: {k}", "", _acc(k), "accuracy")
        for k in ("best_at", "rise", "late", "late_best", "noise", "depth", "t80", "t95")
    ),
    Sign("gap", "validation above training", "signed log", gap, "validation"),
)
