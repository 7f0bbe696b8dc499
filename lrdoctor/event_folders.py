"""Which directories of event files are parts of one run."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from lrdoctor.readers.event_file import file_order, first_tag
from lrdoctor.readers.tensorboard import HPARAMS_DIRECTORY, curve_name

TRAIN_FOLDERS = frozenset({"train", "training"})
EVAL_FOLDERS = frozenset({"validation", "val", "valid", "eval", "evaluation", "test", "dev"})


def group_event_files(files: Sequence[Path], top: Path) -> dict[Path, tuple[Path, ...]]:
    """Event files by the directory that stands for their run, each run's files oldest first, its own before its parts'.

    Nothing above `top`, the directory that is being searched, is taken for a run.
    """
    folders: dict[Path, list[Path]] = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
    runs: dict[Path, list[Path]] = {}
    for folder in sorted(folders):
        runs.setdefault(_run_folder(folder, folders, top), []).extend(sorted(folders[folder], key=file_order))
    return {folder: tuple(paths) for folder, paths in runs.items()}


def _run_folder(folder: Path, folders: Mapping[Path, Sequence[Path]], top: Path) -> Path:
    while folder != top and _is_part(folder, folders):
        folder = folder.parent
    return folder


def _is_part(folder: Path, folders: Mapping[Path, Sequence[Path]]) -> bool:
    """Whether this directory holds a part of the run in its parent directory."""
    parent = folder.parent
    if folder not in folders:
        return False
    if _has_counterpart(folder, folders):
        return True
    if parent not in folders:
        return False
    if HPARAMS_DIRECTORY.fullmatch(folder.name):
        return True
    tag = first_tag(folders[folder][0])
    return tag is not None and curve_name(folder.name, tag) is not None


def _has_counterpart(folder: Path, folders: Collection[Path]) -> bool:
    """`train` beside `validation` (Keras), or `eval` below the training's own files (TensorFlow estimators)."""
    names = {other.name.lower() for other in folders if other.parent == folder.parent}
    name = folder.name.lower()
    if name in TRAIN_FOLDERS:
        return bool(names & EVAL_FOLDERS)
    return name in EVAL_FOLDERS and (bool(names & TRAIN_FOLDERS) or folder.parent in folders)
