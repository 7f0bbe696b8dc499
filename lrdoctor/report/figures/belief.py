"""The distribution over the good learning rates: before and after looking at the curve."""

import math
from typing import TYPE_CHECKING

import numpy as np

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.canvas import BOTTOM, COLOURS, TOP, furnish, new_axes, new_canvas, written
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.wording.numbers import estimate, learning_rate
from lrdoctor.report.wording.run import factor_words, stays, verdict_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 190
# The ends of the axis are where the probability has fallen to this share of its highest.
TAIL = 0.02
# Head room over the curve, for the names of the marked lines.
HEAD_ROOM = 1.2
# This near to the frame's edge a line's name goes on its other side.
ROOM_FOR_NAME = 0.14


def belief_figure(diagnosis: Diagnosis, prefix: str) -> Figure | None:
    """The probability that a learning rate lies in the good band, by learning rate; None where it is undefined."""
    belief, lr = diagnosis.belief, diagnosis.lr
    defined = np.isfinite(belief.in_band) & np.isfinite(belief.prior_in_band)
    if not defined.any():
        return None
    here = math.log10(lr) if lr is not None and lr > 0 else 0.0
    target = here + (math.log10(diagnosis.factor) if diagnosis.factor is not None else 0.0)
    low, high = (here + edge for edge in diagnosis.interval_decades or (0.0, 0.0))
    x, in_band, prior = belief.decades[defined] + here, belief.in_band[defined], belief.prior_in_band[defined]
    across, up = axes_for(x, np.maximum(in_band, prior), (here, target, low, high))
    canvas = new_canvas(HEIGHT)
    axes = new_axes(canvas, BOTTOM, HEIGHT - TOP)
    what = "learning rate" if lr is not None else "factor on this run's learning rate"
    furnish(axes, across, up, f"probability of being in the good band by {what} (log scale)")
    if high > low:
        axes.axvspan(max(low, across.low), min(high, across.high), color=COLOURS["belief"], alpha=0.10, linewidth=0)
    axes.fill_between(x, in_band, color=COLOURS["belief"], alpha=0.22, linewidth=0)
    axes.plot(x, in_band, color=COLOURS["belief"], linewidth=2)
    axes.plot(x, prior, color=COLOURS["muted"], linewidth=1.4, dashes=(1, 2.5))
    mark(axes, here, "this run", "ink", on_left=target >= here)
    keys = [
        Key("belief", "probability that this LR is in the good band"),
        Key("prior", "before looking at the curve"),
        *([Key("interval", "80 % interval of the band's middle")] if high > low else []),
        Key("here", "this run" if lr is None else f"this run, LR {learning_rate(lr)}"),
    ]
    if diagnosis.factor is not None and not stays(diagnosis):
        mark(axes, target, "suggested", "val", on_left=target < here, dashes=(4, 2.5))
        suggested = diagnosis.suggested_lr
        amount = factor_words(diagnosis.factor, "×") if suggested is None else f"LR {estimate(suggested)}"
        keys.append(Key("next", f"suggested, {amount}"))
    best = estimate(10.0 ** float(x[int(in_band.argmax())]))
    label = f"Probability of being in the good band by {what}: highest at {best}; " + "; ".join(
        k.text for k in keys[2:]
    )
    label += f"; verdict {verdict_words(diagnosis.verdict)}"
    return Figure("belief", "Where the good learning rates lie", written(canvas, prefix, label), tuple(keys))


def axes_for(
    x: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    height: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    marked: tuple[float, ...],
) -> tuple[scales.Axis, scales.Axis]:
    """The axes over log10(learning rate) and probability: wide enough for the curves' bulk and all that is marked."""
    bulk = x[height > TAIL * height.max()]
    ends = [*marked, *(float(end) for end in (*bulk[:1], *bulk[-1:]))]
    left, right = max(min(ends) - 0.1, float(x[0])), min(max(ends) + 0.1, float(x[-1]))
    ticks = tuple((math.log10(place), text) for place, text in scales.log_ticks(10.0**left, 10.0**right))
    top = HEAD_ROOM * max(0.01, float(height.max()))
    percents = tuple(
        (place, f"{100 * place:.3g} %") for place, _ in scales.linear_ticks(0.0, top, most=4) if place <= 1
    )
    return scales.Axis("linear", left, right, ticks), scales.Axis("linear", 0.0, top, percents)


def mark(
    axes: "Axes", x: float, text: str, colour: str, *, on_left: bool, dashes: tuple[float, float] | None = None
) -> None:
    """A vertical line with its name beside it, on the side where there is room."""
    low, high = axes.get_xlim()
    place = (x - low) / (high - low)
    on_left = (on_left or place > 1 - ROOM_FOR_NAME) and place > ROOM_FOR_NAME
    line = axes.axvline(x, color=COLOURS[colour], linewidth=1.6)
    if dashes is not None:
        line.set_dashes(dashes)
    axes.text(
        x,
        0.97,
        f"{text}\u2002" if on_left else f"\u2002{text}",
        transform=axes.get_xaxis_transform(),
        ha="right" if on_left else "left",
        va="top",
        color=COLOURS[colour],
    )
