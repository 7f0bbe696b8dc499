"""The header of a W&B chart's CSV: which column is whose, and where a run's name ends and the metric's begins.

Both may hold ` - ` and `/`, so the split is a guess: at the last ` - `, unless what follows is no known metric and
another split leaves runs and metrics that more columns share.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DASH = " - "
BOUNDS = ("__MIN", "__MAX")
MAX_SPLITS = 8  # of one name that are weighed

PHASE = re.compile(r"train|training|val|valid|validation|dev|eval|test", re.IGNORECASE)
# A metric whose name has one of these words is known; `_step` and the like are W&B's own.
_METRIC = re.compile(
    r"_\w+|.*(?<![^\W_])(loss|losses|lr|learning.?rate|acc|accuracy|err|error|perplexity|ppl|grad.?norm|reward|epoch)"
    r"(?![^\W_\d]).*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Plot:
    """One column of the chart: its index, whose and what it is, and the indices of its `__MIN` and `__MAX`."""

    column: int
    run: str
    metric: str
    bounds: tuple[int, int] | None


def plots(header: Sequence[str]) -> tuple[Plot, ...]:
    """The columns that hold values, in the header's order, with each name split into run and metric."""
    at = axis_index(header)
    known = frozenset(header)
    values = [
        i
        for i, name in enumerate(header)
        if i > at and name.find(DASH) > 0 and not (name.endswith(BOUNDS) and name[:-5] in known)
    ]
    shared = Counter(part for i in values for split in _splits(header[i]) for part in enumerate(split))
    named = []
    for i in values:
        run, metric = max(_splits(header[i]), key=lambda split: _fit(split, shared))
        while DASH in run and PHASE.fullmatch(run.rpartition(DASH)[2]):  # `run - train - loss`
            run, _, phase = run.rpartition(DASH)
            metric = f"{phase}{DASH}{metric}"
        named.append(Plot(i, run, metric, _bounds(header, i, known)))
    return tuple(named)


def axis_index(header: Sequence[str]) -> int:
    """The x axis comes first, but for the nameless index column that pandas adds."""
    return 1 if len(header) > 1 and not header[0] and DASH not in header[1] else 0


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """Every way to split a column's name at a ` - `, the last one first."""
    at = len(name)
    for _ in range(MAX_SPLITS):
        at = name.rfind(DASH, 0, at)
        if at <= 0:
            return
        yield name[:at], name[at + len(DASH) :]


def _fit(split: tuple[str, str], shared: Counter[tuple[int, str]]) -> tuple[bool, int]:
    """How good a split is: whether it leaves a known metric, then how many columns share its run and its metric."""
    known = DASH not in split[1] and _METRIC.fullmatch(split[1]) is not None
    return known, sum(shared[part] for part in enumerate(split))


def _bounds(header: Sequence[str], column: int, known: frozenset[str]) -> tuple[int, int] | None:
    """Where the column's `__MIN` and `__MAX` stand: to the right of it, since two runs may have one name."""
    low, high = (header[column] + bound for bound in BOUNDS)
    if low not in known or high not in known:
        return None
    try:
        return header.index(low, column), header.index(high, column)
    except ValueError:
        return None
