"""One training that stands in several files: told once.

Trainers write the same curve twice (event files beside `metrics.csv`, `results.csv`, `trainer_state.json`), and a run
counted twice is two votes in a sweep.  Names do not tell whether two logs are one training; their values do: losses
that agree in nearly every digit are no coincidence.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrdoctor.configuration import learning_rate
from lrdoctor.run import Note, Run, Series
from lrdoctor.vocabulary import assign_roles, is_loss_name, quantity

FEWEST = 3  # different values that must agree: two may by chance, in logs rounded to two digits
AGREE = 0.9  # share of the common points
CLOSE = 2e-3  # relative difference: Hugging Face rounds to four decimals, Megatron to six digits
ROUNDED = 6e-5  # absolute difference: half of the fourth decimal
CROWDED = 50  # more logs in one folder are no two files of one training
FEW = 12  # logs below one folder: with more, two formats side by side are two habits rather than two loggers
NEAR = 4  # levels between the folders of one training's files: `output/`, `output/runs/Mar24_22-23-40/`


def told_once(runs: Sequence[Run]) -> list[Run]:
    """The runs without those whose training a fuller log beside them tells too; the kept one says which.

    Logs in one folder, or in a folder and one below it, are compared; and logs of two formats in folders side by side
    (`csv/version_0` and `tensorboard/version_0`) where few others stand below the same folder.
    """
    folders: dict[Path, list[int]] = defaultdict(list)
    for place, run in enumerate(runs):
        folders[folder(run)].append(place)
    kept = dict(enumerate(runs))
    below: dict[Path, list[int]] = defaultdict(list)
    for place, run in enumerate(runs):
        for above in folder(run).parents[:NEAR]:
            below[above].append(place)
    for here, places in folders.items():
        near = [place for above in (here, *here.parents[:NEAR]) for place in folders.get(above, ())]
        wide = max((below[above] for above in here.parents[:NEAR] if len(below[above]) <= FEW), key=len, default=[])
        formats = {runs[place].source.format for place in places}
        near += [place for place in wide if place not in near and runs[place].source.format not in formats]
        if len(near) > CROWDED:
            continue
        for place in places:
            for other in near:
                if (
                    place != other
                    and place in kept
                    and other in kept
                    and kept[place].source != kept[other].source  # a file's own runs are what it says: several
                    and same_training(kept[place], kept[other])
                ):
                    better, worse = sorted((place, other), key=lambda i: (_fullness(kept[i]), -i), reverse=True)
                    kept[better] = _noting(kept[better], kept.pop(worse))
    return list(kept.values())


def folder(run: Run) -> Path:
    """The folder that a run's log stands in, or is."""
    return run.source.path if run.source.path not in run.source.files else run.source.path.parent


def same_training(one: Run, other: Run) -> bool:
    """Whether some loss of both is one curve: at equal steps, or point by point where the steps are counted otherwise.

    Logs too short to tell that way are one training where all that both name is equal: AlgoPerf's first evaluation.
    """
    theirs = {quantity(tag): series for tag, series in other.series.items() if is_loss_name(tag)}
    return any(
        _one_curve(series, theirs[quantity(tag)])
        for tag, series in one.series.items()
        if is_loss_name(tag) and quantity(tag) in theirs
    ) or _all_alike(one, other)


def _all_alike(one: Run, other: Run) -> bool:
    shared = [tag for tag in one.series if tag in other.series and is_loss_name(tag)]
    pairs = [(one.series[tag].value, other.series[tag].value) for tag in shared]
    if not pairs or any(len(mine) != len(yours) for mine, yours in pairs):
        return False
    return _alike(*(np.concatenate(values) for values in zip(*pairs, strict=True)))


def _one_curve(one: Series, other: Series) -> bool:
    step, mine, yours = np.intersect1d(one.step, other.step, return_indices=True)
    if len(step) >= 0.5 * min(len(one), len(other)) and _alike(one.value[mine], other.value[yours]):
        return True
    return len(one) == len(other) and _alike(one.value, other.value)


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    finite = np.isfinite(one) & np.isfinite(other)
    if len(np.unique(one[finite])) < FEWEST:
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
    bases: Iterable[Path] = (folder(kept), *folder(kept).parents[:NEAR])
    for base in bases:
        if path != base and path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.name
