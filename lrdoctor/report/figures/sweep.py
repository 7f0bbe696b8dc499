"""A sweep's two figures: what each learning rate was worth, and the runs' losses coloured by learning rate."""

import math
from dataclasses import replace

import numpy as np

from lrdoctor.display import clean
from lrdoctor.records.run import Floats
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.canvas import house_style, new_canvas, scaled, written
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.panel import BOTTOM, TOP, Panel
from lrdoctor.report.figures.thinning import column_medians, columns_of
from lrdoctor.report.wording.numbers import estimate, learning_rate
from lrdoctor.report.wording.sweep import MEASURES, reach_words, run_name

COST_HEIGHT, BELIEF_HEIGHT, CURVES_HEIGHT = 230, 120, 300
MARGIN = 0.35  # decades beyond the lowest and the highest LR
SHADES = 7
LINES = 24  # runs drawn; more would hide each other
# Above the points, a share of the axis for their LRs; and about how wide a letter of them is.
LABEL_ROOM, LETTER = 0.12, 6.2


def figures(sweep: SweepDiagnosis, prefix: str) -> tuple[Figure, ...]:
    """The sensitivity curve and the runs' curves; empty where fewer than two runs take part."""
    if len(sweep.placed) < 2:
        return ()
    with house_style():
        return sensitivity(sweep, f"{prefix}s-"), curves(sweep, f"{prefix}c-")


def shade(rank: int, of: int) -> str:
    """The colour of the run that is the `rank`-th of `of` in LR, from 0."""
    return f"lr{round((SHADES - 1) * rank / max(of - 1, 1))}"


def sensitivity(sweep: SweepDiagnosis, prefix: str) -> Figure:
    """Result by learning rate, and below it the probability of being in the good band."""
    x = np.log10([one.lr for one in sweep.placed])
    value = _results(sweep)
    reference = math.log10(max(sweep.placed, key=lambda one: one.run).lr)
    at = sweep.belief.decades + reference
    target = math.log10(sweep.suggested_lr) if sweep.suggested_lr else float(x[0])
    # As far as the band goes beyond the runs, up to a decade.
    edges = [target] + [math.log10(edge) for edge in sweep.band or ()]
    left = min(float(x.min()), max(min(edges), float(x.min()) - 1.0)) - MARGIN
    right = max(float(x.max()), min(max(edges), float(x.max()) + 1.0)) + MARGIN
    ticks = tuple((math.log10(place), text) for place, text in scales.log_ticks(10.0**left, 10.0**right))
    across = scales.Axis("linear", left, right, ticks)
    canvas = new_canvas(COST_HEIGHT + BELIEF_HEIGHT)
    up = (
        scales.linear(float(value.min()), float(value.max()))
        if sweep.measure == "accuracy"
        else scales.value_axis(value, value)
    )
    up = with_label_room(up)
    measure = MEASURES.get(sweep.measure, sweep.measure)
    total = COST_HEIGHT + BELIEF_HEIGHT
    panel = Panel(
        canvas, BOTTOM + BELIEF_HEIGHT, total - TOP, across, up, f"{scaled(measure, up)} by learning rate", steps=False
    )
    if sweep.band is not None:
        low, high = (math.log10(edge) for edge in sweep.band)
        panel.band(low, high, "belief")
    panel.level(_tolerated(sweep), "muted", dashes=(1, 2.5))
    panel.line(x, value, "raw", 1.4)
    draw_members(panel, sweep, x, value)
    inside = sweep.belief.in_band
    highest = 1.15 * max(0.05, float(inside.max()))
    percents = tuple((p, f"{100 * p:.3g} %") for p, _ in scales.linear_ticks(0.0, highest, most=3) if p <= 1)
    height = scales.Axis("linear", 0.0, highest, percents)
    below = Panel(canvas, BOTTOM, BOTTOM + BELIEF_HEIGHT - TOP - 8, across, height, "probability of being a good LR")
    in_frame = (at >= left) & (at <= right)
    below.fill(at[in_frame], inside[in_frame], "belief")
    below.line(at[in_frame], inside[in_frame], "belief", 2)
    for one in (panel, below):
        one.upright(target, "val", dashes=(4, 2.5))
    keys = [
        Key("lr3", "a run, coloured by its LR as below; a cross is one that diverged"),
        *([Key("best", "the best run")] if sweep.best is not None else []),
        Key("prior", "as good as the best run, within what counts as equal"),
        Key("interval", "good learning rates, the likeliest edges"),
        Key("next", f"use next, LR {estimate(sweep.suggested_lr)}" if sweep.suggested_lr else "use next"),
    ]
    label = f"{measure} of {len(x)} runs by learning rate; {reach_words(sweep)}"
    return Figure("sensitivity", "What each learning rate was worth", written(canvas, prefix, label), tuple(keys))


def with_label_room(axis: scales.Axis) -> scales.Axis:
    """The axis with head room for the LRs written above the points."""
    if axis.kind == "log":
        return replace(axis, high=axis.high * (axis.high / axis.low) ** LABEL_ROOM)
    return replace(axis, high=axis.high + LABEL_ROOM * (axis.high - axis.low))


def draw_members(panel: Panel, sweep: SweepDiagnosis, x: Floats, value: Floats) -> None:
    """The runs as points with their LRs above them, as far as those have room; the best one in a ring."""
    written_to = -math.inf
    for rank, (place, height) in enumerate(zip(x, value, strict=True)):
        one = sweep.placed[rank]
        colour = shade(rank, len(x))
        panel.dots([place], [height], colour, 9 if one.diverged else 7, marker="X" if one.diverged else "o")
        if one is sweep.best:
            panel.dots([place], [height], "ink", 14, ring="ink")
        at, words = float(panel.x(place)), learning_rate(one.lr)
        half = LETTER * len(words) / 2
        if at - half >= written_to:
            panel.text(at, float(panel.y(height)) + 10, words, "muted", ha="center")
            written_to = at + half + LETTER


def _results(sweep: SweepDiagnosis) -> Floats:
    # What diverged before it reached anything is drawn where the untrained model would be.
    cost = np.array([one.cost if math.isfinite(one.cost) else _untrained(sweep) for one in sweep.placed])
    return np.asarray(1 - cost if sweep.measure == "accuracy" else cost)


def _untrained(sweep: SweepDiagnosis) -> float:
    """The cost before training; 1 in place of what no run logged, so that there is something to draw."""
    return sweep.untrained if math.isfinite(sweep.untrained) else 1.0


def _tolerated(sweep: SweepDiagnosis) -> float:
    """The worst result that is as good as the best run's."""
    best = sweep.best.cost if sweep.best is not None and math.isfinite(sweep.best.cost) else _untrained(sweep)
    cost = best + sweep.tolerance * max(_untrained(sweep) - best, 0.0)
    return 1 - cost if sweep.measure == "accuracy" else cost


def curves(sweep: SweepDiagnosis, prefix: str) -> Figure:
    """The binned training losses of the runs, coloured by LR; a run that broke ends where it did."""
    lines = [(rank, one, _level(sweep, one)) for rank, one in enumerate(sweep.placed)]
    some = [(rank, one, found) for rank, one, found in lines if found is not None]
    kept = some if len(some) <= LINES else [some[round(k)] for k in np.linspace(0, len(some) - 1, LINES)]
    canvas = new_canvas(CURVES_HEIGHT)
    if not kept:
        return Figure("loss", "The runs' losses", "", (Key("bad", "no loss to draw"),))
    longest = max((found for _, _, found in kept), key=lambda found: float(found[0][-1]))
    first = min(float(found[0][0]) for _, _, found in kept)
    across = scales.step_axis(first, float(longest[0][-1]), *longest)
    values = np.concatenate([found[1] for _, _, found in kept])
    core = np.concatenate([column_medians(columns_of(across, s) // 4, v) for _, _, (s, v) in kept])
    start = max(sweep.untrained if sweep.measure == "training" else -math.inf, float(np.median(core)))
    up = scales.value_axis(values, core[core <= 2 * max(start, float(np.quantile(core, 0.75)))])
    axis = clean(sweep.diagnoses[kept[0][1].run].run.step_axis)
    title = f"{scaled('training loss', up)} by {scaled(axis[:40], across)}"
    panel = Panel(canvas, BOTTOM, CURVES_HEIGHT - TOP, across, up, title, name="losses")
    keys = []
    for rank, one, (step, value) in kept:
        name = shade(rank, len(sweep.placed))
        panel.line(*panel.thinned(step, value), name, 1.6, of=f"LR {learning_rate(one.lr)}")
        keys.append(Key(name, f"LR {learning_rate(one.lr)} ({run_name(sweep, one)})"))
    if len(kept) < len(some):
        keys.append(Key("told", f"{len(some) - len(kept)} more runs are not drawn"))
    label = "Training losses by step: " + "; ".join(key.text for key in keys)
    return Figure("loss", "The runs' training losses", written(canvas, prefix, label), tuple(keys))


def _level(sweep: SweepDiagnosis, one: SweepMember) -> tuple[Floats, Floats] | None:
    """Steps and levels of the smoothed loss, or the raw one where it was too short to be fitted."""
    diagnosis = sweep.diagnoses[one.run]
    for fit in diagnosis.fits:
        if fit.kind == "smooth":
            return fit.step, fit.value
    series = diagnosis.run.find(diagnosis.roles.loss)
    if series is None:
        return None
    good = np.isfinite(series.value)
    return (series.step[good], series.value[good]) if good.any() else None
