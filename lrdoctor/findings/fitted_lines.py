"""What the diagnosis fitted to a loss, as a report draws it: its level, the slope of its second half, the loss law.

Nothing is fitted here: each line is the very one that signs and findings were measured on.  They live in LR-time, so
that a line that is straight there bends where the schedule does.
"""

import math
from dataclasses import replace

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.marks import second_half
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.loss_law import loss_law
from lrdoctor.measurement.signs.descent import SECOND_HALF, end_slope
from lrdoctor.records.diagnosis import Fit
from lrdoctor.records.run import Floats

DRAWN_LAW = 0.5  # R²: a law that explains less of the curve is not drawn


def fits(curve: LossCurve) -> tuple[Fit, ...]:
    """What was fitted to this loss, in the order it should be drawn; empty below `FEW_POINTS` losses."""
    if len(curve.loss) < limits.FEW_POINTS:
        return ()
    return tuple(fit for fit in (_level(curve), _second_half(curve), _law(curve)) if fit is not None)


def _steps_at(time: Floats, curve: LossCurve) -> Floats:
    """Steps, as the log counts them, of moments in LR-time."""
    return np.asarray(np.interp(time, curve.time, curve.finite_step))


def _level(curve: LossCurve) -> Fit:
    bins = curve.bins
    text = f"medians of {len(bins.time)} stretches"
    return Fit("smooth", "smoothed loss", text, _steps_at(bins.time, curve), bins.level)


def _second_half(curve: LossCurve) -> Fit | None:
    fitted = end_slope(curve, SECOND_HALF)
    if not math.isfinite(fitted.value):
        return None
    decade = math.log(10)
    text = f"{fitted.value * decade:+.3g} ± {fitted.half_width * decade:.2g} per decade of steps"
    return replace(second_half(curve).line, kind="semi-log", label="second half, loss on log time", text=text)


def _law(curve: LossCurve) -> Fit | None:
    law = loss_law(curve)
    if law is None or law.r2 < DRAWN_LAW:
        return None
    text = f"{law.floor:.3g} + {law.remaining:.3g} (t / T)^-{law.exponent:.3g}"
    if law.released > 0:
        text += f", less {law.released:.3g} as the LR fell"
    return Fit("power-law", "loss law", f"{text}, R² {law.r2:.2f}", _steps_at(law.time, curve), law.level)
