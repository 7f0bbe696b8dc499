"""One training that stands in several files: told once.

Trainers write the same curve twice (event files beside `metrics.csv`, `results.csv`, `trainer_state.json`), and a run
counted twice is two votes in a sweep.  Names do not tell whether two logs are one training; their values do: losses
that agree in nearly every digit are no coincidence.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from lrdoctor.configuration import learning_rate
from lrdoctor.run import Floats, Note, Run, Series
from lrdoctor.vocabulary import assign_roles, is_loss_name, quantity

FEWEST = 3  # different values that must agree: two may by chance, in logs rounded to two digits
AGREE = 0.9  # share of the common points
OVERLAP = 0.5  # share of the shorter curve's steps that the other must have, to be compared step by step
CLOSE = 1e-4  # relative difference: Ultralytics writes five digits, event files hold float32
ROUNDED = 6e-5  # absolute difference: half of the fourth decimal, which Hugging Face and nanoGPT round to
MOVES = 10  # times the difference allowed: a curve that moves less agrees with any other dead run's
# Runs of one seed at two LRs far too low differ in less than any rounding: their LRs tell them apart, which two logs of
# one training give alike but for a peak that one of them stepped over.
OTHER_LR = 1.2  # ratio
CROWDED = 50  # more logs in one folder are no two files of one training
FEW = 12  # logs below one folder: with more, two formats side by side are two habits rather than two loggers
NEAR = 4  # levels between the folders of one training's files: `output/`, `output/runs/Mar24_22-23-40/`


def told_once(runs: Sequence[Run]) -> list[Run]:
    """The runs without those whose training a fuller log near them tells too; the kept one says which."""
    kept = dict(enumerate(runs))
    for one, other in _neighbours(runs):
        if one in kept and other in kept and same_training(kept[one], kept[other]):
            better, worse = sorted((one, other), key=lambda place: (_fullness(kept[place]), -place), reverse=True)
            kept[better] = _noting(kept[better], kept.pop(worse))
    return list(kept.values())


def _neighbours(runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
    """The positions of two runs whose logs stand so near that they may tell one training.

    In one folder; in a folder and one below it; or, as two formats, in folders side by side (`csv/version_0` and
    `tensorboard/version_0`) where few others stand below the same folder.
    """
    inside: dict[Path, list[int]] = defaultdict(list)
    below: dict[Path, list[int]] = defaultdict(list)
    for place, run in enumerate(runs):
        here = folder(run)
        inside[here].append(place)
        for above in here.parents[:NEAR]:
            below[above].append(place)
    for here, places in inside.items():
        near = [place for above in (here, *here.parents[:NEAR]) for place in inside.get(above, ())]
        if len(near) <= CROWDED:
            yield from ((place, other) for place in places for other in near if place != other)
    for places in below.values():
        if len(places) <= FEW:
            pairs = combinations(places, 2)
            yield from ((a, b) for a, b in pairs if runs[a].source.format != runs[b].source.format)


def folder(run: Run) -> Path:
    """The folder that a run's log stands in, or is."""
    return run.source.path if run.source.path not in run.source.files else run.source.path.parent


def same_training(one: Run, other: Run) -> bool:
    """Whether some loss of both is one curve: at equal steps, or point by point where the steps are counted otherwise.

    Logs too short to tell that way are one training where all losses that both name are equal to the last digit:
    AlgoPerf's first evaluation.
    Two logs of one format are one training only where one is a copy of the other or of a part of it; a file's own runs
    are what it says: several.
    """
    if one.source == other.source or _differ_in_lr(one, other):
        return False
    mine, theirs = _losses(one), _losses(other)
    named_alike = [(mine[tag], theirs[tag]) for tag in mine if tag in theirs]
    if one.source.format == other.source.format:
        return bool(named_alike) and all(_copy(a, b) for a, b in named_alike)
    alike = ((mine[a], theirs[b]) for a in mine for b in theirs if quantity(a) == quantity(b))
    if any(_one_curve(a, b) for a, b in alike):
        return True
    return bool(named_alike) and _equal(
        *(np.concatenate([s.value for s in told]) for told in zip(*named_alike, strict=True))
    )


def _losses(run: Run) -> dict[str, Series]:
    return {tag: series for tag, series in run.series.items() if is_loss_name(tag)}


def _differ_in_lr(one: Run, other: Run) -> bool:
    """Whether both logs say what LR they were run with, and not the same."""
    lrs = [learning_rate(run, assign_roles(run))[0] for run in (one, other)]
    known = [lr for lr in lrs if lr is not None]
    return len(known) == len(lrs) and max(known) > OTHER_LR * min(known)


def _copy(one: Series, other: Series) -> bool:
    """Whether the shorter curve stands in the longer one, to the last digit."""
    step, mine, yours = np.intersect1d(one.step, other.step, return_indices=True)
    return len(step) == min(len(one), len(other)) and _equal(one.value[mine], other.value[yours])


def _equal(one: Floats, other: Floats) -> bool:
    """Whether values that say something are equal to the last digit."""
    return np.array_equal(one, other, equal_nan=True) and len(np.unique(one[np.isfinite(one)])) >= FEWEST


def _one_curve(one: Series, other: Series) -> bool:
    step, mine, yours = np.intersect1d(one.step, other.step, return_indices=True)
    if len(step) >= OVERLAP * min(len(one), len(other)) and _alike(one.value[mine], other.value[yours]):
        return True
    return len(one) == len(other) and _alike(one.value, other.value)


def _alike(one: Floats, other: Floats) -> bool:
    finite = one[np.isfinite(one) & np.isfinite(other)]
    if len(np.unique(finite)) < FEWEST or np.ptp(finite) < MOVES * (ROUNDED + CLOSE * np.abs(finite).max()):
        return False
    near = np.isclose(one, other, rtol=CLOSE, atol=ROUNDED, equal_nan=True)
    return bool(near.mean() >= AGREE)


def _fullness(run: Run) -> tuple[bool, bool, int, int]:
    """Whether the LR is known, and logged; at how many steps the training loss is; how many points in all."""
    roles = assign_roles(run)
    steps = 0 if roles.loss is None else len(np.unique(run.series[roles.loss].step))
    known = learning_rate(run, roles)[0] is not None
    return known, roles.lr is not None, steps, sum(map(len, run.series.values()))


def _noting(kept: Run, left_out: Run) -> Run:
    other = _beside(left_out.source.path, kept)
    note = Note("twin", f"the same training is in {other} too ({left_out.source.format}): told once")
    return replace(kept, notes=[*kept.notes, note])


def _beside(path: Path, kept: Run) -> str:
    """A path as seen from the kept run's folder; never more of it than the two share."""
    for base in (folder(kept), *folder(kept).parents[:NEAR]):
        if path != base and path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.name
