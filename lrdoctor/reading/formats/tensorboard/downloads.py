"""What TensorBoard's page downloads: one curve a file, as CSV or JSON, its tag in the file's name alone."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import Cost, at_once, by_and_by
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import read_table
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import Note, Run, Series, Source, Traits
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS

NAME = "tb-ui"
HEADER = ("Wall time", "Step", "Value")
STRIPPED_HEADER = ("Step", "Value")  # the wall times are often taken out by hand
SAMPLE_CAP = 1000  # points a tag that TensorBoard keeps, chosen at random

_NAME = re.compile(r"(?:run-)?(?P<run>.*)-tag-(?P<tag>.+)")
_COPY = re.compile(r"\s*\(\d+\)$")  # what browsers append to a second download
_PART = re.compile(rf"(?P<whole>.*)[_/.](?P<part>{'|'.join(sorted(TRAIN_WORDS | VALIDATION_WORDS.keys()))})")
_NUMBER = r'(?:-?\d[\d.eE+-]*|"?-?(?:NaN|Infinity)"?)'
_JSON_POINTS = re.compile(rf"\s*\[\s*\[\s*{_NUMBER}\s*,\s*\d+\s*,\s*{_NUMBER}\s*\]\s*[,\]]")


@dataclass(frozen=True, eq=False)
class _Download:
    run: str  # without the part, "." for the directory TensorBoard was started on
    tag: str  # with the part in front: `train/epoch_loss`
    points: Series


def recognise(head: Head) -> str | None:
    """By the header `Wall time,Step,Value`, or triples of numbers as JSON."""
    if head.text.lstrip()[:1] == "[":
        return "a JSON list of [wall time, step, value]" if _JSON_POINTS.match(head.text) else None
    layout = sniff(head)
    if layout is None:
        return None
    if layout.names == HEADER:
        return "the header Wall time,Step,Value"
    if layout.names == STRIPPED_HEADER and _NAME.fullmatch(head.path.stem):
        return "the header Step,Value, and a file name with -tag-"
    return None


def read(source: Source) -> list[Run]:
    """One run for all tags downloaded from it; its train and validation parts become one; raises `UnreadableError`."""
    runs: dict[str, dict[str, Series]] = {}
    notes: list[Note] = []
    for path in source.files:
        try:
            download = _read_file(path)
        except UnreadableError as error:
            notes.append(Note("skipped", f"{path.name}: {error}"))
            continue
        series = runs.setdefault(download.run, {})
        if download.tag in series:
            notes.append(Note("skipped", f"{download.tag} was downloaded twice: the longer one was read", download.tag))
        if len(download.points) > len(series.get(download.tag, ())):
            series[download.tag] = download.points
    if not runs:
        raise UnreadableError(notes[0].message.partition(": ")[2] if len(source.files) == 1 else notes[0].message)
    settings, found = companion_settings(source.companions)
    made = []
    for name, series in runs.items():
        joined, order = join_attempts([Attempt(series)])
        shown = run_name(source.path if source.path.is_dir() else source.path.parent) if name == "." else name
        axis = "epoch" if all(tag.rpartition("/")[2].startswith("epoch_") for tag in series) else "step"
        made.append(Run(shown, joined, source, settings, axis, [*notes, *found, *_sampled(series), *order]))
    return made


def cost(head: Head) -> Cost:
    """A table is read by and by, a list in one piece."""
    return at_once(head) if head.path.suffix.lower() == ".json" else by_and_by(head)


def _read_file(path: Path) -> _Download:
    run, tag = run_and_tag(path.stem)
    points = _json_points(path) if path.suffix.lower() == ".json" else _csv_points(path)
    if not len(points):
        raise UnreadableError("a curve without a point: download it again once something was logged")
    return _Download(run, tag, points)


def run_and_tag(stem: str) -> tuple[str, str]:
    """The run and the tag in a file's name; a renamed file is its own tag.

    >>> run_and_tag("run-mnist_train-tag-epoch_loss (1)"), run_and_tag("run-.-tag-Loss_train"), run_and_tag("loss")
    (('mnist', 'train/epoch_loss'), ('.', 'Loss_train'), ('.', 'loss'))
    """
    stem = _COPY.sub("", stem)
    name = _NAME.fullmatch(stem)
    if name is None:
        return ".", stem
    part = _PART.fullmatch(name["run"])
    if part is not None:
        return part["whole"] or ".", f"{part['part']}/{name['tag']}"
    if name["run"] in TRAIN_WORDS | VALIDATION_WORDS.keys():
        return ".", f"{name['run']}/{name['tag']}"
    return name["run"] or ".", name["tag"]


def by_run(files: Sequence[Path], _top: Path) -> dict[Path, tuple[Path, ...]]:
    """Downloads of one run in a folder together, named by the folder where it is the only run there.

    Files that were renamed stand alone.
    """
    logs: dict[Path, tuple[Path, ...]] = {path: (path,) for path in files if "-tag-" not in path.name}
    downloads: dict[tuple[Path, str], list[Path]] = {}
    for path in files:
        if path not in logs:
            downloads.setdefault((path.parent, run_and_tag(path.stem)[0]), []).append(path)
    runs_in = Counter(folder for folder, _ in downloads)
    for (folder, _), curves in downloads.items():
        whole_folder = runs_in[folder] == 1 and len(curves) > 1
        logs[folder if whole_folder else curves[0]] = tuple(curves)
    return logs


def _csv_points(path: Path) -> Series:
    table = read_table(path)
    columns = {column.name: column for column in table.columns}
    step, value, wall = columns["Step"], columns["Value"], columns.get("Wall time")
    rows = np.flatnonzero(step.present & value.present & np.isfinite(step.value))
    wall_time = wall.value[rows] if wall is not None and wall.present[rows].all() else None
    return Series(step.value[rows], value.value[rows], wall_time)


def _json_points(path: Path) -> Series:
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
        # A loss of NaN is the string "NaN": JSON has no other way to say so.
        points = np.array([[float(cell) for cell in row] for row in rows if None not in row], dtype=np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UnreadableError("no intact list of [wall time, step, value]: download it again") from error
    if points.size and (points.ndim != 2 or points.shape[1] != 3):
        raise UnreadableError("no list of [wall time, step, value]: download it again")
    wall_time, step, value = points.reshape(-1, 3).T
    keep = np.isfinite(step)
    return Series(step[keep], value[keep], wall_time[keep])


def _sampled(series: dict[str, Series]) -> Sequence[Note]:
    notes = []
    for tag, points in series.items():
        gaps = np.diff(points.step)
        if len(points) == SAMPLE_CAP and gaps.min() < gaps.max():
            text = f"{tag} has the {SAMPLE_CAP:,} points TensorBoard's page keeps, chosen at random from more"
            notes.append(Note("sampled", text, tag))
    return notes


READER = Reader(
    NAME,
    "curves downloaded from TensorBoard's page (CSV, JSON)",
    recognise,
    read,
    cost=cost,
    group=by_run,
    traits=Traits(quantity_a_file=True),
)
