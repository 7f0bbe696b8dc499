"""What both figures share: canvas and axes, ticks and titles, colours, and the way out as inline SVG.

Drawn through matplotlib's object API, since pyplot would keep state and figures between runs.  Text stays text and
colours become CSS custom properties, so that the page decides on fonts, sizes and the dark theme.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lrdoctor.records.run import Floats
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures import svg
from lrdoctor.report.figures.plotting_library import import_matplotlib
from lrdoctor.report.figures.thinning import envelope

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

# In view-box units, of which a wide screen shows one a pixel.
WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 30, 26
FONT = 11
# From an axis to its labels, and from the frame up to the title.
LABEL_GAP, TITLE_GAP = 8, 10
# Columns a curve is thinned to: with four points in each, a line of the densest log stays below 20 kB.
COLUMNS = 360

COLOURS = {
    "ink": "#1b1f27",
    "muted": "#6b7282",
    "grid": "#e3e6eb",
    "raw": "#a9bbd6",
    "smooth": "#1d4f91",
    "val": "#b4540a",
    "semilog": "#0b7a6f",
    "power": "#b32d5e",
    "level": "#4a5568",
    "bad": "#c02626",
    "warning": "#c9921a",
    "info": "#5b7f95",
    "rate": "#3b6ea5",
    "belief": "#2f7d5b",
    # Learning rates of a sweep, the lowest first.
    "lr0": "#2d3f9e",
    "lr1": "#2f73b5",
    "lr2": "#25939b",
    "lr3": "#3c9a5f",
    "lr4": "#a08a12",
    "lr5": "#cf6a1c",
    "lr6": "#b32b4a",
    # Rounds of a replay, the shortest first.
    "round0": "#b7c9e4",
    "round1": "#7fa3d4",
    "round2": "#4577ba",
    "round3": "#173f78",
}
"""The light theme's colours; each becomes `var(--fig-NAME)`, which `style.css` sets for either theme."""


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's own defaults and ours, whatever the user's matplotlibrc says; put back afterwards."""
    mpl = import_matplotlib()
    # Huge losses overflow in matplotlib's transforms; what cannot be placed is not drawn.
    with mpl.rc_context(), warnings.catch_warnings(), np.errstate(all="ignore"):
        # The measuring font lacks some scripts; the browser's will not.
        warnings.filterwarnings("ignore", message=".*Glyph.*", category=UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": "lrdoctor",
                "font.size": FONT,
                # Names in logs may hold dollar signs; they are not formulas.
                "text.parse_math": False,
                "text.usetex": False,
            }
        )
        yield


def new_canvas(height: int) -> "Canvas":
    """An empty figure of `WIDTH` by `height` view-box units, transparent."""
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=(WIDTH / 72, height / 72), dpi=72, facecolor="none")


def new_axes(canvas: "Canvas", bottom: float, top: float) -> "Axes":
    """Bare axes between two heights, in view-box units from below."""
    height = 72 * canvas.get_figheight()
    box = (LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, (top - bottom) / height)
    axes = canvas.add_axes(box)
    # Matplotlib's own ticks cost a fifth of the drawing time and fill the file with empty groups.
    axes.set_axis_off()
    return axes


def set_scales(axes: "Axes", across: scales.Axis, up: scales.Axis | None = None) -> None:
    """Set kinds and limits."""
    axes.set_xscale(across.kind, **symmetric(across))
    axes.set_xlim(across.low, across.high)
    if up is not None:
        axes.set_yscale(up.kind, **symmetric(up))
        axes.set_ylim(up.low, up.high)


def symmetric(axis: scales.Axis) -> dict[str, float]:
    """What matplotlib must be told of a symmetric log axis: where it turns linear, and that zero gets little room."""
    return {"linthresh": axis.threshold, "linscale": 0.3} if axis.kind == "symlog" else {}


def furnish(axes: "Axes", across: scales.Axis, up: scales.Axis, title: str, *, steps: bool = True) -> None:
    """Set scales; draw title, grid lines and labels (`steps`: those of the horizontal axis too)."""
    set_scales(axes, across, up)
    width, height = WIDTH - LEFT - RIGHT, axes.get_position().height * 72 * figure_height(axes)
    axes.text(0, 1 + TITLE_GAP / height, title, transform=axes.transAxes, color=COLOURS["ink"])
    rows = [(place, text) for place, text in up.ticks if up.low <= place <= up.high]
    sideways, downwards = axes.get_yaxis_transform(), axes.get_xaxis_transform()
    axes.hlines([place for place, _ in rows], 0, 1, transform=sideways, color=COLOURS["grid"], linewidth=1, zorder=0)
    axes.plot([0, 1], [0, 0], transform=axes.transAxes, color=COLOURS["grid"], linewidth=1.4, zorder=0, clip_on=False)
    for place, text in rows:
        axes.text(
            -LABEL_GAP / width,
            place,
            text,
            transform=sideways,
            ha="right",
            va="center_baseline",
            color=COLOURS["muted"],
        )
    for place, text in across.ticks if steps else ():
        if across.low <= place <= across.high:
            axes.text(
                place, -LABEL_GAP / height, text, transform=downwards, ha="center", va="top", color=COLOURS["muted"]
            )


def figure_height(axes: "Axes") -> float:
    """The height of the figure that holds `axes`, in inches."""
    canvas = axes.get_figure(root=True)
    return canvas.get_figheight() if canvas is not None else 1.0


def scaled(what: str, axis: scales.Axis) -> str:
    """What an axis shows, and that it does so on a log scale."""
    return what if axis.kind == "linear" else f"{what} (log scale)"


def columns(axes: "Axes", step: Floats) -> NDArray[np.int64]:
    """The column of `COLUMNS` that each step falls into; -1 and `COLUMNS` are outside."""
    at = axes.xaxis.get_transform().transform(step)
    low, high = axes.xaxis.get_transform().transform(np.array(axes.get_xlim()))
    return np.asarray(np.clip(np.floor((at - low) / (high - low) * COLUMNS), -1, COLUMNS), dtype=np.int64)


def thinned(axes: "Axes", step: Floats, value: Floats) -> tuple[Floats, Floats]:
    """A finite curve with the points that its picture needs."""
    if len(step) <= 2 * COLUMNS:
        return step, value
    kept = envelope(columns(axes, step), value)
    return step[kept], value[kept]


def column_medians(axes: "Axes", step: Floats, value: Floats) -> Floats:
    """The median of a finite curve in each stretch of four columns that it reaches.

    Four, since a spike of a few points must not be a column's median.
    """
    if not len(step):
        return value
    at = columns(axes, step) // 4
    return np.array([np.median(part) for part in np.split(value, np.flatnonzero(at[1:] != at[:-1]) + 1)])


def written(canvas: "Canvas", prefix: str, label: str) -> str:
    """The figure as an inline SVG element whose ids begin with `prefix`; `label` says what it shows."""
    buffer = io.StringIO()
    canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    colours = {colour: f"--fig-{name}" for name, colour in COLOURS.items()}
    return svg.embedded(buffer.getvalue(), prefix=prefix, colours=colours, label=label)
