"""The marks of a legend, drawn as small inline pictures: they print, and stand where no style sheet applies."""

from dataclasses import dataclass

from lrdoctor.report.figures.colours import COLOURS

# Swatches that are no plain line of the colour that they are called after: shape, colour, dashes.
_SHAPES: dict[str, tuple[str, str, str]] = {
    "val": ("dot", "val", ""),
    "best": ("ring", "ink", ""),
    "prior": ("line", "muted", "2 3"),
    "here": ("line", "ink", ""),
    "next": ("line", "val", "5 3"),
    "falls": ("line", "rate", "4 2"),
    "interval": ("block", "belief", ""),
    "broke": ("cross", "level", ""),
    "broke-bad": ("cross", "bad", ""),
    "told": ("none", "muted", ""),
}


@dataclass(frozen=True)
class Swatch:
    """A mark: `shape` is `line`, `dot`, `ring`, `block`, `cross` or `none`."""

    shape: str
    colour: str
    dashes: str


def swatch(name: str) -> Swatch:
    """The mark of a legend's entry, by the name of its swatch."""
    shape, colour, dashes = _SHAPES.get(name, ("line", name, ""))
    return Swatch(shape, COLOURS.get(colour, COLOURS["muted"]), dashes)
