"""matplotlib's SVG made fit for the inside of a page: small, themed by CSS, with ids of its own."""

import re
from collections.abc import Mapping

DECIMALS = 1


def embedded(svg: str, *, prefix: str, colours: Mapping[str, str], label: str) -> str:
    """The `<svg>` element alone, ready to be inlined in HTML.

    Args:
        svg: a whole SVG document as matplotlib writes it, text kept as text.
        prefix: goes before every id that is referred to; unique on the page.
        colours: hexadecimal colour -> CSS custom property that replaces it, so that the page's theme decides.
        label: what the figure shows, for readers who cannot see it; plain text.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # Its style sheet would apply to the whole page.
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'\b(d|points|x|y|width|height|transform)="([^"]*)"', shorter, body)
    body = re.sub(r'(<text\b[^>]*) style="([^"]*)"', without_font, body)
    body = with_ids(body.replace("xlink:href", "href"), prefix)
    for colour, name in colours.items():
        body = body.replace(colour, f"var({name}, {colour})")
    body = re.sub(r"\s*\n\s*", "\n", body)
    body = re.sub(r"<g>\s*</g>|<defs>\s*</defs>", "", body)
    return re.sub(r"<svg\b[^>]*>", lambda tag: opening(tag[0], label), body, count=1).strip()


def opening(tag: str, label: str) -> str:
    """The `<svg>` tag with its view box alone: the page gives it its size."""
    box = re.search(r'viewBox="[^"]*"', tag)
    text = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<svg {box[0] if box else ""} role="img" aria-label="{text}" xmlns="http://www.w3.org/2000/svg">'


def shorter(attribute: re.Match[str]) -> str:
    """A geometry attribute with its numbers rounded and its line breaks gone."""
    value = re.sub(r"-?\d+\.\d+", lambda n: rounded(n[0]), attribute[2])
    value = re.sub(r"\s*\n\s*", "", value) if attribute[1] == "d" else value
    value = re.sub(r"(?<=[MLCQz]) ", "", value) if attribute[1] == "d" else value
    # "rotate(-0 x y)" on every label turns nothing.
    value = re.sub(r"^rotate\(-?0 [^)]*\)$", "", value)
    return f'{attribute[1]}="{value}"' if value else ""


def rounded(number: str) -> str:
    """A decimal in `DECIMALS` places, without the zeros.

    >>> rounded("51.840001"), rounded("-0.04"), rounded("3.27")
    ('51.8', '0', '3.3')
    """
    text = f"{float(number):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def without_font(tag: re.Match[str]) -> str:
    """A text element whose font the page decides; its alignment stays."""
    kept = [part for part in tag[2].split(";") if part.strip() and not part.strip().startswith("font")]
    return f'{tag[1]} style="{";".join(kept).strip()}"' if kept else tag[1]


def with_ids(body: str, prefix: str) -> str:
    """Ids nobody refers to removed, the others prefixed."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "", body)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", body)
