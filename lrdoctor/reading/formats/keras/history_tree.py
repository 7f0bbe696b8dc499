"""Histories in nested dicts and lists, as JSON or a pickle gives them: lists of numbers under the names of metrics.

    {"loss": [2.0, 1.2], "val_loss": [1.9, 1.4], "lr": [0.1, 0.1]}         Keras's `History.history`
    {"loss": {"0": 2.0, "1": 1.2}}                                         the same through a pandas DataFrame
    {"train": {"loss": [...]}, "val": {"loss": [...]}}                     the split outside, or inside, of the metric
    {"train": {"iter": [0, 10], "loss": [...]}, "val": {"iter": [0], ...}} each with steps of its own
    {"train_history": [{"step": 0, "loss": 4.1}], "val_history": [...]}    lists of rows by split
    [{"lr": 0.1, "history": {"loss": [...]}}, {"lr": 0.2, ...}]            one history a run, with its settings
    [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.2}]                 one object an epoch

The tree is untrusted: parts of it may be shared, or hold themselves.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam, Series, read_only
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS, is_loss_name, words

MAX_DEPTH = 12
MAX_NODES = 50_000  # dicts and lists visited
MAX_ITEMS = 5_000_000  # in them together, those of shared parts each time
MAX_CURVES = 2_000
MAX_RUNS = 1_000
MAX_PLAIN = 2_000  # plain values kept as settings
MAX_KEY = 200  # characters; what is longer names no metric
WRAPPERS = frozenset({"history", "metrics", "logs", "log", "results"})  # say nothing of which run it is
CLOCKS = ("step", "steps", "global_step", "iteration", "iterations", "iter", "iters", "epoch", "epochs")

_Path = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class History:
    """The curves of one training.

    Args:
        label: the keys that lead to it, joined with `/`; empty where it is the only one.
        series: every curve, on its own count from 0 or on the history's own steps.
        settings: plain values beside the curves.
        axis: what the steps count: `epoch` unless the history names something else.
        uneven: whether curves without steps differ in length, so that they count different things.
    """

    label: str
    series: Mapping[str, Series]
    settings: Mapping[str, HParam]
    axis: str
    uneven: bool


@dataclass
class _Found:
    curves: dict[_Path, list[float | None]] = field(default_factory=dict)
    plain: dict[_Path, object] = field(default_factory=dict)
    nodes: int = 0
    items: int = 0

    def charge(self, items: int) -> None:
        """Count what is looked at, so that shared parts cannot make it endless."""
        self.items += items
        if self.items > MAX_ITEMS:
            raise UnreadableError(f"more than {MAX_ITEMS:,} numbers: keep the loss and the learning rate")


def histories(tree: object) -> list[History]:
    """Every history with a loss in `tree`, in the order written; empty where there is none.

    Raises:
        UnreadableError: the tree is larger than any history.
    """
    found = _Found()
    _walk(tree, (), found)
    runs: dict[_Path, dict[str, list[float | None]]] = {}
    for path, curve in found.curves.items():
        place, tag = _place_and_tag(path)
        runs.setdefault(place, {})[tag] = curve
    told = {place: curves for place, curves in runs.items() if any(map(is_loss_name, curves))}
    if len(told) > MAX_RUNS:
        raise UnreadableError(f"more than {MAX_RUNS:,} histories in one file: give fewer")
    beside = _settings(found.plain, told.keys())
    return [_history(place, curves, beside[place], alone=len(told) == 1) for place, curves in told.items()]


def _walk(node: object, path: _Path, found: _Found) -> None:
    if len(path) > MAX_DEPTH:
        return
    found.nodes += 1
    if found.nodes > MAX_NODES:
        raise UnreadableError(f"more than {MAX_NODES:,} nested lists and objects: give the history alone")
    items: Iterable[tuple[str, object]]
    if isinstance(node, dict | list | tuple):
        found.charge(len(node))
    if isinstance(node, dict):
        items = ((str(key), value) for key, value in node.items())
    elif isinstance(node, list | tuple):
        items = ((str(index), value) for index, value in enumerate(node))
    else:
        return
    for tag, column in (_columns(node, found) if isinstance(node, list) else {}).items():
        _keep((*path, tag), column, found)
        items = ()
    for key, value in items:
        if len(key) > MAX_KEY:
            continue
        here = (*path, key)
        if isinstance(value, dict | list | tuple):
            curve = _curve(value, found) if isinstance(node, dict) else None
            if curve is None:
                _walk(value, here, found)
            else:
                _keep(here, curve, found)
        elif len(found.plain) < MAX_PLAIN:
            found.plain[here] = value


def _keep(path: _Path, curve: list[float | None], found: _Found) -> None:
    if len(found.curves) == MAX_CURVES:
        raise UnreadableError(f"more than {MAX_CURVES:,} lists of numbers: keep the loss and the learning rate")
    found.curves[path] = curve


def _columns(rows: Sequence[object], found: _Found) -> dict[str, list[float | None]]:
    """The columns of a list with one object an epoch or a step; empty for anything else.

    Objects that are not counted are runs, not epochs.
    """
    columns: dict[str, list[float | None]] = {}
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            return {}
        for tag, value in row_numbers(row, found.charge):
            column = columns.setdefault(tag, [])
            if len(columns) > MAX_CURVES:
                return {}
            found.charge(place - len(column))
            column.extend([None] * (place - len(column)))
            column.append(value)
    for column in columns.values():
        found.charge(len(rows) - len(column))
        column.extend([None] * (len(rows) - len(column)))
    counted = any(name in columns and _steps(columns[name]) for name in CLOCKS)
    return columns if len(rows) > 1 and counted and any(map(is_loss_name, columns)) else {}


def row_numbers(
    row: Mapping[str, object], charge: Callable[[int], None] = lambda _: None
) -> Iterator[tuple[str, float]]:
    """The numbers of one object, and of those in it, as `train/loss`."""
    charge(len(row))
    for key, value in row.items():
        if isinstance(value, dict):
            charge(len(value))
            inside = ((f"{key}/{inner}", number(item)) for inner, item in value.items())
            yield from ((tag, one) for tag, one in inside if one is not None and len(tag) <= MAX_KEY)
        elif (one := number(value)) is not None and len(key) <= MAX_KEY:
            yield key, one


def _curve(value: Mapping[object, object] | Sequence[object], found: _Found) -> list[float | None] | None:
    """The numbers of a list, or of an object that numbers them as pandas does; None for anything else."""
    found.charge(len(value))
    items: Iterable[object] = value
    missing: float | None = None
    if isinstance(value, dict):
        if list(map(str, value)) != [str(i) for i in range(len(value))]:
            return None
        # pandas writes null for a NaN, and its columns have no cell that is missing from the history.
        items, missing = value.values(), math.nan
    curve: list[float | None] = []
    for item in items:
        one = number(item)
        if one is None and item is not None:
            return None
        curve.append(missing if one is None else one)
    return curve if any(one is not None for one in curve) else None


def _place_and_tag(path: _Path) -> tuple[_Path, str]:
    """Which run a curve belongs to, and its name there: the split stays with the metric, whichever is outside."""
    size = 2 if len(path) > 1 and (_is_split(path[-1]) or _is_split(path[-2])) else 1
    place, tag = path[:-size], path[-size:]
    while place and place[-1].lower() in WRAPPERS:
        place = place[:-1]
    return place, "/".join(tag)


def _is_split(key: str) -> bool:
    """Whether a key names a split and no more: `val`, `train_history`."""
    found = [word for word in words(key) if word not in WRAPPERS]
    return len(found) == 1 and (found[0] in TRAIN_WORDS or found[0] in VALIDATION_WORDS)


def _history(
    place: _Path, curves: Mapping[str, list[float | None]], settings: Mapping[str, HParam], *, alone: bool
) -> History:
    clocks = {place: clock for place in map(_folder, curves) if (clock := _clock(curves, place)) is not None}
    series, lengths = {}, set()
    for tag, curve in curves.items():
        if tag in clocks.values():
            continue
        clock = clocks.get(_folder(tag), clocks.get(""))
        steps = [] if clock is None else _steps(curves[clock])
        on_clock = len(curve) == len(steps)
        at = [(steps[i] if on_clock else i, one) for i, one in enumerate(curve) if one is not None]
        series[tag] = Series(read_only([step for step, _ in at]), read_only([one for _, one in at]))
        if is_loss_name(tag):
            lengths.add(0 if on_clock else len(curve))
    clock = next((_name(clock) for clock in clocks.values()), "epoch")
    axis = "epoch" if clock.startswith("epoch") else clock.removesuffix("s")
    label = "" if alone else "/".join(part for part in place if part.lower() not in WRAPPERS)
    # A validation before the first epoch makes a list one longer.
    uneven = bool(lengths) and max(lengths) - min(lengths) > 1
    return History(label, series, settings, axis, uneven)


def _folder(tag: str) -> str:
    return tag.rpartition("/")[0]


def _name(tag: str) -> str:
    return tag.rpartition("/")[2].lower()


def _clock(curves: Mapping[str, list[float | None]], folder: str) -> str | None:
    """What counts the curves of one folder: a split may have steps of its own, `{"val": {"iter": [...], ...}}`."""
    inside = [tag for tag in curves if _folder(tag) == folder]
    return next((tag for name in CLOCKS for tag in inside if _name(tag) == name and _steps(curves[tag])), None)


def _steps(curve: Sequence[float | None]) -> list[float]:
    """The curve where it can count the others: finite and never falling; empty otherwise."""
    known = [one for one in curve if one is not None and math.isfinite(one)]
    return known if len(known) == len(curve) and all(a <= b for a, b in pairwise(known)) else []


def _settings(plain: Mapping[_Path, object], places: Collection[_Path]) -> dict[_Path, dict[str, HParam]]:
    """The plain values in and below each history's own object; what belongs to none of them belongs to all."""
    own: dict[_Path, dict[str, object]] = {place: {} for place in places}
    shared: dict[str, object] = {}
    for path, value in plain.items():
        place = next((path[:size] for size in range(len(path), -1, -1) if path[:size] in own), None)
        if place is None:
            shared["/".join(path)] = value
        else:
            own[place]["/".join(path[len(place) :])] = value
    common = flatten(shared)
    return {place: common | flatten(values) for place, values in own.items()}
