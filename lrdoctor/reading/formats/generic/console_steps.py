"""Where the rows of a text log stand: steps, epochs, or numbers where nothing counts; and where trainings begin.

A training script that is run again appends to its log.  Where it begins from the start, that is another training;
where it goes on from a checkpoint, it is the same one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from lrdoctor.records.run import HParam, Note

MOSTLY = 0.9  # share of the rows with the training loss that must carry a counter
MIN_DISTINCT = 0.5  # changes of the epoch per row: below it rows are finer than epochs


class Row(NamedTuple):
    """A line with values.

    Args:
        epoch, at, of, unit: as in `Line`, taken from the lines above where its own says nothing.
        values: tag and value.
        main: whether it holds the training loss.
        again: whether a line above announced the training's first epoch again.
        within: whether `at` is counted within the epoch, by what the line says.
        begins: whether it is the first of a phase with a loss of its own.
        settings: what it says of how a training is set; such a row may have no values.
    """

    epoch: float | None
    at: float | None
    of: float
    unit: str
    values: tuple[tuple[str, float], ...]
    main: bool
    again: bool = False
    within: bool = False
    begins: bool = False
    settings: tuple[tuple[str, HParam], ...] = ()


@dataclass(frozen=True)
class Placed:
    """A log's rows in order.

    Args:
        axis: what the steps count.
        trainings: for each of them its rows and their steps.
        notes: what had to be done.
    """

    axis: str
    trainings: tuple[tuple[tuple[float, Row], ...], ...]
    notes: tuple[Note, ...] = ()


def place(rows: Sequence[Row]) -> Placed:
    """The rows with their steps, training by training."""
    main = [row for row in rows if row.main]
    have_at = [row for row in main if row.at is not None]
    have_epoch = [row for row in main if row.epoch is not None]
    epochs = [row.epoch for row in have_epoch if row.epoch is not None]
    if len(have_at) >= MOSTLY * len(main):
        return _by_step(rows, have_at, epochs if len(have_epoch) >= MOSTLY * len(main) else [])
    # Several trainings in one file have the same epochs, so it is counted how often the epoch changes.
    changes = 1 + sum(epoch != later for epoch, later in pairwise(epochs))
    if len(have_epoch) >= MOSTLY * len(main) and changes >= MIN_DISTINCT * len(main):
        return _split("epoch", rows, [row.epoch for row in rows])
    note = Note("steps-invented", "the lines count no steps: they are numbered")
    return _numbered(rows, note)


def _by_step(rows: Sequence[Row], main: Sequence[Row], epochs: Sequence[float]) -> Placed:
    unit = Counter(row.unit for row in main).most_common(1)[0][0]
    falls = [(row, later) for row, later in pairwise(main) if (later.at or 0) < (row.at or 0)]
    highest = max(row.at or 0 for row in main)
    stated = Counter(row.of for row in main).most_common(1)[0][0]
    length = stated if stated >= highest else highest + _first_gap(main)
    seen = Note("steps-invented", f"an epoch has {length:g} {_plural(unit)}, the most seen in one")
    note = [] if length == stated else [seen]
    if epochs and not unit.startswith(("global", "total")) and _within_epochs(main, epochs):
        base = min(min(epochs), 1.0)
        steps = [None if row.at is None or row.epoch is None else (row.epoch - base) * length + row.at for row in rows]
        return _split(unit, rows, steps, note)
    if falls and not epochs and _are_passes(main, falls, length):
        offset, last, steps = 0.0, 0.0, []
        for row in rows:
            if row.main and row.at is not None:
                offset += length if row.at < last else 0
                last = row.at
            steps.append(None if row.at is None else offset + row.at)
        passes = Note("steps-invented", f"{unit} starts again {len(falls)} times, with every epoch: counted on")
        return _split(unit, rows, steps, [*note, passes])
    return _split(unit, rows, [row.at for row in rows])


def _within_epochs(main: Sequence[Row], epochs: Sequence[float]) -> bool:
    """Whether steps are counted anew in each epoch: they fall where it rises; of a single epoch its lines say so."""
    if len(set(epochs)) == 1:
        return any(row.within for row in main)
    return any(
        (later.epoch or 0) > (row.epoch or 0) and (later.at or 0) <= (row.at or 0) for row, later in pairwise(main)
    )


def _first_gap(main: Sequence[Row]) -> float:
    """One logging interval where each epoch counts from 0: the last row then is not its last step."""
    if min(row.at or 0 for row in main) > 0:
        return 0.0
    gaps = sorted(gap for row, later in pairwise(main) if (gap := (later.at or 0) - (row.at or 0)) > 0)
    return gaps[len(gaps) // 2] if gaps else 1.0


def _are_passes(main: Sequence[Row], falls: Sequence[tuple[Row, Row]], length: float) -> bool:
    """Whether the counter falls because an epoch ended: always near the end, back to where it began."""
    first = main[0].at or 0
    gap = max(length * 0.1, 1.0)
    return all((row.at or 0) >= length - gap and abs((later.at or 0) - first) <= gap for row, later in falls) and (
        len(falls) > 1 or bool(main[0].of)
    )


def _numbered(rows: Sequence[Row], note: Note) -> Placed:
    """Numbers for the rows with the loss; the epoch, where there is one, says where trainings begin."""
    steps: list[float | None] = []
    count, epoch = 0, -1.0
    for row in rows:
        if not row.main:
            steps.append(None)
            continue
        if row.again or (row.epoch is not None and row.epoch < epoch):
            count = 0
        epoch = epoch if row.epoch is None else row.epoch
        steps.append(float(count))
        count += 1
    return _split("row", rows, steps, [note])


def _split(axis: str, rows: Sequence[Row], steps: Sequence[float | None], notes: Sequence[Note] = ()) -> Placed:
    """Trainings: a new one begins where the step falls to where the one before it began."""
    trainings: list[list[tuple[float, Row]]] = [[]]
    first, second, last = None, None, 0.0
    for row, step in zip(rows, steps, strict=True):
        if row.main:
            if step is None:
                continue
            if first is None or (step < last and step <= (first if second is None else second)):
                if first is not None:
                    trainings.append([])
                first, second = step, None
            elif row.again and step <= last and step <= first:
                trainings.append([])
                first, second = step, None
            elif second is None and step > first:
                second = step
            last = step
            trainings[-1].append((step, row))
        else:
            # What counts as training does keeps its own step; anything else belongs to the last one.
            trainings[-1].append((last if step is None else step, row))
    return Placed(axis, tuple(tuple(training) for training in trainings), tuple(notes))


def _plural(unit: str) -> str:
    if unit.endswith("s"):
        return unit
    return f"{unit}es" if unit.endswith("ch") else f"{unit}s"
