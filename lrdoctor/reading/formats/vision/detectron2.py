"""detectron2's `metrics.json`: one JSON object a line, every 20 iterations by default.

    {"data_time": 0.26, "eta_seconds": 2241.1, "iteration": 19, "loss_cls": 0.99, "lr": 1.9e-05, "total_loss": 2.13}
    {"bbox/AP": 27.6, "bbox/AP50": 84.2, "iteration": 1499, "lr": 5e-05, "total_loss": 0.28, ...}

A resumed run appends to the file, from its last checkpoint on.
"""

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import JsonLines, first_rows, number, numbers
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import Note, Run, Source

NAME = "detectron2"
STEP = "iteration"
# What detectron2's own hooks log beside the losses; a JSON-lines log by hand has hardly two of them.
OWN_KEYS = frozenset({"lr", "data_time", "eta_seconds", "time"})
NO_CURVES = frozenset({STEP, "eta_seconds"})


def recognise(head: Head) -> str | None:
    """By rows with `iteration`, `total_loss` and the times that detectron2 logs."""
    for row in first_rows(head):
        if number(row.get(STEP)) is not None and "total_loss" in row and len(OWN_KEYS & row.keys()) > 1:
            return "JSON lines with iteration and total_loss"
    return None


def read(source: Source) -> list[Run]:
    """One run; raises `UnreadableError` where no line holds a number."""
    rows = JsonLines(source.files[-1])
    points = Stretches()
    for row in rows:
        step = number(row.get(STEP))
        if step is None:
            continue
        if "total_loss" in row:  # an evaluation's row can come late
            points.at(step)
        for tag, value in numbers(row):
            if tag not in NO_CURVES:
                points.add(tag, step, value)
    if not len(points):
        raise UnreadableError("no training row in detectron2's metrics.json: name the file of the whole training")
    series, notes = points.joined()
    settings, skipped = companion_settings(source.companions)
    window = Note("aggregated", "losses are medians over the last 20 iterations; lr is the latest")
    return [Run(run_name(source.path), series, source, settings, STEP, [*rows.notes, *skipped, window, *notes])]


READER = Reader(NAME, "detectron2 metrics.json", recognise, read)
