"""The fitted curves a report draws on the loss: level, slopes with intervals, power law."""

import math

import numpy as np

from lrdoctor.curve import Slope, log_bins, power_law, slope
from lrdoctor.diagnosis import Fit
from lrdoctor.run import Floats
from lrdoctor.trace import Trace

DRAWN = 60  # points of a drawn curve


def fits(trace: Trace) -> tuple[Fit, ...]:
    """Everything that can be fitted to this loss, in the order it should be drawn; empty below eight points."""
    if len(trace.loss) < 8:
        return ()
    step = trace.finite_step - trace.step[0] + _half_gap(trace.step)
    found: list[Fit | None] = [_level(step, trace)]
    half = step >= 0.5 * step[-1]
    tenth = step >= 0.1 * step[-1]
    found.append(_semi_log(step[half], trace.loss[half], trace))
    if (trace.loss > 0).all():
        found.append(_log_log(step[tenth], trace.loss[tenth], trace))
    found.append(_law(step, trace))
    return tuple(f for f in found if f is not None)


def _half_gap(step: Floats) -> float:
    gaps = np.diff(step)
    gaps = gaps[gaps > 0]
    return 0.5 * float(np.median(gaps)) if len(gaps) else 0.5


def _on_log(step: Floats, trace: Trace) -> tuple[Floats, Floats]:
    at = np.geomspace(step[0], step[-1], DRAWN)
    return at, _in_log(at, trace)


def _in_log(elapsed: Floats, trace: Trace) -> Floats:
    """Steps as the log counts them, of elapsed ones, which begin half a logging gap before the first loss."""
    return np.asarray(elapsed + trace.step[0] - _half_gap(trace.step))


def _level(step: Floats, trace: Trace) -> Fit:
    bins = log_bins(step, trace.loss)
    at = _in_log(bins.time, trace)
    return Fit("smooth", "robust level", f"median of {len(bins.time)} log-spaced bins", at, bins.level)


def _worded(fitted: Slope, scale: float, unit: str) -> str:
    return f"{fitted.value * scale:+.3g} ± {fitted.half_width * scale:.2g} {unit}"


def _semi_log(step: Floats, loss: Floats, trace: Trace) -> Fit | None:
    fitted = slope(np.log10(step), loss)
    if not math.isfinite(fitted.value):
        return None
    at, shown = _on_log(step, trace)
    return Fit(
        "semi-log",
        "second half, loss on log time",
        _worded(fitted, 1.0, "per decade of steps"),
        shown,
        fitted.intercept + fitted.value * np.log10(at),
    )


def _log_log(step: Floats, loss: Floats, trace: Trace) -> Fit | None:
    fitted = slope(np.log10(step), np.log10(loss))
    if not math.isfinite(fitted.value):
        return None
    at, shown = _on_log(step, trace)
    return Fit(
        "log-log",
        "last nine tenths, log loss on log time",
        "exponent " + _worded(fitted, 1.0, ""),
        shown,
        10 ** (fitted.intercept + fitted.value * np.log10(at)),
    )


def _law(step: Floats, trace: Trace) -> Fit | None:
    law = power_law(log_bins(step, trace.loss))
    if law is None or law.r2 < 0.5:
        return None
    at, shown = _on_log(step, trace)
    text = f"{law.offset:.3g} + {law.scale:.3g} (t + {law.shift:.3g})^-{law.exponent:.3g}, R² {law.r2:.2f}"
    return Fit("power-law", "power law with offset", text, shown, law(at))
