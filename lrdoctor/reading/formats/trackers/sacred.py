"""A run of Sacred's `FileStorageObserver`: `metrics.json` beside `config.json` and `run.json`.

    {
      "training.loss": {
        "steps": [0, 10, 20],
        "timestamps": ["2026-12-01T13:43:21.419833", ...],
        "values": [3.5, 3.35, NaN]
      },
      "validation.loss": {...}
    }

Runs are numbered folders below the observer's: a run is called by both.  Values of numpy are objects with their class
and their bytes in it, which are left out: nothing is made of them.
"""

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.records.run import Note, Run, Source

NAME = "sacred"
MAX_TAG = 200  # characters

_METRIC = re.compile(r'"[^"\\]{1,200}"\s{0,40}:\s{0,40}\{\s{0,40}"(?:steps|timestamps|values)"\s{0,40}:\s{0,40}\[')
_TIMES = re.compile(r'"timestamps"\s{0,40}:\s{0,40}\[\s{0,40}(?:"\d{4}-\d\d-\d\dT|\])')


def recognise(head: Head) -> str | None:
    """By a metric with lists of steps, times and values, in a file that is one object."""
    text = head.text
    if not text.lstrip().startswith("{") or not _METRIC.match(text.lstrip()[1:].lstrip()):
        return None
    # The steps of a long run fill the head: then the times stand in the tail, as `values` do.
    if _TIMES.search(text) or (head.tail and '"values"' in head.tail):
        return "metrics of Sacred, each with steps, timestamps and values"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a folder; raises `UnreadableError` where it logged no number."""
    path = source.files[-1]
    try:
        tree = json.loads(path.read_bytes().decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("Sacred's metrics.json is broken or torn: get an intact copy of it") from error
    points, lost = Points(), 0
    for tag, metric in tree.items() if isinstance(tree, dict) else ():
        if not isinstance(metric, dict) or len(tag) > MAX_TAG:
            continue
        steps, values, times = (_list(metric.get(key)) for key in ("steps", "values", "timestamps"))
        for place, (step, value) in enumerate(zip(steps, values, strict=False)):
            at, one = number(step), number(value)
            if at is None or one is None:
                lost += 1
                continue
            points.add(tag, at, one, _seconds(times[place]) if place < len(times) else None)
    series, found = points.joined()
    if not series:
        raise UnreadableError("Sacred's metrics.json without a number: log the loss as a float with log_scalar")
    settings, notes = companion_settings(source.companions)
    if lost:
        text = "1 value that is no number was" if lost == 1 else f"{lost:,} values that are no numbers were"
        notes.append(Note("skipped", f"{text} left out"))
    folder = path.parent
    name = run_name(folder.parent, part=folder.name) if folder.name.isdecimal() else run_name(source.path)
    return [Run(name, series, source, settings, "step", [*notes, *found])]


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _seconds(text: object) -> float:
    """Unix seconds of a time in UTC; NaN for anything else."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() if isinstance(text, str) else math.nan
    except ValueError:
        return math.nan


READER = Reader(NAME, "Sacred's metrics.json", recognise, read, cost=at_once)
