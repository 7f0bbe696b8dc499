"""Which directories of event files are parts of one run."""

import re
from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from lrdoctor.reading.formats.tensorboard.event_file import file_order, first_tag

# `add_hparams` and older Hugging Face trainers write settings into a sub-directory named with the Unix time.
HPARAMS_DIRECTORY = re.compile(r"\d{9,}(\.\d+)?")
TRAIN_FOLDERS = frozenset({"train", "training"})
EVAL_FOLDERS = frozenset({"validation", "val", "valid", "eval", "evaluation", "test", "dev"})


def group_event_files(files: Sequence[Path], top: Path) -> dict[Path, tuple[Path, ...]]:
    """Event files by the directory that stands for their run, each run's files oldest first, its own before its parts'.

    Nothing above `top`, the directory that is being searched, is taken for a run.
    """
    folders: dict[Path, list[Path]] = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
    siblings: dict[Path, set[str]] = {}  # the names of the directories below each
    for folder in folders:
        siblings.setdefault(folder.parent, set()).add(folder.name.lower())
    runs: dict[Path, list[Path]] = {}
    for folder in sorted(folders):
        runs.setdefault(_run_folder(folder, folders, siblings, top), []).extend(sorted(folders[folder], key=file_order))
    return {folder: tuple(paths) for folder, paths in runs.items()}


def _run_folder(
    folder: Path, folders: Mapping[Path, Sequence[Path]], siblings: Mapping[Path, AbstractSet[str]], top: Path
) -> Path:
    while folder != top and _is_part(folder, folders, siblings):
        folder = folder.parent
    return folder


def _is_part(folder: Path, folders: Mapping[Path, Sequence[Path]], siblings: Mapping[Path, AbstractSet[str]]) -> bool:
    """Whether this directory holds a part of the run in its parent directory."""
    parent = folder.parent
    if folder not in folders:
        return False
    if _has_counterpart(folder, folders, siblings[parent]):
        return True
    if parent not in folders:
        return False
    if HPARAMS_DIRECTORY.fullmatch(folder.name):
        return True
    tag = first_tag(folders[folder][0])
    return tag is not None and curve_name(folder.name, tag) is not None


def _has_counterpart(folder: Path, folders: Container[Path], siblings: AbstractSet[str]) -> bool:
    """`train` beside `validation` (Keras), or `eval` below the training's own files (TensorFlow estimators)."""
    name = folder.name.lower()
    if name in TRAIN_FOLDERS:
        return bool(siblings & EVAL_FOLDERS)
    return name in EVAL_FOLDERS and (bool(siblings & TRAIN_FOLDERS) or folder.parent in folders)


def curve_name(directory: str, tag: str) -> str | None:
    """Which curve of `tag` a sub-directory written by `add_scalars` holds, None for any other directory."""
    prefix = tag.replace("/", "_") + "_"
    return directory.removeprefix(prefix) if directory.startswith(prefix) and directory != prefix else None
