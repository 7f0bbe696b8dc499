"""matplotlib's SVG made fit for the inside of a page: small, whole without a style sheet, with ids of its own."""

import re

DECIMALS = 1


def embedded(svg: str, *, prefix: str, label: str) -> str:
    """The `<svg>` element alone, ready to be inlined in HTML, or to be a file of its own.

    Args:
        svg: a whole SVG document as matplotlib writes it, text kept as text.
        prefix: goes before every id that is referred to; unique on the page.
        label: what the figure shows, for readers who cannot see it; plain text.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # Its style sheet would apply to the whole page.
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'\b(d|points|x|y|width|height|transform)="([^"]*)"', shorter, body)
    body = re.sub(r' style="([^"]*)"', as_attributes, body)
    body = with_ids(re.sub(r' id="([^"|]*\|[^"]*)"', with_data, body).replace("xlink:href", "href"), prefix)
    body = re.sub(r"\s*\n\s*", "\n", body)
    body = re.sub(r"<g>\s*</g>|<defs>\s*</defs>", "", body)
    body = re.sub(r"<g( clip-path=[^>]*)?>\n((?:<use [^>]*/>\n)+)</g>", colours_once, body)
    # A group of one that nobody asks for.
    body = re.sub(r"<g>\n(<path [^<>]*/>|<text [^<>]*>[^<>]*</text>)\n</g>", r"\1", body)
    body = re.sub(r"\s+(?=/?>)", "", body)
    return re.sub(r"<svg\b[^>]*>", lambda tag: opening(tag[0], label), body, count=1).strip()


def opening(tag: str, label: str) -> str:
    """The `<svg>` tag with its view box alone: the page gives it its size."""
    box = re.search(r'viewBox="[^"]*"', tag)
    text = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    # Where no style sheet applies the text still has a size and a family.
    font = 'font-family="sans-serif" font-size="11.5"'
    return f'<svg {box[0] if box else ""} {font} role="img" aria-label="{text}" xmlns="http://www.w3.org/2000/svg">'


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


def as_attributes(style: re.Match[str]) -> str:
    """A style as presentation attributes: they hold where a server's policy forbids styles.  The page decides on fonts.

    >>> re.sub(r' style="([^"]*)"', as_attributes, '<path style="fill: none; stroke: #112233"/>')
    '<path fill="none" stroke="#112233"/>'
    """
    parts = [part.split(":", 1) for part in style[1].split(";") if ":" in part]
    kept = [(name.strip(), value.strip()) for name, value in parts]
    kept = [(name, value) for name, value in kept if name == "font-weight" or not name.startswith("font")]
    return "".join(f' {name}="{value}"' for name, value in kept)


def colours_once(group: re.Match[str]) -> str:
    """A group of marks, the colours of all of them said once, where they are the same."""
    attributes, marks = group[1] or "", group[2]
    told = set(re.findall(r' ((?:fill|stroke|stroke-width)="[^"]*")', marks))
    names = [one.split("=")[0] for one in told]
    if len(set(names)) < len(names) or marks.count("<use ") < 3:
        return group[0]
    for one in told:
        marks = marks.replace(f" {one}", "")
    return f"<g{attributes}{''.join(f' {one}' for one in sorted(told))}>\n{marks}</g>"


def with_data(name: re.Match[str]) -> str:
    """The parts of an artist's name as `data-` attributes for the page's script: `panel.named` made it."""
    kind, panel, *more = name[1].split("|")
    return "".join(f' data-{key}="{value}"' for key, value in zip("kpabc", (kind, panel, *more), strict=False) if value)


def with_ids(body: str, prefix: str) -> str:
    """Ids nobody refers to removed, the others prefixed."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "", body)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", body)
