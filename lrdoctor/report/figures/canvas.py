"""The canvas that every figure is drawn on, and the way out as inline SVG.

Drawn through matplotlib's object API, since pyplot would keep state and figures between runs.  Text stays text, so that
the page decides on fonts and sizes.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures import svg
from lrdoctor.report.figures.panel import WIDTH
from lrdoctor.report.figures.plotting_library import import_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

FONT = 11


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


def scaled(what: str, axis: scales.Axis) -> str:
    """What an axis shows, and that it does so on a log scale."""
    return what if axis.kind == "linear" else f"{what} (log scale)"


def written(canvas: "Canvas", prefix: str, label: str) -> str:
    """The figure as an inline SVG element whose ids begin with `prefix`; `label` says what it shows."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    # Not `savefig`: what it does beyond this, for any backend and any layout, takes as long as the drawing.
    FigureCanvasSVG(canvas).print_svg(buffer, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return svg.embedded(buffer.getvalue(), prefix=prefix, label=label)
