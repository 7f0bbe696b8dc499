"""A run's loss, with validation, gradient norm and learning rate below it on the same steps.

Only what the page speaks of is drawn: curves, the numbered places of its reasons, and of a run that broke the steps
where it did.  Nothing is in the legend but the curves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.onset import Onset
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.canvas import new_canvas, scaled, written
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.mark import Mark
from lrdoctor.report.figures.panel import BOTTOM, TOP, Panel
from lrdoctor.report.figures.thinning import COLUMNS, column_medians, columns_of, envelope
from lrdoctor.report.figures.window import Window, highest, onset_window
from lrdoctor.report.wording.numbers import estimate, number, position
from lrdoctor.report.wording.run import series_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

LOSS_HEIGHT, SMALL_HEIGHT, STRIP_HEIGHT = 236, 80, 62
MARKERS_UP_TO = 80
# A reason about nearly all of the run is not shaded: that would say nothing about where.
SPAN_AT_MOST = 0.9
LONGEST_AXIS_NAME = 40
# A loss on its way to infinity leaves the frame here: beyond it, axes and margins could not be computed.
DRAWABLE = 1e280
# Numbered marks nearer than this share of the width stand below each other.
APART = 0.04


@dataclass(frozen=True)
class Curves:
    """What a run has to draw; the first of loss and validation loss that it has is `main`."""

    loss: Series | None
    val: Series | None
    norm: Series | None
    rate: Series | None

    @property
    def main(self) -> Series | None:
        """The series that the horizontal axis follows."""
        return self.loss if self.loss is not None else self.val


def loss_figure(diagnosis: Diagnosis, prefix: str, marks: Sequence[Mark] = ()) -> Figure | None:
    """The run's curves; None where it has neither a training nor a validation loss."""
    drawn = loss_canvas(diagnosis, marks)
    if drawn is None:
        return None
    canvas, title, keys = drawn
    run, roles = diagnosis.run, diagnosis.roles
    main = run.find(roles.loss) or run.find(roles.val_loss)
    words = "" if main is None else f" of {clean(run.name)}: {series_words(main)}"
    label = f"{title}{words}; " + "; ".join(key.text for key in keys)
    return Figure("loss", title, written(canvas, prefix, label), tuple(keys))


def loss_canvas(diagnosis: Diagnosis, marks: Sequence[Mark] = ()) -> "tuple[Canvas, str, list[Key]] | None":
    """The drawing, what it shows, and its legend."""
    run, roles = diagnosis.run, diagnosis.roles
    tags = (roles.loss, roles.val_loss, roles.grad_norm, roles.lr)
    curves = Curves(*(drawable_series(run, tag) for tag in tags))
    main = curves.main
    if main is None:
        return None
    window = onset_window(main, diagnosis.onset)
    below = [(name, one) for name, one in (("norm", curves.norm), ("rate", curves.rate)) if one is not None]
    below_height = SMALL_HEIGHT * len(below)
    height = LOSS_HEIGHT + below_height + (STRIP_HEIGHT if window.part else 0)
    canvas = new_canvas(height)
    across = _across(main, window)
    keys = draw_losses(canvas, diagnosis, curves, across, below_height, marks=marks, labelled=not below)
    if window.part:
        draw_strip(canvas, main, window, height)
    for row, (name, one) in enumerate(below):
        under = SMALL_HEIGHT * (len(below) - 1 - row)
        draw = draw_norm if name == "norm" else draw_rate
        keys += draw(canvas, across, one, under, steps=row == len(below) - 1)
    return canvas, _title(run, curves, window), keys


def _title(run: Run, curves: Curves, window: Window) -> str:
    """What the figure shows, for above it."""
    name = "Training loss" if curves.loss is not None else "Validation loss"
    if not window.part:
        return name
    axis = clean(run.step_axis)[:LONGEST_AXIS_NAME]
    return f"{name} where it broke, {axis} {position(window.low)} to {position(window.high)}"


def drawable_series(run: Run, tag: str | None) -> Series | None:
    """The series of a tag, its values as far as they can be drawn; None where there is none or it is empty."""
    series = run.find(tag)
    if series is None or not len(series):
        return None
    value = np.clip(series.value, -DRAWABLE, DRAWABLE, where=np.isfinite(series.value), out=series.value.copy())
    return Series(series.step, np.where(np.abs(value) < 1 / DRAWABLE, 0.0, value))


def finite(series: Series) -> tuple[Floats, Floats]:
    """The points with finite values."""
    good = np.isfinite(series.value) & np.isfinite(series.step)
    return series.step[good], series.value[good]


def _across(main: Series, window: Window) -> scales.Axis:
    if window.part:
        return scales.linear(window.low, window.high, scales.EDGE)
    return scales.step_axis(float(main.step[0]), float(main.step[-1]), *finite(main))


def draw_losses(
    canvas: "Canvas",
    diagnosis: Diagnosis,
    curves: Curves,
    across: scales.Axis,
    under: float,
    *,
    marks: Sequence[Mark],
    labelled: bool,
) -> list[Key]:
    """The panel of the losses; `labelled`: whether the steps are written below it."""
    main, run = curves.main, diagnosis.run
    assert main is not None  # noqa: S101 - the caller has looked
    inside = [_inside(one, across) for one in (curves.loss, curves.val) if one is not None]
    cap = highest(main, diagnosis.onset)
    inside = [(step, np.minimum(value, cap)) for step, value in inside]
    core = np.concatenate([column_medians(columns_of(across, step) // 4, value) for step, value in inside])
    up = scales.value_axis(np.concatenate([value for _, value in inside]), core)
    axis = scaled(clean(run.step_axis)[:LONGEST_AXIS_NAME], across)
    what = "training loss" if curves.loss is not None else "validation loss"
    top = under + LOSS_HEIGHT - TOP
    panel = Panel(canvas, under + BOTTOM, top, across, up, f"{scaled(what, up)} by {axis}", name="loss", steps=labelled)
    draw_spans(panel, marks)
    keys: list[Key] = []
    if curves.loss is not None:
        # Where a run broke the smoothed line is too coarse to say when.
        whole = diagnosis.onset is None
        smooth = next((fit for fit in diagnosis.fits if whole and fit.kind == "smooth" and len(fit.step)), None)
        pale = smooth is not None or (whole and len(curves.loss) > COLUMNS)
        keys += draw_line(panel, curves.loss, "raw" if pale else "smooth", "training loss")
        if smooth is not None:
            good = np.isfinite(smooth.step) & np.isfinite(smooth.value)
            panel.line(*panel.thinned(smooth.step[good], smooth.value[good]), "smooth", 1.7, of="smoothed")
            keys.append(Key("smooth", "smoothed"))
    if curves.val is not None:
        keys += draw_validation(panel, curves.val)
    draw_not_finite(panel, main)
    if diagnosis.onset is not None:
        draw_onset(panel, diagnosis.onset)
    draw_beyond(panel, main)
    draw_marks(panel, marks)
    return keys


def _inside(series: Series, across: scales.Axis) -> tuple[Floats, Floats]:
    """The finite points within an axis; all of them where none is."""
    step, value = finite(series)
    kept = (step >= across.low) & (step <= across.high)
    return (step[kept], value[kept]) if kept.any() else (step, value)


def draw_line(panel: Panel, series: Series, colour: str, what: str, width: float = 1.1) -> list[Key]:
    """The logged points, the line broken where a value is not finite."""
    good = np.isfinite(series.value) & np.isfinite(series.step)
    dotted = int(good.sum()) <= MARKERS_UP_TO
    # Each unbroken stretch on its own, so that a gap is seen as one.
    for stretch in np.split(np.arange(len(series)), np.flatnonzero(good[1:] != good[:-1]) + 1)[: 2 * COLUMNS]:
        if good[stretch[0]]:
            step, value = panel.thinned(series.step[stretch], series.value[stretch])
            if len(step) > 1:
                panel.line(step, value, colour, width, of=what)
            if dotted or len(step) == 1:
                panel.dots(step, value, colour, 3, of=what if len(step) == 1 else "")
    return [Key(colour, f"{what}, as logged")] if good.any() else []


def draw_validation(panel: Panel, val: Series) -> list[Key]:
    """The validation loss as points; of a dense one the envelope."""
    step, value = finite(val)
    if len(step) > MARKERS_UP_TO:
        kept = envelope(panel.column(step) // 6, value)
        step, value = step[kept], value[kept]
    if not len(step):
        return []
    panel.dots(step, value, "val", of="validation loss")
    return [Key("val", "validation loss")]


def draw_not_finite(panel: Panel, series: Series) -> None:
    """A bar along the top edge over the steps where a NaN or infinity was logged, and what it is."""
    bad = ~np.isfinite(series.value)
    inside = panel.column(series.step[bad])
    inside = inside[(inside >= 0) & (inside < COLUMNS)]
    if not len(inside):
        return
    hit = np.unique(inside)
    for stretch in np.split(hit, np.flatnonzero(np.diff(hit) > 2) + 1):
        panel.top_bar(int(stretch[0]) / COLUMNS, (int(stretch[-1]) + 1) / COLUMNS, "bad")
    panel.text(panel.right, panel.top + 9, "red bar: NaN or infinity", "bad", ha="right")


def draw_onset(panel: Panel, onset: Onset) -> None:
    """Upright lines where the loss left its trend and where it was not finite any more, each named."""
    named = [(onset.off_trend, "off its trend", "level"), (onset.non_finite, "not finite", "bad")]
    places = [(float(panel.x(moment.step)), words, colour) for moment, words, colour in named if moment is not None]
    for row, (at, words, colour) in enumerate(places):
        if not panel.left <= at <= panel.right:
            continue
        panel.rule_at(at, colour, dashes=(4, 2.5))
        on_left = at > panel.right - 90
        text = f"{words}\u2002" if on_left else f"\u2002{words}"
        panel.text(at, panel.bottom + 6 + 15 * row, text, colour, ha="right" if on_left else "left")


def draw_beyond(panel: Panel, series: Series) -> None:
    """How far the curve goes on above the frame, where it does."""
    step, value = finite(series)
    above = value[(value > panel.up.high) & (step >= panel.across.low) & (step <= panel.across.high)]
    if len(above):
        panel.text(panel.left + 6, panel.top - 12, f"↑ goes on to {estimate(float(above.max()))}", "muted")


def draw_spans(panel: Panel, marks: Sequence[Mark]) -> None:
    """Light shading over the steps that a reason speaks of."""
    for mark in marks:
        first, last = (float(share) for share in scales.unit(panel.across, np.array(mark.steps)))
        if 0 < min(last, 1) - max(first, 0) <= SPAN_AT_MOST:
            panel.band(*mark.steps, "level", 0.09)


def draw_marks(panel: Panel, marks: Sequence[Mark]) -> None:
    """The numbers of the reasons, at the middle of their steps."""
    taken: list[tuple[float, int]] = []
    for mark in marks:
        ends = np.clip(scales.unit(panel.across, np.array(mark.steps)), 0, 1)
        share = float(ends.mean()) if np.isfinite(ends).all() else 0.5
        row = next(row for row in range(9) if all(abs(share - at) > APART or row != used for at, used in taken))
        taken.append((share, row))
        panel.marked(share, row, str(mark.number))


def draw_strip(canvas: "Canvas", main: Series, window: Window, height: float) -> None:
    """The whole run above the window, with the window's place in it."""
    step, value = finite(main)
    across = scales.linear(float(main.step[0]), float(main.step[-1]), scales.EDGE)
    shown = np.minimum(value, window.cap)
    up = scales.value_axis(shown, column_medians(columns_of(across, step) // 4, shown)) if len(shown) else None
    up = scales.replace_ticks(up or scales.linear(0.0, 1.0), ())
    panel = Panel(canvas, height - STRIP_HEIGHT + BOTTOM, height - 18, across, up, "the whole run")
    panel.band(window.low, window.high, "bad", 0.14)
    if len(step):
        panel.line(*panel.thinned(step, shown), "smooth", 1.0)
    draw_not_finite_bar(panel, main)


def draw_not_finite_bar(panel: Panel, series: Series) -> None:
    """The bar alone, for a strip too low for words."""
    bad = panel.column(series.step[~np.isfinite(series.value)])
    if len(bad):
        panel.top_bar(max(int(bad.min()), 0) / COLUMNS, (int(bad.max()) + 1) / COLUMNS, "bad", 5)


def draw_norm(canvas: "Canvas", across: scales.Axis, norm: Series, under: float, *, steps: bool) -> list[Key]:
    """The logged gradient norm, on the loss's steps."""
    step, value = _inside(norm, across)
    core = column_medians(columns_of(across, step) // 4, value)
    up = scales.fewer_ticks(scales.value_axis(value, core))
    panel = Panel(
        canvas,
        under + BOTTOM,
        under + SMALL_HEIGHT - TOP,
        across,
        up,
        scaled("gradient norm", up),
        name="norm",
        steps=steps,
    )
    return [Key(key.swatch, "gradient norm") for key in draw_line(panel, norm, "norm", "gradient norm", 1.2)]


def draw_rate(canvas: "Canvas", across: scales.Axis, rate: Series, under: float, *, steps: bool) -> list[Key]:
    """The logged learning rate, on the loss's steps."""
    _, value = finite(rate)
    up = scales.rate_axis(value)
    panel = Panel(
        canvas,
        under + BOTTOM,
        under + SMALL_HEIGHT - TOP,
        across,
        up,
        scaled("learning rate", up),
        name="rate",
        steps=steps,
    )
    drawn = draw_line(panel, rate, "rate", "learning rate", 1.8)
    if not drawn:
        return []
    low, high = (number(float(edge)) for edge in (value.min(), value.max()))
    return [Key("rate", f"learning rate, {low} to {high}" if low != high else f"learning rate, constant at {low}")]
