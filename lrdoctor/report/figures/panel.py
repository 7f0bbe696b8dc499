"""One panel of a figure: a frame with two axes, and what is drawn in it.

matplotlib draws, but without its `Axes`: making one costs more than all that is drawn in it, and places, ticks and
titles are decided in `axes.py` anyway.  So values become places on the canvas here, and artists are put there as they
are.  What a page's script has to find again (frames with their axes, lines, ticks) is named by `named`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrdoctor.records.run import Floats
from lrdoctor.report.figures import axes as scales
from lrdoctor.report.figures.colours import COLOURS
from lrdoctor.report.figures.thinning import COLUMNS, columns_of, envelope

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

# In view-box units, of which a wide screen shows one a pixel.
WIDTH = 960
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 28, 24
# From a frame to its labels, and from it up to its title.
LABEL_GAP, TITLE_GAP = 8, 9
SEPARATOR = "|"


def named(*parts: str) -> str:
    """The name of an artist, from which `svg.embedded` makes `data-` attributes: what it is, its panel, more."""
    return SEPARATOR.join(parts)


class Panel:
    """A frame on a canvas, its bottom and top in view-box units from below, with its axes, title, grid and labels.

    Args:
        canvas: a figure of `WIDTH` units in width, 72 dots per inch.
        bottom, top: of the frame.
        across, up: its axes.
        title: above it; "" for none.
        name: unique in the figure, for the page's script; "" where nothing in it is to be read off.
        steps: whether the horizontal axis is labelled.
    """

    def __init__(
        self,
        canvas: "Canvas",
        bottom: float,
        top: float,
        across: scales.Axis,
        up: scales.Axis,
        title: str = "",
        *,
        name: str = "",
        steps: bool = True,
    ) -> None:
        from matplotlib.transforms import Bbox

        self.canvas, self.across, self.up, self.name = canvas, across, up, name
        self.left, self.right, self.bottom, self.top = float(LEFT), float(WIDTH - RIGHT), bottom, top
        self._clip = Bbox([[self.left, bottom - 1], [self.right, top + 1]])
        self._furnish(title, steps=steps)

    def x(self, values: "float | Floats") -> Floats:
        """Places of values on the horizontal axis, in view-box units from the left."""
        return self.left + (self.right - self.left) * scales.unit(self.across, np.asarray(values, dtype=float))

    def y(self, values: "float | Floats") -> Floats:
        """Places of values on the vertical axis, in view-box units from below."""
        return self.bottom + (self.top - self.bottom) * scales.unit(self.up, np.asarray(values, dtype=float))

    def column(self, step: Floats) -> "NDArray[np.int64]":
        """The column of `COLUMNS` that each place falls into; -1 and `COLUMNS` are outside."""
        return columns_of(self.across, step)

    def thinned(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """A finite curve with the points that its picture needs."""
        if len(x) <= 2 * COLUMNS:
            return x, y
        kept = envelope(self.column(x), y)
        return x[kept], y[kept]

    def line(
        self,
        x: "Sequence[float] | Floats",
        y: "Sequence[float] | Floats",
        colour: str,
        width: float = 1.1,
        *,
        dashes: Sequence[float] = (),
        of: str = "",
    ) -> None:
        """A line through points; `of` says what it is, where values are to be read off."""
        from matplotlib.lines import Line2D

        places = self.x(np.asarray(x, dtype=float)), self.y(np.asarray(y, dtype=float))
        one = Line2D(*places, color=COLOURS[colour], linewidth=width)
        if dashes:
            one.set_dashes(list(dashes))
        self._add(one, "line", of)

    def dots(
        self,
        x: "Sequence[float] | Floats",
        y: "Sequence[float] | Floats",
        colour: str,
        size: float = 4,
        *,
        marker: str = "o",
        ring: str = "",
        of: str = "",
    ) -> None:
        """Points, each marked; `ring` is the colour of a ring in place of a filled mark."""
        from matplotlib.lines import Line2D

        places = self.x(np.asarray(x, dtype=float)), self.y(np.asarray(y, dtype=float))
        one = Line2D(*places, color=COLOURS[colour], linestyle="none", marker=marker, markersize=size)
        if ring:
            one.set(markerfacecolor="none", markeredgecolor=COLOURS[ring], markeredgewidth=1.8)
        self._add(one, "dots", of)

    def line_or_dot(self, x: Floats, y: Floats, colour: str, width: float, *, of: str = "") -> None:
        """A line; of one point alone a dot."""
        if len(x) == 1:
            self.dots(x, y, colour, of=of)
        else:
            self.line(x, y, colour, width, of=of)

    def crosses(self, x: Sequence[float], share: float, colour: str) -> None:
        """Crosses at a share of the frame's height: what has no value to stand at."""
        from matplotlib.lines import Line2D

        high = self.bottom + share * (self.top - self.bottom)
        at = self.x(np.asarray(x, dtype=float))
        one = Line2D(at, np.full(len(at), high), color=COLOURS[colour], linestyle="none", marker="X", markersize=7.5)
        self._add(one, "dots")

    def band(self, low: float, high: float, colour: str, alpha: float = 0.10) -> None:
        """Light shading between two places of the horizontal axis, as far as they are in the frame."""
        from matplotlib.patches import Rectangle

        left, right = (float(np.clip(self.x(edge), self.left, self.right)) for edge in (low, high))
        if right > left:
            box = Rectangle((left, self.bottom), right - left, self.top - self.bottom, color=COLOURS[colour])
            box.set(alpha=alpha, linewidth=0)
            self._add(box, "band")

    def fill(self, x: Floats, y: Floats, colour: str, alpha: float = 0.22, *, down_to: "Floats | None" = None) -> None:
        """The area between a curve and another, or the frame's bottom."""
        from matplotlib.patches import Polygon

        under = np.full(len(x), self.bottom) if down_to is None else self.y(down_to)
        at = self.x(x)
        corners = np.column_stack([np.r_[at, at[::-1]], np.r_[self.y(y), under[::-1]]])
        area = Polygon(corners, closed=True, color=COLOURS[colour])
        area.set(alpha=alpha, linewidth=0)
        self._add(area, "fill")

    def upright(self, x: float, colour: str, width: float = 1.6, *, dashes: Sequence[float] = ()) -> None:
        """A vertical line through the whole frame."""
        self.rule_at(float(self.x(x)), colour, width, dashes=dashes)

    def rule_at(self, at: float, colour: str, width: float = 1.4, *, dashes: Sequence[float] = ()) -> None:
        """The same at a place of the canvas."""
        self._rule([at] * 2, [self.bottom, self.top], colour, width, dashes)

    def level(self, y: float, colour: str, width: float = 1.2, *, dashes: Sequence[float] = ()) -> None:
        """A horizontal line through the whole frame."""
        self._rule([self.left, self.right], [float(self.y(y))] * 2, colour, width, dashes)

    def top_bar(self, low: float, high: float, colour: str, width: float = 7) -> None:
        """A bar along the top edge, between shares of the frame's width."""
        ends = [self.left + share * (self.right - self.left) for share in (low, high)]
        self._rule(ends, [self.top - 4] * 2, colour, width, ())

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = "ink",
        *,
        ha: str = "left",
        va: str = "baseline",
        weight: str = "normal",
        kind: str = "text",
    ) -> None:
        """Words at a place of the canvas, in view-box units."""
        from matplotlib.text import Text

        self._add(Text(x, y, words, color=COLOURS[colour], ha=ha, va=va, fontweight=weight), kind, clipped=False)

    def marked(self, share: float, row: int, words: str) -> None:
        """A numbered mark near the frame's top, at a share of its width; lower rows keep marks apart."""
        from matplotlib.lines import Line2D

        at = float(np.clip(self.left + share * (self.right - self.left), self.left + 9, self.right - 9))
        high = self.top - 18 - 20 * row
        disc = Line2D([at], [high], color=COLOURS["mark"], linestyle="none", marker="o", markersize=16)
        self._add(disc, "mark", clipped=False)
        self.text(at, high - 4, words, "paper", ha="center", weight="bold", kind="mark")

    def _rule(self, x: Sequence[float], y: Sequence[float], colour: str, width: float, dashes: Sequence[float]) -> None:
        from matplotlib.lines import Line2D

        one = Line2D(x, y, color=COLOURS[colour], linewidth=width, solid_capstyle="butt")
        if dashes:
            one.set_dashes(list(dashes))
        self._add(one, "rule")

    def _furnish(self, title: str, *, steps: bool) -> None:
        from matplotlib.lines import Line2D

        if title:
            self.text(0, self.top + TITLE_GAP, title)
        rows = [(float(self.y(place)), text) for place, text in self.up.ticks if self.up.low <= place <= self.up.high]
        # All in one line with gaps.
        across = np.tile([self.left, self.right, np.nan], len(rows))
        lines = Line2D(across, np.repeat([at for at, _ in rows], 3), color=COLOURS["grid"], linewidth=1)
        self._add(lines, "grid", clipped=False)
        base = Line2D([self.left, self.right], [self.bottom] * 2, color=COLOURS["grid"], linewidth=1.4)
        self._add(base, "base", clipped=False)
        for at, text in rows:
            self.text(self.left - LABEL_GAP, at - 4, text, "muted", ha="right", kind="up")
        for place, text in self.across.ticks if steps else ():
            if self.across.low <= place <= self.across.high:
                self.text(float(self.x(place)), self.bottom - LABEL_GAP - 9, text, "muted", ha="center", kind="across")
        if self.name:
            self._frame(steps=steps)

    def _frame(self, *, steps: bool) -> None:
        """An unseen frame that tells the page's script the panel's place and its axes."""
        from matplotlib.patches import Rectangle

        box = Rectangle((self.left, self.bottom), self.right - self.left, self.top - self.bottom, color="none")
        described = [f"{a.kind} {a.low!r} {a.high!r} {a.threshold!r}" for a in (self.across, self.up)]
        self._add(box, "frame", *described, "labelled" if steps else "", clipped=False)

    def _add(self, artist: "Artist", kind: str, *more: str, clipped: bool = True) -> None:
        from matplotlib.transforms import IdentityTransform

        artist.set_transform(IdentityTransform())
        # Drawn in the order they were put here.
        artist.set_zorder(len(self.canvas.artists))
        if clipped:
            artist.set_clip_box(self._clip)
        if self.name:
            artist.set_gid(named(kind, self.name, *more))
        self.canvas.add_artist(artist)
