"""A figure as the page shows it: the drawing, its legend in words, what it says to who cannot see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One entry of a legend: `swatch` names the style it is drawn in, see `style.css`."""

    swatch: str
    text: str


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        kind: `loss` or `belief`.
        title: above it.
        svg: markup that is safe to inline.
        keys: its legend; plain text, to be escaped.
    """

    kind: str
    title: str
    svg: str
    keys: tuple[Key, ...]
