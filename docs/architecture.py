"""Draw the house from its own imports, and count: rooms, floors, circles, arrows back.

    python docs/architecture.py            writes docs/architecture.svg and prints the counts (`make architecture`)
    python docs/architecture.py --check    fails if the picture is not the code's

The floors are those of the import-linter contract in pyproject.toml; the arrows are counted from the code.  An arrow is
drawn only where no longer way over the floors between says the same.
"""

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"
PACKAGE = "lrdoctor"
WIDTH, HIGH, WIDE, GAP = 960, 44, 210, 46  # of the picture, a box, and between two floors, in px

Imports = Mapping[tuple[str, str], int]
"""How many imports lead from one room into another."""


def floors() -> list[list[str]]:
    """The rooms of each floor, the highest first, as the contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers" and c["containers"] == [PACKAGE])
    return [[room.strip(" ()") for room in layer.split("|")] for layer in layers]


def counted(graph: grimp.ImportGraph) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Files in each room, and imports between any two rooms."""
    files: Counter[str] = Counter()
    imports: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        if (here := room_of(module)) is not None:
            files[here] += 1
            for other in graph.find_modules_directly_imported_by(module):
                there = room_of(other)
                if there is not None and there != here:
                    imports[here, there] += 1
    return files, imports


def room_of(module: str) -> str | None:
    """The room of a module: `reading` of `lrdoctor.reading.load`; None for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__main__" else None


def arrows_back(levels: Sequence[Sequence[str]], imports: Imports) -> list[tuple[str, str]]:
    """Imports between rooms that do not lead down."""
    floor = {room: k for k, rooms in enumerate(levels) for room in rooms}
    return sorted(pair for pair in imports if floor[pair[0]] >= floor[pair[1]])


def needed(imports: Imports) -> list[tuple[str, str]]:
    """The arrows without those that a way over other rooms implies."""
    below: dict[str, set[str]] = {}
    for here, there in imports:
        below.setdefault(here, set()).add(there)

    def reach(room: str) -> set[str]:
        found: set[str] = set()
        ahead = [room]
        while ahead:
            new = below.get(ahead.pop(), set()) - found
            found |= new
            ahead += sorted(new)
        return found

    return sorted((a, b) for a, b in imports if not any(b in reach(other) for other in below[a] - {b}))


def picture(levels: Sequence[Sequence[str]], files: Mapping[str, int], imports: Imports) -> str:
    """The SVG: a row of boxes a floor, arrows downwards."""
    place: dict[str, tuple[float, float]] = {}
    for k, rooms in enumerate(levels):
        left = (WIDTH - len(rooms) * WIDE - (len(rooms) - 1) * 20) / 2
        for i, room in enumerate(rooms):
            place[room] = (left + i * (WIDE + 20), 10 + k * (HIGH + GAP))
    high = 10 + len(levels) * (HIGH + GAP) - GAP + 10
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" height="{high}" '
        'font-family="sans-serif" font-size="14" role="img" aria-label="The rooms of lrdoctor and who uses whom">\n'
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>'
    )
    out = [head, f'<rect width="{WIDTH}" height="{high}" fill="#fff"/>']
    for here, there in needed(imports):
        (x1, y1), (x2, y2) = place[here], place[there]
        x1, x2, y1 = x1 + WIDE / 2, x2 + WIDE / 2, y1 + HIGH
        bend = (y2 - y1) / 2
        out.append(
            f'<path d="M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}" fill="none" '
            f'stroke="#667" marker-end="url(#end)"><title>{escape(here)} uses {escape(there)}</title></path>'
        )
    for room, (x, y) in place.items():
        count = "1 file" if files[room] == 1 else f"{files[room]} files"
        out.append(
            f'<rect x="{x:g}" y="{y:g}" width="{WIDE}" height="{HIGH}" rx="6" fill="#eef3fb" stroke="#4a6fa5"/>'
            f'<text x="{x + WIDE / 2:g}" y="{y + 19:g}" text-anchor="middle" font-weight="bold">{escape(room)}</text>'
            f'<text x="{x + WIDE / 2:g}" y="{y + 35:g}" text-anchor="middle" font-size="11" fill="#556">{count}</text>'
        )
    return "\n".join([*out, "</svg>\n"])


def main() -> int:
    """Draw, count, and with `--check` compare; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the committed picture is another")
    check = parser.parse_args().check
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    files, imports = counted(graph)
    levels = [[room for room in rooms if files[room]] for rooms in floors()]
    if homeless := sorted(set(files) - {room for rooms in levels for room in rooms}):
        print("on no floor of the contract in pyproject.toml:", ", ".join(homeless))
        return 1
    back = arrows_back(levels, imports)
    drawn = picture(levels, files, imports)
    packages = [module for module in sorted(graph.modules) if graph.find_children(module)]
    circles = {package for package in packages if graph.nominate_cycle_breakers(package)}
    print(f"{len(files)} rooms on {len(levels)} floors, {sum(files.values())} files; {len(imports)} arrows")
    print("arrows back:", ", ".join(f"{a} -> {b}" for a, b in back) or "none")
    print(f"folders, of {len(packages)}, with a circle inside:", ", ".join(sorted(circles)) or "none")
    if check and (not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != drawn):
        print("docs/architecture.svg is not what the code is: run `make architecture`")
        return 1
    if not check:
        PICTURE.write_text(drawn, encoding="utf-8")
    return int(bool(back or circles))


if __name__ == "__main__":
    raise SystemExit(main())
