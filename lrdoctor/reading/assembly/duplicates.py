"""One training that stands in several files: told once.

Trainers write the same curve twice (event files beside `metrics.csv`, `results.csv`, `trainer_state.json`), and a run
counted twice is two votes in a sweep.  Names do not tell whether two logs are one training; their values do: losses
that agree in nearly every digit are no coincidence.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np

from lrdoctor.reading.assembly.likeness import Curve, pairs
from lrdoctor.reading.assembly.same_curve import CLOSE, MIN_VALUES, decimals, on_steps_of, same_curve
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Note, Run, Series, read_only
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from lrdoctor.vocabulary.tags import is_loss_name, quantity

ROUNDED = 6e-5  # absolute difference: half of the fourth decimal, which Hugging Face and nanoGPT round to
COARSE, ROUNDED_COARSE = 3, 6e-4  # decimals that many print, and half of the last
# Runs of one seed at two LRs far too low differ in less than any rounding: their LRs tell them apart, which two logs of
# one training give alike but for a peak that one of them stepped over.
OTHER_LR = 1.2  # ratio
MAX_ALL_PAIRS = 12  # logs below one folder: with more, two formats side by side are two habits rather than two loggers
NEAR = 4  # levels between the folders of one training's files: `output/`, `output/runs/Mar24_22-23-40/`
COMPLETED = ("val_loss", "lr", "grad_norm", "val_accuracy")  # roles
NAMED = 3  # other files of one training that are told by name
EQUAL = 8  # logs that hold the very same values which one is held against


@dataclass(frozen=True, eq=False)
class _Log:
    """A run with what is asked of it again and again."""

    run: Run
    roles: Roles

    @cached_property
    def folder(self) -> Path:
        return self.run.source.folder

    @cached_property
    def losses(self) -> dict[str, Series]:
        return {tag: series for tag, series in self.run.series.items() if is_loss_name(tag)}

    @cached_property
    def lr(self) -> float | None:
        return learning_rate(self.run, self.roles)[0]

    @cached_property
    def fullness(self) -> tuple[bool, bool, int, int]:
        """Whether the LR is known, and logged; at how many steps the training loss is; how many points in all."""
        loss = self.roles.loss
        steps = 0 if loss is None else len(np.unique(self.run.series[loss].step))
        return self.lr is not None, self.roles.lr is not None, steps, sum(map(len, self.run.series.values()))


def drop_duplicate_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs without those whose training a fuller log near them tells too; the kept one says which."""
    return list(distinct_runs(runs, [assign_roles(run) for run in runs]).values())


def distinct_runs(runs: Sequence[Run], roles: Sequence[Roles]) -> dict[int, Run]:
    """As `drop_duplicate_runs`, by position among `runs`; `roles` are theirs."""
    logs = [_Log(run, its) for run, its in zip(runs, roles, strict=True)]
    into = list(range(len(logs)))  # the log that tells each one's training, itself at first
    for pair in _neighbours(logs):
        one, other = (_standing(into, place) for place in pair)
        if (
            one != other
            and ((one, other) == pair or _are_near(logs[one], logs[other]))
            and _same(logs[one], logs[other])
        ):
            better, worse = sorted((one, other), key=lambda place: (logs[place].fullness, -place), reverse=True)
            into[worse] = better
    left_out: dict[int, list[Run]] = defaultdict(list)
    for place in range(len(logs)):
        if (kept := _standing(into, place)) != place:
            left_out[kept].append(runs[place])
    return {
        place: _completed(_noting(run, left_out[place]), left_out[place]) if place in left_out else run
        for place, run in enumerate(runs)
        if into[place] == place
    }


def _standing(into: list[int], place: int) -> int:
    """The log that tells the training of the one at `place`; the way there is shortened for the next who asks."""
    while into[place] != place:
        into[place] = into[into[place]]
        place = into[place]
    return place


def _neighbours(logs: Sequence[_Log]) -> list[tuple[int, int]]:
    """The positions of two logs that stand so near and are so alike that they may tell one training, each pair once.

    In one folder; in a folder and one below it; or, as two formats, in folders side by side (`csv/version_0` and
    `tensorboard/version_0`) where few others stand below the same folder.
    """
    inside: dict[Path, list[int]] = defaultdict(list)
    below: dict[Path, list[int]] = defaultdict(list)
    for place, log in enumerate(logs):
        inside[log.folder].append(place)
        for above in log.folder.parents[:NEAR]:
            below[above].append(place)
    found: set[tuple[int, int]] = set()
    for here, places in inside.items():
        near = [*places, *below.get(here, ())]
        alike = combinations(sorted(near), 2) if len(near) <= MAX_ALL_PAIRS else _likely(logs, near)
        found |= {(a, b) for a, b in alike if _are_near(logs[a], logs[b])}
    for places in below.values():
        if len(places) <= MAX_ALL_PAIRS:
            found |= {(a, b) for a, b in combinations(places, 2) if _format(logs[a]) != _format(logs[b])}
    return sorted(found)


def _are_near(one: _Log, other: _Log) -> bool:
    """Whether one stands in the other's folder, or below it."""
    a, b = one.folder, other.folder
    return a == b or a in b.parents[:NEAR] or b in a.parents[:NEAR]


def _likely(logs: Sequence[_Log], places: Sequence[int]) -> set[tuple[int, int]]:
    """Of many logs the pairs that may be one training by their values, the earlier first."""
    formats: dict[str, list[int]] = defaultdict(list)
    for place in places:
        formats[_format(logs[place])].append(place)
    found: set[tuple[int, int]] = set()
    for those in formats.values():
        copies = [
            Curve(place, tag, series.step, series.value)
            for place in those
            for tag, series in logs[place].losses.items()
            if _spread(series) > 0
        ]
        found |= pairs(copies, copies, 0, 0)
    if len(formats) > 1:
        found |= _equal_values(logs, places)
        curves = {name: [curve for place in those for curve in _curves(logs, place)] for name, those in formats.items()}
        for name, own in curves.items():
            others = [curve for other, theirs in curves.items() if other != name for curve in theirs]
            found |= pairs(own, others, CLOSE, ROUNDED)
            found |= pairs(list(filter(_is_coarse, own)), others, CLOSE, ROUNDED_COARSE)
            found |= pairs(own, list(filter(_is_coarse, others)), CLOSE, ROUNDED_COARSE)
    return {(min(pair), max(pair)) for pair in found}


def _curves(logs: Sequence[_Log], place: int) -> Iterator[Curve]:
    """A log's losses by step, and by position among as many points."""
    for tag, series in logs[place].losses.items():
        if _spread(series) > 0:
            about = quantity(tag)
            yield Curve(place, about, series.step, series.value)
            yield Curve(place, (about, len(series)), np.arange(len(series), dtype=float), series.value)


def _is_coarse(curve: Curve) -> bool:
    return decimals(curve.value) <= COARSE


def _equal_values(logs: Sequence[_Log], places: Sequence[int]) -> set[tuple[int, int]]:
    """Logs with one loss of the very same values, however short."""
    holding: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    found = set()
    for place in places:
        for tag, series in logs[place].losses.items():
            same = holding[tag, np.where(np.isnan(series.value), np.nan, series.value + 0.0).tobytes()]
            found |= {(other, place) for other in same}
            if len(same) < EQUAL:
                same.append(place)
    return found


def _spread(series: Series) -> float:
    finite = series.value[np.isfinite(series.value)]
    return float(finite.max() - finite.min()) if len(finite) else 0.0


def _format(log: _Log) -> str:
    return log.run.source.format


def same_training(one: Run, other: Run) -> bool:
    """Whether some loss of both is one curve: at equal steps, or point by point where the steps are counted otherwise.

    Logs too short to tell that way are one training where all losses that both name are equal to the last digit:
    AlgoPerf's first evaluation.
    Two logs of one format are one training only where one is a copy of the other or of a part of it; a file's own runs
    are what it says: several.
    """
    return _same(_Log(one, assign_roles(one)), _Log(other, assign_roles(other)))


def _same(one: _Log, other: _Log) -> bool:
    if one.run.source == other.run.source or _differ_in_lr(one, other):
        return False
    mine, theirs = one.losses, other.losses
    named_alike = [(mine[tag], theirs[tag]) for tag in mine if tag in theirs]
    if _format(one) == _format(other):
        return bool(named_alike) and all(_copy(a, b) for a, b in named_alike)
    alike = ((mine[a], theirs[b]) for a in mine for b in theirs if quantity(a) == quantity(b))
    if any(same_curve(a, b) for a, b in alike):
        return True
    return bool(named_alike) and _equal(
        *(np.concatenate([s.value for s in told]) for told in zip(*named_alike, strict=True))
    )


def _differ_in_lr(one: _Log, other: _Log) -> bool:
    """Whether both logs say what LR they were run with, and not the same."""
    known = [log.lr for log in (one, other) if log.lr is not None]
    return len(known) == 2 and max(known) > OTHER_LR * min(known)


def _copy(one: Series, other: Series) -> bool:
    """Whether the shorter curve stands in the longer one, to the last digit."""
    step, mine, yours = np.intersect1d(one.step, other.step, return_indices=True)
    return len(step) == min(len(one), len(other)) and _equal(one.value[mine], other.value[yours])


def _equal(one: Floats, other: Floats) -> bool:
    """Whether values that say something are equal to the last digit."""
    return np.array_equal(one, other, equal_nan=True) and len(np.unique(one[np.isfinite(one)])) >= MIN_VALUES


def _noting(kept: Run, left_out: Sequence[Run]) -> Run:
    """The run with a note for each log that was left out for it; of many, one for those after the first few."""
    notes = [
        Note("twin", f"the same training is in {_beside(run.source.path, kept)} too ({run.source.format}): told once")
        for run in left_out[:NAMED]
    ]
    if more := len(left_out) - NAMED if len(left_out) > NAMED else 0:
        notes.append(Note("twin", f"the same training is in {more:,} other log{'s'[: more > 1]} too: told once"))
    return replace(kept, notes=[*kept.notes, *notes])


def _completed(kept: Run, left_out: Sequence[Run]) -> Run:
    """The run with what another log of its training tells and its own does not: validation, LR, gradient norm."""
    for other in left_out:
        mine, theirs = assign_roles(kept), assign_roles(other)
        added: dict[str, Series] = {}
        for part in COMPLETED:
            tag = getattr(theirs, part)
            if getattr(mine, part) is not None or tag is None or tag in kept.series:
                continue
            told = other.series[tag]
            steps = _counted_as_in(kept, other, told.step)
            if steps is not None:
                added[tag] = Series(read_only(steps), told.value, told.wall_time)
        if added:
            text = f"{', '.join(added)} from {_beside(other.source.path, kept)}, which tells the same training"
            kept = replace(kept, series={**kept.series, **added}, notes=[*kept.notes, Note("twin", text)])
    return kept


def _counted_as_in(kept: Run, other: Run, steps: Floats) -> Floats | None:
    """Steps of the other log as the kept one counts them, by the loss that both tell; None where none is one curve."""
    for mine, one in kept.series.items():
        for theirs, two in other.series.items():
            if is_loss_name(mine) and is_loss_name(theirs) and quantity(mine) == quantity(theirs):
                found = on_steps_of(steps, two, one)
                if found is not None:
                    return found
    return None


def _beside(path: Path, kept: Run) -> str:
    """A path as seen from the kept run's folder; never more of it than the two share."""
    for base in (kept.source.folder, *kept.source.folder.parents[:NEAR]):
        if path != base and path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.name
