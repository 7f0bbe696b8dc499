"""AllenNLP's `metrics_epoch_N.json`: one object an epoch, all those of a folder are one run.

    {"best_epoch": 0, "training_duration": "0:00:10", "epoch": 0, "training_loss": 4.2182, "validation_loss": 4.3, ...}

`config.json` beside them holds the settings, `metrics.json` the last epoch once more.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import json_object, number
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.records.run import Note, Run, Source

NAME = "allennlp"
MAX_EPOCHS = 100_000
# Of the trainer, of no curve: `best_validation_loss`, `peak_worker_0_memory_MB`, `training_start_epoch`.
_NO_CURVE = re.compile(r"best_|peak_|epoch$|training_(?:start_epoch|epochs|duration)$")
_NAME = re.compile(r"metrics_epoch_(\d{1,9})\.json")


def recognise(head: Head) -> str | None:
    """By its name and the loss of an epoch in it."""
    if _NAME.fullmatch(head.path.name) is None or '"training_loss"' not in head.text:
        return None
    return "an epoch's metrics with training_loss"


def read(source: Source) -> list[Run]:
    """One run of all epochs; a file that cannot be read is left out, unless there is no other."""
    points, notes = Points(), list[Note]()
    for path in sorted(source.files, key=_epoch)[:MAX_EPOCHS]:
        row = _metrics(path)
        if row is None:
            notes.append(Note("skipped", f"{path.name} is broken or torn: that epoch was left out"))
            continue
        epoch = number(row.get("epoch"))
        for tag, told in row.items():
            value = None if _NO_CURVE.search(tag) else number(told)
            if value is not None:
                points.add(tag, _epoch(path) if epoch is None else epoch, value)
    if not len(points):
        raise UnreadableError("AllenNLP's metrics without one number: name the folder of another run")
    settings, skipped = companion_settings(source.companions)
    name = run_name(source.files[0].with_name("log.txt"))
    return [Run(name, points.series(), source, settings, "epoch", [*notes, *skipped, MEAN])]


MEAN = Note("aggregated", "losses are means over an epoch")


def _epoch(path: Path) -> float:
    match = _NAME.fullmatch(path.name)
    return float(match[1]) if match else 0.0


def _metrics(path: Path) -> Mapping[str, object] | None:
    try:
        return json_object(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError):
        return None


READER = Reader(
    NAME, "AllenNLP metrics_epoch_N.json", recognise, read, group=by_home(lambda path: path.parent), cost=at_once
)
