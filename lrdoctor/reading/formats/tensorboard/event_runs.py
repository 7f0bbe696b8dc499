"""TensorBoard event files: one run is one directory, its restarts and its one-curve sub-directories included."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.tensorboard.event_file import EventFile, read_event_file
from lrdoctor.reading.formats.tensorboard.run_folders import HPARAMS_DIRECTORY, curve_name, group_event_files
from lrdoctor.reading.formats.tensorboard.tfrecord import HEADER, record_length
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.records.run import HParam, Note, Run, Series, Source


def recognise_event_file(head: Head) -> str | None:
    """Event files begin with a checksummed record that states `brain.Event`."""
    length = record_length(head.data[: HEADER.size])
    if length is None or b"brain.Event:" not in head.data[HEADER.size : HEADER.size + min(length, 256)]:
        return None
    return "TFRecord framing, and the first record is a brain.Event file version"


def read_event_files(source: Source) -> list[Run]:
    """One run from all files of `source`; files in sub-directories give series named `sub-directory/tag`.

    Raises:
        UnreadableError: not one file holds a scalar.
    """
    files: dict[Path, EventFile] = {}
    notes: list[Note] = []
    for path in source.files:
        try:
            files[path] = read_event_file(path)
        except OSError as error:
            notes.append(Note("skipped", f"{path.name}: {error.strerror or 'cannot be read'}"))
    notes += [note for file in files.values() for note in file.notes]
    series: dict[str, Series] = {}
    for folder, attempts in _by_folder(source, files).items():
        if not HPARAMS_DIRECTORY.fullmatch(folder.rpartition("/")[2]):
            joined, found = join_attempts(attempts)
            names = {tag: series_name(folder, tag) for tag in joined}
            series |= {names[tag]: points for tag, points in joined.items()}
            notes += [note if note.series is None else replace(note, series=names[note.series]) for note in found]
    if not series:
        raise UnreadableError(_nothing_in(files, notes))
    hparams: dict[str, HParam] = {}
    for file in files.values():
        hparams |= file.hparams  # a later attempt may have changed a setting
    settings, found = companion_settings(source.companions)
    return [Run(run_name(source.path), series, source, hparams | settings, _step_axis(series, notes), [*notes, *found])]


def series_name(folder: str, tag: str) -> str:
    """The name of a tag in a sub-directory of the run, '' for the run's own directory.

    `add_scalars("loss", {"train": ...})` writes tag `loss` into `loss_train/`: that becomes `loss/train`.

    >>> series_name("", "loss"), series_name("validation", "epoch_loss"), series_name("a_b_val", "a/b")
    ('loss', 'validation/epoch_loss', 'a/b/val')
    """
    above, _, name = folder.rpartition("/")
    curve = curve_name(name, tag)
    if curve is None:
        return f"{folder}/{tag}" if folder else tag
    return "/".join(part for part in (above, tag, curve) if part)


def _by_folder(source: Source, files: Mapping[Path, EventFile]) -> dict[str, list[Attempt]]:
    folders: dict[str, list[Attempt]] = {}
    for path, file in files.items():
        try:
            folder = path.parent.relative_to(source.path).as_posix()
        except ValueError:
            folder = "."  # the source is the file itself
        folders.setdefault("" if folder == "." else folder, []).append(Attempt(file.series, file.purge_step))
    return folders


def _step_axis(series: Mapping[str, Series], notes: Sequence[Note]) -> str:
    if any(tag.rpartition("/")[2] == "epoch_loss" for tag in series):
        return "epoch"  # Keras
    numbered = all(np.array_equal(points.step, np.arange(len(points))) for points in series.values())
    return "row" if numbered and any(note.code == "steps-invented" for note in notes) else "step"


def _nothing_in(files: Mapping[Path, EventFile], notes: Sequence[Note]) -> str:
    broken = next((note.message for note in notes if note.code in ("torn-tail", "corrupt-record", "skipped")), None)
    if broken is not None:
        return f"no scalar could be read: {broken}: get an intact copy of the file"
    size = sum(path.stat().st_size for path in files)
    events = sum(file.events for file in files.values())
    what = f"{size:,}-byte event file" if len(files) == 1 else f"{len(files)} event files of {size:,} bytes together"
    if events <= 2 * len(files) and size <= 100 * len(files):
        return f"{what} without a single value: the run wrote nothing before it ended: look for a longer run beside it"
    return f"{what} without a single scalar (settings, graph, text or images only): log the loss with add_scalar"


READER = Reader(
    "tensorboard",
    "TensorBoard event files",
    recognise_event_file,
    read_event_files,
    group=group_event_files,
    telling=r".*tfevents.*",
)
