"""A replay's figures: what each LR was worth, the belief before and after, the last round's losses, the range test."""

import math

import numpy as np

from lrdoctor import limits
from lrdoctor.records.replay import Arm, RangeTest, Replay, Round
from lrdoctor.records.run import Floats
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.belief import axes_for, mark
from lrdoctor.report.figures.canvas import house_style, new_canvas, scaled, written
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.panel import BOTTOM, TOP, Panel
from lrdoctor.report.figures.sweep import LINES, MARGIN, shade
from lrdoctor.report.figures.thinning import column_medians, columns_of
from lrdoctor.report.wording.numbers import count, estimate, learning_rate, number, position
from lrdoctor.report.wording.replay import is_finished, replay_name
from lrdoctor.report.wording.run import verdict_words

RANGE_HEIGHT, ARMS_HEIGHT, BELIEF_HEIGHT, CURVES_HEIGHT = 280, 300, 190, 300
# Room above the costs for the names of lines and the marks of arms that broke, one row a round, in shares of the frame.
MARK_ROWS, MARK_TOP, MARK_GAP = 4, 0.87, 0.06
ROUND_SHADES = 4
# A loss beyond this many times the untrained model's says only that the LR was too high.
BLOWN_UP = 1.5
# A loss on its way to infinity leaves the frame here: beyond it, axes and margins could not be computed.
DRAWABLE = 1e280


def figures(replay: Replay, prefix: str) -> tuple[Figure, ...]:
    """The replay's figures, as far as it has what they show; `prefix` makes their ids unique on the page."""
    with house_style():
        drawn = (
            arms_figure(replay, f"{prefix}a-"),
            belief_figure(replay, f"{prefix}b-"),
            curves_figure(replay, f"{prefix}c-"),
            range_figure(replay, f"{prefix}r-"),
        )
    return tuple(figure for figure in drawn if figure is not None)


def round_shade(rank: int, of: int) -> str:
    """The colour of the `rank`-th of `of` rounds, from 0: the last is the strongest."""
    return f"round{ROUND_SHADES - 1 - round((ROUND_SHADES - 1) * (of - 1 - rank) / max(of - 1, ROUND_SHADES - 1))}"


def rates(low: float, high: float, margin: float = MARGIN) -> scales.Axis:
    """The axis over log10 LR from `low` to `high`, widened by `margin` decades."""
    left, right = low - margin, high + margin
    ticks = tuple((math.log10(place), text) for place, text in scales.log_ticks(10.0**left, 10.0**right))
    return scales.Axis("linear", left, right, ticks)


def shaded(panel: Panel, edges: tuple[float, float] | None) -> bool:
    """Light shading between two LRs, as far as they are in the frame; whether there was anything to shade."""
    if edges is None or not all(0 < edge < math.inf for edge in edges):
        return False
    low, high = (min(max(math.log10(edge), panel.across.low), panel.across.high) for edge in edges)
    if low < high:
        panel.band(low, high, "belief")
    return low < high


def logs(*lrs: float | None) -> list[float]:
    """log10 of those LRs that have one."""
    return [math.log10(lr) for lr in lrs if lr is not None and 0 < lr < math.inf]


def arms_figure(replay: Replay, prefix: str) -> Figure | None:
    """Loss at the end of every arm by its LR, a line a round; None where no arm was run."""
    rounds = [one for one in replay.rounds if logs(*(arm.lr for arm in one.arms))]
    if not rounds:
        return None
    tried = logs(*(arm.lr for one in rounds for arm in one.arms))
    own, target = logs(replay.lr), logs(replay.suggested_lr)
    near = [place for place in (*own, *target) if min(tried) - 1 <= place <= max(tried) + 1]
    across = rates(min(*tried, *near, tried[0]), max(*tried, *near, tried[0]))
    canvas = new_canvas(ARMS_HEIGHT)
    top = max((one.untrained for one in rounds if math.isfinite(one.untrained)), default=math.inf)
    up = with_room(costs(rounds, top), len(rounds))
    title = f"{scaled('loss at the end', up)} by learning rate (log scale)"
    panel = Panel(canvas, BOTTOM, ARMS_HEIGHT - TOP, across, up, title)
    banded = shaded(panel, replay.band)
    keys: list[Key] = []
    last = rounds[-1].untrained
    if up.low <= last <= up.high:
        panel.level(last, "muted", dashes=(1, 2.5))
    marked = False
    for rank, one in enumerate(rounds):
        name = round_shade(rank, len(rounds))
        marked = draw_round(panel, one, up, name, row=len(rounds) - 1 - rank) or marked
        keys.append(Key(name, f"{position(one.horizon)} steps, {count(len(one.arms), 'LR')}"))
    if marked:
        keys.append(Key("broke", "broke, or ended beyond the frame"))
    if up.low <= last <= up.high:
        keys.append(Key("prior", f"the untrained model, {number(last)}"))
    if banded:
        keys.append(Key("interval", "the good band of the real run, its edges' medians"))
    keys += lr_lines(panel, replay, own, target)
    label = f"Loss at the end of {count(sum(len(one.arms) for one in rounds), 'short rerun')} of {replay_name(replay)} "
    label += "by learning rate; " + "; ".join(key.text for key in keys)
    return Figure("sensitivity", "What each learning rate was worth", written(canvas, prefix, label), tuple(keys))


def costs(rounds: list[Round], top: float) -> scales.Axis:
    """The axis for the arms' losses: up to a little above the untrained model's."""
    ended = np.array([arm.cost for one in rounds for arm in one.arms if is_finished(arm)])
    ended = np.clip(ended, -DRAWABLE, DRAWABLE)
    if not len(ended):
        return scales.linear(0.0, 1.0)
    reach = top + (BLOWN_UP - 1) * abs(top - float(ended.min()))
    core = ended[ended <= reach]
    known = drawable(np.append(core if len(core) else ended, top if math.isfinite(top) else ended[0]))
    return scales.value_axis(known, known)


def with_room(axis: scales.Axis, rows: int) -> scales.Axis:
    """The axis with head room for rows of marks above the values."""
    room = (1 - MARK_TOP + min(rows, MARK_ROWS) * MARK_GAP) / (MARK_TOP - min(rows, MARK_ROWS) * MARK_GAP)
    if axis.kind == "log":
        high = 10.0 ** min(math.log10(axis.high) + room * (math.log10(axis.high) - math.log10(axis.low)), 307)
    elif axis.kind == "linear":
        high = axis.high + room * (axis.high - axis.low)
    else:
        high = min(axis.high * 10 ** (room * math.log10(max(axis.high / axis.threshold, 10.0))), 1e300)
    return scales.Axis(axis.kind, axis.low, high, axis.ticks, axis.threshold)


def draw_round(panel: Panel, one: Round, up: scales.Axis, name: str, *, row: int) -> bool:
    """A round's reruns; those that broke or left the frame are crosses in the round's row; whether there was one."""
    inside = [arm for arm in one.arms if arm.lr > 0 and is_finished(arm) and up.low <= arm.cost <= up.high]
    at, cost = logs(*(arm.lr for arm in inside)), [arm.cost for arm in inside]
    panel.line(at, cost, name, 1.8)
    panel.dots(at, cost, name, 5.5)
    outside = logs(*(arm.lr for arm in one.arms if arm not in inside))
    share = MARK_TOP - min(row, MARK_ROWS - 1) * MARK_GAP
    panel.crosses(outside, share, name)
    return bool(outside)


def lr_lines(panel: Panel, replay: Replay, own: list[float], target: list[float]) -> list[Key]:
    """Lines at the recipe's own LR and at the suggested one, with their names and keys."""
    low, high = panel.across.low, panel.across.high
    keys = []
    kept = bool(own and target) and abs(own[0] - target[0]) < limits.STAYS
    for place, words, colour, dashes in ((own, "recipe", "ink", ()), (target, "suggested", "val", (4.0, 2.5))):
        if not place or not low <= place[0] <= high or (colour == "val" and kept):
            continue
        # Each name on the side that faces away from the other line.
        left = (colour == "ink") == (not (own and target and target[0] < own[0]))
        mark(panel, place[0], words, colour, on_left=left, dashes=dashes)
        keys.append(
            Key("here", f"the recipe's own LR {learning_rate(replay.lr)}{', kept' if kept else ''}")
            if colour == "ink"
            else Key("next", f"suggested, LR {estimate(replay.suggested_lr or math.nan)}")
        )
    return keys


def belief_figure(replay: Replay, prefix: str) -> Figure | None:
    """The probability that an LR is in the good band, before the reruns and after; None where it is undefined."""
    belief, own, target = replay.belief, logs(replay.lr), logs(replay.suggested_lr)
    defined = np.isfinite(belief.in_band) & np.isfinite(belief.decades)
    if not defined.any() or not own:
        return None
    x, after = belief.decades[defined] + own[0], belief.in_band[defined]
    before = belief.prior_in_band[defined]
    known = bool(np.isfinite(before).all())
    height = np.maximum(after, before) if known else after
    across, up = axes_for(x, height, (*own, *target, *logs(*(replay.interval or ()))))
    canvas = new_canvas(BELIEF_HEIGHT)
    title = "probability of being a good learning rate, by learning rate (log scale)"
    panel = Panel(canvas, BOTTOM, BELIEF_HEIGHT - TOP, across, up, title)
    keys = [Key("belief", "probability that this LR is a good one, after the reruns")]
    spanned = shaded(panel, replay.interval)
    panel.fill(x, after, "belief")
    panel.line(x, after, "belief", 2)
    if known:
        panel.line(x, before, "muted", 1.4, dashes=(1, 2.5))
        keys.append(Key("prior", "before them"))
    if spanned:
        keys.append(Key("interval", "the best LR is in here with 80 % probability"))
    keys += lr_lines(panel, replay, own, target)
    best = estimate(10.0 ** float(x[int(after.argmax())]))
    label = f"Probability of being a good learning rate, by learning rate: highest at {best}; "
    label += "; ".join(key.text for key in keys[1:]) + f"; the recipe's own LR: {verdict_words(replay.verdict)}"
    return Figure("belief", "Where the good learning rates lie", written(canvas, prefix, label), tuple(keys))


def curves_figure(replay: Replay, prefix: str) -> Figure | None:
    """The training losses of the last round's arms, coloured by LR; None where none has a second step."""
    arms = replay.rounds[-1].arms if replay.rounds else ()
    some = [(rank, arm, finite(arm)) for rank, arm in enumerate(arms) if np.isfinite(arm.loss).any()]
    if not any(len(found[0]) > 1 for _, _, found in some):
        return None
    kept = some if len(some) <= LINES else [some[round(k)] for k in np.linspace(0, len(some) - 1, LINES)]
    horizon = replay.rounds[-1].horizon
    canvas = new_canvas(CURVES_HEIGHT)
    longest = max((found for _, _, found in kept), key=lambda found: float(found[0][-1]))
    across = scales.step_axis(0.0, max(float(horizon - 1), float(longest[0][-1]), 1.0), *longest)
    values = np.concatenate([value for _, _, (_, value) in kept])
    start = float(np.median([value[0] for _, _, (_, value) in kept]))
    core = np.concatenate(
        [column_medians(columns_of(across, s) // 4, v) for _, arm, (s, v) in kept if not arm.broke] or [values]
    )
    low = float(core.min())
    inner = core[core <= start + (BLOWN_UP - 1) * abs(start - low)]
    up = scales.value_axis(values, inner if len(inner) else core)
    heading = f"{scaled('training loss', up)} by {scaled('step', across)}"
    panel = Panel(canvas, BOTTOM, CURVES_HEIGHT - TOP, across, up, heading, name="losses")
    keys = []
    for rank, arm, (step, value) in kept:
        name = shade(rank, len(arms))
        step, value = panel.thinned(step, value)
        panel.line_or_dot(step, value, name, 1.5, of=f"LR {learning_rate(arm.lr)}")
        if arm.broke:
            ended = [float(step[-1])], [float(np.clip(value[-1], *inner_ends(up)))]
            panel.dots(*ended, name, 9, marker="X")
        keys.append(Key(name, f"LR {learning_rate(arm.lr)}" + (" (broke)" if arm.broke else "")))
    if len(kept) < len(some):
        keys.append(Key("told", f"{len(some) - len(kept)} more reruns are not drawn"))
    label = f"Training losses of {position(horizon)} steps: " + "; ".join(key.text for key in keys)
    title = f"The last round: {position(horizon)} steps with the schedule compressed into them"
    return Figure("loss", title, written(canvas, prefix, label), tuple(keys))


def inner_ends(axis: scales.Axis) -> tuple[float, float]:
    """The ends of an axis with room for a mark."""
    if axis.kind == "log":
        pad = (axis.high / axis.low) ** 0.03
        return axis.low * pad, axis.high / pad
    pad = 0.03 * (axis.high - axis.low)
    return axis.low + pad, axis.high - pad


def finite(arm: Arm) -> tuple[Floats, Floats]:
    """Steps and losses of an arm as far as they can be drawn."""
    good = np.isfinite(arm.loss)
    return np.flatnonzero(good).astype(float), drawable(arm.loss[good])


def drawable(value: Floats) -> Floats:
    """Finite losses, those beyond the drawable cut off."""
    value = np.clip(value, -DRAWABLE, DRAWABLE)
    return np.asarray(np.where(np.abs(value) < 1 / DRAWABLE, 0.0, value))


def range_figure(replay: Replay, prefix: str) -> Figure | None:
    """The loss by the rising LR: each ramp, their level, where it falls and breaks; None where there is no ramp."""
    test = replay.range_test
    if test is None:
        return None
    ramps = [ramp_points(ramp.lr, ramp.loss) for ramp in test.ramps]
    ramps = [(x, value) for x, value in ramps if len(x)]
    if not ramps:
        return None
    ends = [float(lr) for ramp in test.ramps for lr in ramp.lr if lr > 0]
    across = rates(math.log10(min(ends)), math.log10(max(ends)), 0.1)
    canvas = new_canvas(RANGE_HEIGHT)
    up = range_values(test, ramps)
    title = f"{scaled('training loss', up)} by learning rate (log scale)"
    panel = Panel(canvas, BOTTOM, RANGE_HEIGHT - TOP, across, up, title)
    spanned = shaded(panel, test.interval)
    for x, value in ramps:
        panel.line_or_dot(x, value, "raw", 1.0)
    keys = [Key("raw", f"{count(len(test.ramps), 'ramp')}, the loss before each step")]
    level = np.isfinite(test.level) & np.isfinite(test.log_lr)
    if level.any():
        at, mean = test.log_lr[level], drawable(test.level[level])
        spread = np.where(np.isfinite(test.spread[level]), test.spread[level], 0.0)
        if (spread > 0).any():
            panel.fill(at, mean + spread, "smooth", 0.15, down_to=mean - spread)
        panel.line_or_dot(at, mean, "smooth", 2.2)
        keys.append(Key("smooth", "their mean, and how far they spread" if (spread > 0).any() else "their mean"))
    keys += draw_broken(panel, test, up)
    falls, breaks = logs(test.falls), logs(test.breaks)
    if falls and across.low <= falls[0] <= across.high:
        mark(panel, falls[0], "falls", "rate", on_left=True, dashes=(2.2, 1.3))
        keys.append(Key("falls", f"the loss falls from LR {estimate(test.falls or math.nan)}"))
    if breaks and across.low <= breaks[0] <= across.high:
        mark(panel, breaks[0], "breaks", "bad", on_left=False)
        keys.append(Key("bad", f"it breaks at LR {estimate(test.breaks or math.nan)}"))
    if spanned:
        keys.append(Key("interval", "where a good LR is expected from this alone, 80 %"))
    label = "Training loss by rising learning rate; " + "; ".join(key.text for key in keys)
    return Figure("loss", "The range test", written(canvas, prefix, label), tuple(keys))


def ramp_points(lr: Floats, loss: Floats) -> tuple[Floats, Floats]:
    """log10 LR and loss of a ramp's points that can be drawn."""
    good = np.isfinite(loss) & np.isfinite(lr) & (lr > 0)
    return np.log10(lr[good]), drawable(loss[good])


def range_values(test: RangeTest, ramps: list[tuple[Floats, Floats]]) -> scales.Axis:
    """The axis for the ramps' losses: what lies far above where they began is only that they broke."""
    values = np.concatenate([value for _, value in ramps])
    start = float(np.median([value[0] for _, value in ramps]))
    level = drawable(test.level[np.isfinite(test.level)])
    core = level if len(level) else values
    inner = core[core <= start + (BLOWN_UP - 1) * abs(start - float(core.min()))]
    core = inner if len(inner) else core
    return scales.value_axis(np.append(values, core), core)


def draw_broken(panel: Panel, test: RangeTest, up: scales.Axis) -> list[Key]:
    """A cross where a ramp ended in NaN or infinity."""
    ended = [float(ramp.lr[-1]) for ramp in test.ramps if len(ramp.lr) and not math.isfinite(ramp.loss[-1])]
    if not ended:
        return []
    at = logs(*ended)
    panel.dots(at, [inner_ends(up)[1]] * len(at), "bad", 8, marker="X")
    return [Key("broke-bad", f"not finite: {count(len(ended), 'ramp')} ended in NaN or infinity")]
