"""The rows of a text log put right before they are placed: echoes, steps that only a bar tells, phases of training.

A file may tell of several trainings that follow one another: pre-training and a probe, stages with losses of their own,
seeds.  A new one begins where the counter falls and something else changes too: what is named, or how long it lasts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from lrdoctor.reading.formats.generic.console_steps import MOSTLY, Row
from lrdoctor.vocabulary.tags import is_loss_name, is_of_validation

ECHOED = 0.4  # share of the rows that are said twice, where every row is
MIN_PHASE = 5  # rows with a loss
MIN_TURNS = 6  # of rows of several lengths, where no epoch is told
MIN_RISING = 0.95  # share of the steps that bars tell which are higher than the one before


def without_echoes(rows: Sequence[Row]) -> list[Row]:
    """The rows, each once: two handlers may print every row."""
    echoes = [row.main and row[:5] == before[:5] for before, row in pairwise(rows)]
    count = sum(row.main for row in rows)
    known = [row.main and row.at is not None for row in rows[1:]]
    every = sum(echoes) >= ECHOED * count
    again = [False, *(echo and (every or at) for echo, at in zip(echoes, known, strict=True))]
    return [row for row, echo in zip(rows, again, strict=True) if not echo]


def with_steps_of_bars(rows: Sequence[Row], beside: Mapping[int, float]) -> list[Row]:
    """The rows with the steps that the training's bar told beside them, where they have none of their own."""
    main = [place for place, row in enumerate(rows) if row.main]
    steps = [beside[place] for place in main if place in beside and rows[place].at is None]
    rising = sum(later > step for step, later in pairwise(steps))
    if len(steps) < MOSTLY * len(main) or rising < MIN_RISING * (len(steps) - 1):
        return list(rows)
    return [
        row._replace(at=beside[place], unit="step") if row.main and place in beside else row
        for place, row in enumerate(rows)
    ]


def with_other_losses(rows: Sequence[Row]) -> list[Row]:
    """The rows, those of a later phase that has a training loss of its own taken for training too."""
    main = [place for place, row in enumerate(rows) if row.main]
    named = {tag for place in main for tag, _ in rows[place].values}
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for tag, _ in row.values:
            if not row.main and (row.at, row.epoch) != (None, None) and tag not in named and _is_training_loss(tag):
                found.setdefault(tag, []).append(place)
    changed = list(rows)
    for places in found.values():
        inside = any(places[0] < place < places[-1] for place in main)
        if inside or len(places) < MIN_PHASE:
            continue  # what is printed beside the rows of training: an epoch's mean
        for number, place in enumerate(places):
            changed[place] = changed[place]._replace(main=True, begins=number == 0)
    following = {place for place, row in enumerate(changed) if row.main}
    for places in found.values():  # and what comes after it is another phase again
        after = min((place for place in following if place > places[-1]), default=None)
        if places[0] in following and after is not None:
            changed[after] = changed[after]._replace(begins=True)
    return changed


def with_evaluations(rows: Sequence[Row]) -> list[Row]:
    """The rows, those told as validation that count to another number than training where the two take turns.

    `391/391` and `100/100`, epoch for epoch: nothing but the length of their bars tells kuangliu's two loops apart.
    """
    splits = _lengths_of_evaluations([row for row in rows if row.main])
    if not splits:
        return list(rows)
    return [
        row._replace(main=False, at=None, values=tuple((f"{splits[row.of]}/{tag}", value) for tag, value in row.values))
        if row.main and row.of in splits
        else row
        for row in rows
    ]


def _lengths_of_evaluations(main: Sequence[Row]) -> Mapping[float, str]:
    """The split of the rows of each length but the first, where two or three lengths take turns."""
    turns: list[tuple[float, float | None]] = []
    for row in main:
        if not row.of:
            return {}
        if not turns or turns[-1] != (row.of, row.epoch):
            turns.append((row.of, row.epoch))
    for period in (2, 3):
        for first in range(period):
            lengths = [of for of, _ in turns[first : first + period]]
            if len(set(lengths)) == period and _take_turns(turns[first:], lengths):
                return dict(zip(lengths[1:], ("val", "test"), strict=False))
    return {}


def _take_turns(turns: Sequence[tuple[float, float | None]], lengths: Sequence[float]) -> bool:
    """Whether these lengths follow one another again and again, and a new epoch begins with the first of them."""
    period = len(lengths)
    if any(of != lengths[number % period] for number, (of, _) in enumerate(turns)):
        return False
    epochs = [epoch for _, epoch in turns]
    if None in epochs:
        return len(turns) >= MIN_TURNS * period and lengths[0] == max(lengths)
    rises = {number for number, (epoch, later) in enumerate(pairwise(epochs), start=1) if epoch != later}
    return len(turns) >= 2 * period and rises == set(range(period, len(turns), period))


def phases(rows: Sequence[Row], loss: str) -> list[list[Row]]:
    """The rows of each phase, with what is printed after them."""
    main = [place for place, row in enumerate(rows) if row.main]
    falls = [later for place, later in pairwise(main) if _falls(rows[place], rows[later])]
    pieces = [[rows[place] for place in main if low <= place < high] for low, high in pairwise([0, *falls, len(rows)])]
    changes = [_kind(before) != _kind(piece) for before, piece in pairwise(pieces)]
    cuts = [fall for fall, changed in zip(falls, changes, strict=True) if changed or rows[fall].begins]
    cuts += [place for place in main if rows[place].begins]
    cuts = cuts or _restarts([rows[place] for place in main], main, loss)
    edges = sorted({0, *(_heading(rows, cut) for cut in cuts), len(rows)})
    return [list(rows[low:high]) for low, high in pairwise(edges)]


def _heading(rows: Sequence[Row], cut: int) -> int:
    """Where what belongs to a phase begins: an evaluation at its first step stands above its first row."""
    while cut > 0 and not rows[cut - 1].main and rows[cut - 1].at is not None and rows[cut - 1].at == rows[cut].at:
        cut -= 1
    return cut


def _falls(row: Row, later: Row) -> bool:
    if None in (row.at, later.at) or (row.epoch is None) != (later.epoch is None):
        return False
    return (later.epoch or 0.0, later.at or 0.0) < (row.epoch or 0.0, row.at or 0.0)


def _kind(rows: Sequence[Row]) -> tuple[float, frozenset[str]]:
    """How long a piece of training says that it lasts, and what most of its rows name."""
    if not rows:
        return 0.0, frozenset()
    named = Counter(tag for row in rows for tag, _ in row.values)
    most = frozenset(tag for tag, count in named.items() if count > 0.5 * len(rows))
    return Counter(row.of for row in rows).most_common(1)[0][0], most


def _restarts(told: Sequence[Row], main: Sequence[int], loss: str) -> list[int]:
    """Where a counter falls to its start and the loss goes back to where it began: another training, not an epoch.

    Judged for all falls together, for each of them alone says little.
    """
    if any(row.at is None or row.epoch is not None for row in told):
        return []
    falls = [i for i in range(1, len(told)) if (told[i].at or 0.0) < (told[i - 1].at or 0.0)]
    values = [dict(row.values).get(loss, float("nan")) for row in told]
    back = 0
    for low, fall in pairwise([0, *falls]):
        start, end, again = (_middle(values[a:b]) for a, b in ((low, low + 3), (fall - 3, fall), (fall, fall + 3)))
        back += start - end > 0 and again - end > 0.6 * (start - end)
    return [main[fall] for fall in falls] if falls and back >= MOSTLY * len(falls) else []


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _is_training_loss(tag: str) -> bool:
    return is_loss_name(tag) and not is_of_validation(tag)
