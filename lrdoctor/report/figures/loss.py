"""The loss with its fits, validation and findings, and the learning rate below it on the same steps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Finding, Fit, Severity
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.canvas import (
    BOTTOM,
    COLOURS,
    COLUMNS,
    TOP,
    column_medians,
    columns,
    furnish,
    new_axes,
    new_canvas,
    scaled,
    set_scales,
    thinned,
    written,
)
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.thinning import envelope
from lrdoctor.report.wording.numbers import count, number
from lrdoctor.report.wording.run import series_words, span_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOSS_HEIGHT, RATE_HEIGHT = 300, 110
MARKERS_UP_TO = 80
SPANS_SHOWN = 6
# A finding about nearly all of the run is not shaded: that would say nothing about where.
SPAN_AT_MOST = 0.9
# One step is narrower than a pixel; and below this share of the width there is no room for a finding's code.
NARROWEST_SPAN = 0.003
ROOM_FOR_CODE = 0.1
LONGEST_AXIS_NAME = 40
# A loss on its way to infinity leaves the frame here: beyond it, axes and margins could not be computed.
DRAWABLE = 1e280

# Dashes, in line widths, tell the fits apart where colours do not.
FIT_STYLES: dict[str, tuple[str, tuple[float, ...]]] = {
    "smooth": ("smooth", ()),
    "semi-log": ("semilog", (2.2, 1.3)),
    "power-law": ("power", (6, 1.4, 1.4, 1.4)),
    "level": ("level", (1, 1.6)),
    "slope": ("semilog", (2.2, 1.3)),
    "attainable": ("belief", (6, 2)),
    "points": ("bad", ()),
}
MARKS_SHOWN = 5  # of findings, worst first; more would hide the curve
SEVERITY_SWATCH = {Severity.FAULT: "bad", Severity.WARNING: "warning", Severity.INFO: "info"}


def loss_figure(diagnosis: Diagnosis, prefix: str) -> Figure | None:
    """The run's curves; None where it has neither a training nor a validation loss."""
    run, roles = diagnosis.run, diagnosis.roles
    loss, val, rate = (part(run, tag) for tag in (roles.loss, roles.val_loss, roles.lr))
    main_series = loss if loss is not None else val
    if main_series is None:
        return None
    rate_height = RATE_HEIGHT if rate is not None else 0
    canvas = new_canvas(LOSS_HEIGHT + rate_height)
    axes = new_axes(canvas, BOTTOM + rate_height, LOSS_HEIGHT + rate_height - TOP)
    across = scales.step_axis(float(main_series.step[0]), float(main_series.step[-1]), *finite(main_series))
    set_scales(axes, across)
    curves = [finite(series) for series in (loss, val) if series is not None]
    core = np.concatenate([column_medians(axes, *curve) for curve in curves])
    up = scales.value_axis(np.concatenate([value for _, value in curves]), core)
    what = "training loss" if loss is not None else "validation loss"
    title = f"{scaled(what, up)} by {scaled(clean(run.step_axis)[:LONGEST_AXIS_NAME], across)}"
    furnish(axes, across, up, title, steps=rate is None)
    # Under the curves, but last in the legend.
    shaded = draw_findings(axes, across, diagnosis.findings, run.step_axis)
    keys: list[Key] = []
    if loss is not None:
        smoothed = any(fit.kind == "smooth" for fit in diagnosis.fits)
        keys += draw_loss(axes, loss, clean(roles.loss or ""), pale=smoothed or len(loss) > COLUMNS)
        marks = [mark for finding in diagnosis.findings for mark in finding.drawn][:MARKS_SHOWN]
        drawn_fits, fits_in_legend = split_fits(diagnosis.fits, marks)
        keys += draw_fits(axes, [*drawn_fits, *marks])
        keys = list(dict.fromkeys(keys))
        keys += [Key("told", f"{clean(fit.label)}: {clean(fit.text)}") for fit in fits_in_legend]
    if val is not None:
        keys += draw_validation(axes, val, clean(roles.val_loss or ""))
    keys += draw_not_finite(axes, main_series)
    if rate is not None:
        below = new_axes(canvas, BOTTOM, BOTTOM + RATE_HEIGHT - TOP - 8)
        keys += draw_rate(below, across, rate, clean(roles.lr or ""))
    keys += shaded
    name = "Loss and learning rate" if rate is not None else "Loss"
    label = f"{name} of {clean(run.name)}: {series_words(main_series)}; " + "; ".join(key.text for key in keys)
    return Figure("loss", name, written(canvas, prefix, label), tuple(keys))


def part(run: Run, tag: str | None) -> Series | None:
    """The series that plays a part, its values as far as they can be drawn; None where there is none or it is empty."""
    series = run.series.get(tag) if tag is not None else None
    if series is None or not len(series):
        return None
    value = np.clip(series.value, -DRAWABLE, DRAWABLE, where=np.isfinite(series.value), out=series.value.copy())
    return Series(series.step, np.where(np.abs(value) < 1 / DRAWABLE, 0.0, value))


def finite(series: Series) -> tuple[Floats, Floats]:
    """The points with finite values."""
    good = np.isfinite(series.value) & np.isfinite(series.step)
    return series.step[good], series.value[good]


def draw_loss(axes: "Axes", loss: Series, tag: str, *, pale: bool) -> list[Key]:
    """The logged points, broken where a value is not finite; pale where other lines lie on them."""
    swatch = "raw" if pale else "smooth"
    good = np.isfinite(loss.value)
    marker = "o" if int(good.sum()) <= MARKERS_UP_TO else ""
    # Each unbroken stretch on its own, so that a gap is seen as one.
    for stretch in np.split(np.arange(len(loss)), np.flatnonzero(good[1:] != good[:-1]) + 1)[: 2 * COLUMNS]:
        if good[stretch[0]]:
            step, value = thinned(axes, loss.step[stretch], loss.value[stretch])
            shape = "o" if len(step) == 1 else marker
            axes.plot(step, value, color=COLOURS[swatch], linewidth=1.1, marker=shape, markersize=3)
    low, high = axes.get_ylim()
    outside = int((good & ((loss.value < low) | (loss.value > high))).sum())
    beyond = f"; {count(outside, 'point')} beyond the frame" if outside else ""
    return [Key(swatch, f"training loss as logged ({tag}){beyond}")]


def split_fits(fits: Sequence[Fit], marks: Sequence[Fit]) -> tuple[list[Fit], list[Fit]]:
    """Fits to draw, and fits to tell of in the legend alone: where findings have lines, theirs are what matters."""
    lines = {"slope", "level", "attainable"} & {mark.kind for mark in marks}
    drawn = [fit for fit in fits if not lines or fit.kind == "smooth"]
    return drawn, [fit for fit in fits if fit not in drawn and fit.text]


def draw_fits(axes: "Axes", fits: Sequence[Fit]) -> list[Key]:
    """The curves fitted to the training loss, each with its result in words."""
    keys = []
    for fit in fits:
        good = np.isfinite(fit.step) & np.isfinite(fit.value)
        if not good.any():
            continue
        swatch, dashes = FIT_STYLES.get(fit.kind, FIT_STYLES["level"])
        step, value = thinned(axes, fit.step[good], fit.value[good])
        # The smoothed curve is the ground that the fits are judged against: they lie on it, a little wider.
        if fit.kind == "points":
            axes.plot(step, value, color=COLOURS[swatch], linestyle="none", marker="v", markersize=6)
        else:
            (line,) = axes.plot(step, value, color=COLOURS[swatch], linewidth=2.4 if dashes else 1.5)
            if dashes:
                line.set_dashes(dashes)
        text = clean(fit.text)
        key = f"{swatch}-points" if fit.kind == "points" else swatch
        keys.append(Key(key, clean(fit.label) + (f": {text}" if text else "")))
    return keys


def draw_validation(axes: "Axes", val: Series, tag: str) -> list[Key]:
    """The validation loss as points; of a dense one the envelope."""
    step, value = finite(val)
    if len(step) > MARKERS_UP_TO:
        kept = envelope(columns(axes, step) // 6, value)
        step, value = step[kept], value[kept]
    axes.plot(step, value, color=COLOURS["val"], linestyle="none", marker="o", markersize=4)
    return [Key("val", f"validation loss ({tag})")] if len(step) else []


def draw_not_finite(axes: "Axes", series: Series) -> list[Key]:
    """A bar along the top edge over the steps where a NaN or infinity was logged."""
    bad = ~np.isfinite(series.value)
    if not bad.any():
        return []
    hit = np.unique(np.clip(columns(axes, series.step[bad]), 0, COLUMNS - 1))
    for stretch in np.split(hit, np.flatnonzero(np.diff(hit) > 2) + 1):
        ends = [int(stretch[0]) / COLUMNS, (int(stretch[-1]) + 1) / COLUMNS]
        axes.plot(ends, [0.985, 0.985], transform=axes.transAxes, color=COLOURS["bad"], linewidth=7)
    return [Key("nonfinite", f"not finite: {count(int(bad.sum()), 'point')} (NaN or infinity)")]


def draw_findings(axes: "Axes", across: scales.Axis, findings: Sequence[Finding], axis: str) -> list[Key]:
    """Light shading over the steps that a finding speaks of, the worst few, with its code where there is room."""
    keys: list[Key] = []
    labelled: list[tuple[float, float]] = []
    at = axes.xaxis.get_transform()
    left, right = at.transform(np.array([across.low, across.high]))
    for finding in findings:
        if finding.steps is None or not np.isfinite(finding.steps).all() or len(keys) == SPANS_SHOWN:
            continue
        first, last = at.transform(np.clip(np.array(finding.steps, dtype=float), across.low, across.high))
        share = (last - first) / (right - left)
        if not 0 <= share <= SPAN_AT_MOST:
            continue
        pad = max(0.0, NARROWEST_SPAN - share) / 2 * (right - left)
        low, high = (float(end) for end in at.inverted().transform(np.clip([first - pad, last + pad], left, right)))
        swatch = SEVERITY_SWATCH[finding.severity]
        axes.axvspan(low, high, color=COLOURS[swatch], alpha=0.13, linewidth=0)
        if share > ROOM_FOR_CODE and not any(low < other[1] and other[0] < high for other in labelled):
            code, place = f" {clean(finding.code)[:8]}", axes.get_xaxis_transform()
            axes.text(low, 0.985, code, va="top", transform=place, color=COLOURS["muted"])
            labelled.append((low, high))
        where = span_words(finding.steps, axis)
        keys.append(Key(f"span-{swatch}", f"{clean(finding.code)} {clean(finding.name)}, {where}"))
    return keys


def draw_rate(axes: "Axes", across: scales.Axis, rate: Series, tag: str) -> list[Key]:
    """The logged learning rate, on the loss's steps."""
    step, value = finite(rate)
    up = scales.rate_axis(value)
    furnish(axes, across, up, scaled("learning rate", up))
    step, value = thinned(axes, step, value)
    axes.plot(step, value, color=COLOURS["rate"], linewidth=1.8, marker="o" if len(step) == 1 else "", markersize=4)
    low, high = (number(float(edge)) for edge in (value.min(), value.max())) if len(value) else ("", "")
    ends = f", {low} to {high}" if low != high else f", constant at {low}" if low else ""
    return [Key("rate", f"learning rate ({tag}){ends}")]
