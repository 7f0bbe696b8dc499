"""MLflow's file store, a folder a run: `mlruns/<experiment>/<run>/metrics/<key>`, one file a metric.

    1691409746901 0.3188439607620239 0
    1691409747763 nan 1

A line is the time in milliseconds, the value and the step (the first versions wrote no step; a data set's name and
digest may follow).  A key with `/` makes sub-folders.  `params/<key>` holds a setting as bare text, `meta.yaml` the
run's name and whether it was deleted.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.trackers.tracked_run import DELETED, SYSTEM_METRICS, no_curve, settings_of
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import load_settings
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "mlflow-files"
METRICS = "metrics"
MAX_LINE = 4096  # bytes; what is longer is no line of a metric
MAX_PARAMS = 2_000
MAX_PARAM = 8_192  # bytes of one setting, as MLflow allows

# 13 digits of milliseconds: 2001 to 2096.
_LINE = re.compile(
    r"(?P<time>[1-3]\d{12}) (?P<value>[+-]?(?:\d{1,30}(?:\.\d{0,30})?(?:e[+-]?\d{1,4})?|nan|inf))"
    r"(?: (?P<step>-?\d{1,18})(?: \S+ \S+)?)?",
    re.IGNORECASE,
)


def recognise(head: Head) -> str | None:
    """By lines of a time in milliseconds, a value and a step; without steps only inside a folder `metrics`."""
    lines = head.text.splitlines()
    if len(lines) > 1 and (head.size > len(head.data) or not head.text.endswith("\n")):
        lines = lines[:-1]  # cut by the head, or torn
    matches = [_LINE.fullmatch(line.rstrip()) for line in lines[:50]]
    if not matches or not all(matches):
        return None
    stepped = matches[0] is not None and matches[0]["step"] is not None
    return "lines of a time in ms, a value and a step" if stepped or METRICS in head.path.parts[:-1] else None


def home(path: Path) -> Path:
    """The run's folder, above `metrics`; the file itself where it lies elsewhere."""
    above = [folder.parent for folder in path.parents if folder.name == METRICS]
    whole = [folder for folder in above if (folder / "meta.yaml").is_file() or (folder / "params").is_dir()]
    return next(iter(whole or above[:1]), path)


def read(source: Source) -> list[Run]:
    """The run whose metrics these files are; raises `UnreadableError` where it was deleted or holds no curve."""
    folder = home(source.files[0])
    meta = _meta(folder)
    if source.path != source.files[0] and meta.get("lifecycle_stage") == DELETED:
        raise UnreadableError("an MLflow run that was deleted: restore it with `mlflow runs restore`, or name another")
    points, notes = Points(), []
    for path in source.files:
        tag = _tag(path, folder)
        if tag.startswith(SYSTEM_METRICS):
            continue
        if _add(points, tag, path):
            notes.append(Note("torn-tail", "the last line ends inside a number: it was left out", tag))
    series, found = points.joined()
    if not series:
        raise UnreadableError("an MLflow run without a metric of its training: log the loss with mlflow.log_metric")
    if all(len(points) == 1 for points in series.values()):
        raise UnreadableError(f"an MLflow run of {no_curve(len(series))}")
    titles = [str(meta.get("run_name") or ""), _text(folder / "tags" / "mlflow.runName")]
    name = run_name(source.path, *titles, str(meta.get("run_id") or ""))
    return [Run(name, series, source, settings_of(dict(_params(folder))), "step", [*notes, *found])]


def _add(points: Points, tag: str, path: Path) -> bool:
    """Add a file's points; whether its last line is torn."""
    with path.open("rb") as file:
        while raw := file.readline(MAX_LINE):
            line = _LINE.fullmatch(raw.decode("ascii", errors="replace").strip())
            if not raw.endswith(b"\n"):
                return True  # MLflow ends every line: digits may be missing from the number
            if line is not None:
                points.add(tag, float(line["step"] or 0), float(line["value"]), int(line["time"]) / 1000)
    return False


def _tag(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder / METRICS).as_posix()
    except ValueError:
        return path.name


def _meta(folder: Path) -> dict[str, HParam]:
    try:
        return load_settings(folder / "meta.yaml")
    except UnreadableError:
        return {}


def _params(folder: Path) -> Iterator[tuple[str, str]]:
    """The settings' names and texts, in order of name."""
    count = 0
    for place, folders, names in os.walk(folder / "params"):
        folders.sort()
        for path in (Path(place, name) for name in sorted(names)):
            if count == MAX_PARAMS:
                return
            count += 1
            yield path.relative_to(folder / "params").as_posix(), _text(path)


def _text(path: Path) -> str:
    """A small file's text; empty where there is none."""
    try:
        if not path.is_file():  # a pipe would block for ever
            return ""
        with path.open("rb") as file:
            return file.read(MAX_PARAM).decode("utf-8", errors="replace").strip()
    except OSError:
        return ""


READER = Reader(NAME, "MLflow file stores (mlruns/)", recognise, read, group=by_home(home))
