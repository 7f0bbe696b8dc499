"""The distribution over the good learning rates: before and after looking at the curve."""

import math

import numpy as np

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.canvas import new_canvas, written
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.panel import BOTTOM, TOP, Panel
from lrdoctor.report.wording.numbers import estimate, learning_rate
from lrdoctor.report.wording.run import factor_words, stays, verdict_words

HEIGHT = 150
FINER = 3
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
    inside = (x >= across.low) & (x <= across.high)
    # The grid is finer than the picture.
    x, in_band, prior = x[inside][::FINER], in_band[inside][::FINER], prior[inside][::FINER]
    canvas = new_canvas(HEIGHT)
    what = "learning rate" if lr is not None else "factor on this run's learning rate"
    title = f"probability of being a good learning rate, by {what} (log scale)"
    panel = Panel(canvas, BOTTOM, HEIGHT - TOP, across, up, title)
    if high > low:
        panel.band(low, high, "belief")
    panel.fill(x, in_band, "belief")
    panel.line(x, in_band, "belief", 2)
    panel.line(x, prior, "muted", 1.4, dashes=(1, 2.5))
    mark(panel, here, "this run", "ink", on_left=target >= here)
    keys = [
        Key("belief", "probability that this LR is a good one"),
        Key("prior", "before looking at the curve"),
        *([Key("interval", "the best LR is in here with 80 % probability")] if high > low else []),
        Key("here", "this run" if lr is None else f"this run, LR {learning_rate(lr)}"),
    ]
    if diagnosis.factor is not None and not stays(diagnosis):
        mark(panel, target, "suggested", "val", on_left=target < here, dashes=(4, 2.5))
        suggested = diagnosis.suggested_lr
        amount = factor_words(diagnosis.factor, "×") if suggested is None else f"LR {estimate(suggested)}"
        keys.append(Key("next", f"suggested, {amount}"))
    best = estimate(10.0 ** float(x[int(in_band.argmax())]))
    label = f"Probability of being a good learning rate, by {what}: highest at {best}; " + "; ".join(
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


def mark(panel: Panel, x: float, text: str, colour: str, *, on_left: bool, dashes: tuple[float, ...] = ()) -> None:
    """A vertical line with its name beside it, on the side where there is room."""
    place = float(scales.unit(panel.across, np.array(x)))
    on_left = (on_left or place > 1 - ROOM_FOR_NAME) and place > ROOM_FOR_NAME
    panel.upright(x, colour, dashes=dashes)
    words = f"{text}\u2002" if on_left else f"\u2002{text}"
    panel.text(float(panel.x(x)), panel.top - 12, words, colour, ha="right" if on_left else "left")
