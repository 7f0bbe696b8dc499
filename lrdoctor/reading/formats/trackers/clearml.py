"""ClearML's offline sessions (the unpacked zip): `metrics.jsonl`, an array of events a line, beside `task.json`.

    [{"timestamp": 1795575497232, "type": "training_stats_scalar", "task": "offline-3fdc...", "iter": 0,
      "metric": "loss", "variant": "train", "value": 1.0, "method": "get"}, ...]

The tag is `metric/variant`.  ClearML writes 0.0 where NaN or inf was reported, unless told otherwise.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.trackers.tracked_run import settings_of
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import MAX_LINE, number
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.records.run import HParam, Note, Run, Series, Source
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "clearml"
SCALAR = "training_stats_scalar"
MONITOR = ":monitor:"  # CPU, memory and GPU of the machine, counted in seconds
MAX_TASK = 4 << 20  # bytes of `task.json`, which holds the script's changes as well
_PARTS = ('"type": "training_stats_', '"iter": ', '"metric": ', '"variant": ')


def recognise(head: Head) -> str | None:
    """By an array of ClearML's events on the first line."""
    text = head.text.lstrip()
    if not text.startswith("[{"):
        return None
    return "ClearML's events training_stats_scalar" if all(part in text for part in _PARTS) else None


def read(source: Source) -> list[Run]:
    """The one run; raises `UnreadableError` where no scalar was reported."""
    path = source.files[0]
    points, notes = Points(), []
    bad = 0
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE):
            events = _array(line)
            if events is None and not line.endswith(b"\n"):
                notes.append(Note("torn-tail", "the last line ends inside its events: it was left out"))
            elif events is None:
                bad += bool(line.strip())
            for tag, step, value, time in _scalars(events or []):
                points.add(tag, step, value, time)
    if bad:
        notes.append(Note("skipped", f"{bad:,} lines that hold no array of events left out"))
    series, found = points.joined()
    if not series:
        raise UnreadableError("a ClearML session without scalars: report the loss with logger.report_scalar")
    name, settings = _task(path.with_name("task.json"))
    return [Run(run_name(path, name), series, source, settings, "iter", [*notes, *found, *_zeros(series)])]


def _array(line: bytes) -> list[object] | None:
    try:
        found = json.loads(line.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _scalars(events: list[object]) -> Iterator[tuple[str, float, float, float]]:
    """Of every scalar its tag, step, value and Unix time."""
    for event in events:
        if not isinstance(event, dict) or event.get("type") != SCALAR:
            continue
        metric, variant = (event.get(key) for key in ("metric", "variant"))
        step, value, time = (number(event.get(key)) for key in ("iter", "value", "timestamp"))
        if not isinstance(metric, str) or metric.startswith(MONITOR) or step is None or value is None:
            continue
        tag = metric if not isinstance(variant, str) or variant in ("", metric) else f"{metric}/{variant}"
        yield tag, step, value, float("nan") if time is None else time / 1000


def _zeros(series: Mapping[str, Series]) -> list[Note]:
    """A note for each loss that ends in exact zeros, which is how ClearML writes what is not finite."""
    return [
        Note("non-finite-filtered", f"{tag} ends in exact zeros, which ClearML writes for NaN and infinity", tag)
        for tag, points in series.items()
        if len(points) > 2 and is_loss_name(tag) and not points.value[-2:].any() and points.value.any()
    ]


def _task(path: Path) -> tuple[str, dict[str, HParam]]:
    """The task's name and its hyper-parameters, `section/name`."""
    try:
        with path.open("rb") as file:
            task = json.loads(file.read(MAX_TASK).decode("utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError):
        return "", {}
    if not isinstance(task, dict):
        return "", {}
    sections, name = task.get("hyperparams"), task.get("name")
    params = {
        f"{section}/{key}": entry["value"]
        for section, entries in (sections.items() if isinstance(sections, dict) else ())
        for key, entry in (entries.items() if isinstance(entries, dict) else ())
        if isinstance(entry, dict) and isinstance(entry.get("value"), str)
    }
    return name if isinstance(name, str) else "", settings_of(params)


READER = Reader(NAME, "ClearML offline sessions (metrics.jsonl)", recognise, read, beside=r"task\.json")
