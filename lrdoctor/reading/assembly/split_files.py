"""Training and validation in a file each: `train.csv` beside `val.csv`, `log_train.txt` beside `log_test.txt`.

Each holds the same names, so only the files' names say which is which; a validation curve by itself would be judged as
a training.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrdoctor.records.run import Run
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS, words

Place = tuple[Path, str, tuple[str, ...]]


def join_split_files(runs: Sequence[Run]) -> list[Run]:
    """The runs, those whose files' names differ in the split alone joined; each stands where its training stood."""
    files: dict[Path, int] = defaultdict(int)
    for run in runs:
        files[run.source.path] += 1
    groups: dict[Place, dict[str, int]] = defaultdict(dict)
    for place, run in enumerate(runs):
        told = _told(run.source.path.stem)
        if told is not None and files[run.source.path] == 1 and run.source.files == (run.source.path,):
            split, rest = told
            # Two files of one split and one rest cannot be: their names would be the same.
            groups[run.source.folder, run.step_axis, rest].setdefault(split, place)
    joined: dict[int, Run] = dict(enumerate(runs))
    for splits in groups.values():
        train = splits.pop("", None)
        if train is None or not splits:
            continue
        parts = {split: runs[place] for split, place in splits.items()}
        whole = _one(runs[train], parts)
        if whole is not None:
            joined[train] = whole
            for place in splits.values():
                del joined[place]
    return list(joined.values())


def _told(stem: str) -> tuple[str, tuple[str, ...]] | None:
    """The split that a file's name tells, "" for training, and the words beside it; None where it tells none."""
    found = words(stem)
    splits = [word for word in found if word in TRAIN_WORDS or word in VALIDATION_WORDS]
    if len(splits) != 1:
        return None
    rest = tuple(word for word in found if word != splits[0])
    return ("" if splits[0] in TRAIN_WORDS else splits[0]), rest


def _one(train: Run, others: dict[str, Run]) -> Run | None:
    """The training with the others' series under their splits; None where it tells of one of them already."""
    series = dict(train.series)
    notes = list(train.notes)
    files = list(train.source.files)
    for split, other in others.items():
        for tag, points in other.series.items():
            # `val_loss` in `val.csv` says it twice.
            own = tag if split in words(tag) else f"{split}/{tag}"
            if own in series:
                return None
            series[own] = points
        notes += [note for note in other.notes if note not in notes]
        files += other.source.files
    return replace(train, series=series, notes=notes, source=replace(train.source, files=tuple(files)))
