"""OpenMMLab's JSON lines: mmengine's `vis_data/scalars.json` and `<timestamp>.json`, mmcv 1.x's `<timestamp>.log.json`.

    {"lr": 0.02, "data_time": 0.003, "loss": 1.71, "time": 0.14, "epoch": 1, "iter": 69, "memory": 3060, "step": 69}
    {"accuracy/top1": 43.1, "data_time": 0.09, "time": 0.12, "step": 1}

    {"env_info": "...", "config": "...", "seed": 0}
    {"mode": "train", "epoch": 1, "iter": 50, "lr": 0.01, "memory": 5700, "data_time": 0.29, "loss": 1.5, "time": 0.66}
    {"mode": "val", "epoch": 1, "iter": 64, "lr": 0.01, "mIoU": 0.92}

Traps: mmengine's evaluation rows count epochs as `step`; mmcv's `iter` is counted within the epoch or over all of
them, as its runner does, and in evaluation rows it counts their batches.  So these rows take the iteration of the
training row above them.  A resumed mmcv run writes a new file beside the old one.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.vision.openmmlab_config import mm_settings, mm_settings_of
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import JsonLines, JsonRow, first_rows, json_object, number, numbers
from lrdoctor.reading.parsing.run_names import is_generic, run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "openmmlab"
FOLDER = "vis_data"
MAX_ROWS = 2_000_000  # kept until the runner is known; each takes some hundred bytes
NO_CURVES = frozenset({"epoch", "iter", "step", "memory", "time", "data_time", "train/time", "train/data_time"})
MEAN = Note("aggregated", "losses are means over a window of iterations (10 by default, or the logging interval)")


def recognise(head: Head) -> str | None:
    """By rows of mmcv's `mode` and `iter`, or of mmengine's `iter` and `step` with a loss and times."""
    rows = first_rows(head)
    if head.data.startswith(b'{"env_info"'):  # its first line alone can be longer than a head
        rows += [row for line in head.tail.splitlines()[1:20] if (row := json_object(line)) is not None]
    for row in rows:
        if row.get("mode") in {"train", "val"} and number(row.get("iter")) is not None and "epoch" in row:
            return "JSON lines with mode, epoch and iter (mmcv)"
        if _is_training(row) and {"iter", "step"} <= row.keys() and any(key.endswith("data_time") for key in row):
            return "JSON lines with iter, step and a loss (mmengine)"
    return None


def home(path: Path) -> Path:
    """The folder of the run: what lies in `vis_data/` belongs to the folder above it."""
    return path.parent.parent if path.parent.name == FOLDER else path.parent


@dataclass(eq=False)
class _Log:
    """One file's rows: those of training with their iteration, the others where they stand among them."""

    path: Path
    rows: list[tuple[float, JsonRow, bool]]
    settings: dict[str, HParam]
    notes: list[Note] = field(default_factory=list)

    @cached_property
    def train(self) -> list[tuple[float, str]]:
        """Of every training row its step and its loss, as a word: NaN then equals NaN."""
        return [(step, repr(row.get("loss", row.get("train/loss")))) for step, row, training in self.rows if training]


def read(source: Source) -> list[Run]:
    """A run for every training in these files; raises `UnreadableError` where there is not one row of training."""
    trainings: list[list[_Log]] = []
    for log in _once(_log(path) for path in source.files):
        if trainings and _goes_on(trainings[-1][-1], log):
            trainings[-1].append(log)
        else:
            trainings.append([log])
    if not trainings:
        raise UnreadableError("OpenMMLab's log without a training row: name the log of a whole training")
    return [_run(source, logs, several=len(trainings) > 1) for logs in trainings]


def _once(logs: Iterable[_Log]) -> list[_Log]:
    """The logs with rows of training, each once: mmengine writes `scalars.json` once more as `<timestamp>.json`."""
    kept: dict[tuple[float, str], list[_Log]] = {}
    for log in logs:
        if not log.train:
            continue
        same_start = kept.setdefault(log.train[0], [])
        for place, other in enumerate(same_start):
            rows = min(len(log.train), len(other.train))  # a killed process may have finished one of them only
            if log.train[:rows] == other.train[:rows]:
                same_start[place] = max(log, other, key=lambda one: len(one.train))
                break
        else:
            same_start.append(log)
    return sorted((log for logs in kept.values() for log in logs), key=lambda log: log.path)


def _run(source: Source, logs: Sequence[_Log], *, several: bool) -> Run:
    points = Stretches()
    for log in logs:
        for step, row, training in log.rows:
            if training:
                points.at(step)
            for tag, value in numbers(row):
                if tag not in NO_CURVES and (training or not tag.endswith(("lr", "time"))):
                    points.add(tag if training or tag.startswith("val/") else f"val/{tag}", step, value)
    series, notes = points.joined()
    settings, skipped = companion_settings(source.companions)
    for log in logs:
        settings = log.settings | settings
    path = logs[0].path if several or is_generic(source.path.name) else source.path
    found = dict.fromkeys([*(note for log in logs for note in log.notes), *skipped, MEAN, *notes])
    return Run(_name(path), series, source, settings, "iter", list(found))


def _name(path: Path) -> str:
    """The folder above `vis_data`, or the file's own name without mmcv's `.log.json`."""
    if path.suffix == ".json" and path.parent.name == FOLDER:
        path = home(path)
    name = run_name(path).removesuffix(".log")
    return name if name != "None" else run_name(path.parent)  # mmcv writes the timestamp it does not know so


def _log(path: Path) -> _Log:
    lines = JsonLines(path)
    rows: list[JsonRow] = []
    settings: dict[str, HParam] = {}
    for row in lines:
        if isinstance(config := row.get("config"), str):
            settings = mm_settings(config) | settings
        elif len(rows) == MAX_ROWS:
            raise UnreadableError(f"more than {MAX_ROWS:,} rows: keep the training rows of every tenth iteration")
        else:
            rows.append(row)
    for folder in (path.parent, path.parent / FOLDER):
        settings = mm_settings_of(folder / "config.py") | settings
    mmcv = any("mode" in row for row in rows[:100])
    log = _Log(path, list(_mmcv(rows) if mmcv else _mmengine(rows)), settings)
    log.notes += lines.notes
    if mmcv and (length := _epoch_length(rows)):
        text = f"iter starts again with every epoch: counted on with the {length:g} iterations last logged in one"
        log.notes.append(Note("steps-invented", text))
    return log


def _mmengine(rows: Sequence[JsonRow]) -> Iterator[tuple[float, JsonRow, bool]]:
    at, epoch = 0.0, 0.0
    for row in rows:
        step = _finite(row.get("iter"), row.get("step"))
        if step is not None and _is_training(row) and "iter" in row:
            at, epoch = step, _finite(row.get("epoch")) or epoch
            yield at, row, True
        elif step is not None:
            # An epoch-based loop counts epochs here, an iteration-based one iterations.
            yield (at if step <= epoch + 1 or step < at else step), row, False


def _mmcv(rows: Sequence[JsonRow]) -> Iterator[tuple[float, JsonRow, bool]]:
    length = _epoch_length(rows)
    at = 0.0
    for row in rows:
        step, epoch = _finite(row.get("iter")), _finite(row.get("epoch"))
        if row.get("mode") == "train" and step is not None:
            at = step + length * max((epoch or 1) - 1, 0)
            yield at, row, True
        elif row.get("mode") == "val":
            yield at, row, False


def _epoch_length(rows: Sequence[JsonRow]) -> float:
    """The iterations of an epoch where `iter` starts again with each one; 0 where it is counted over all of them."""
    train = [
        (epoch, step)
        for row in rows
        if row.get("mode") == "train"
        and (epoch := _finite(row.get("epoch"))) is not None
        and (step := _finite(row.get("iter"))) is not None
    ]
    resets = any(later[0] > row[0] and later[1] <= row[1] for row, later in pairwise(train))
    return max(step for _, step in train) if resets else 0.0


def _goes_on(old: _Log, new: _Log) -> bool:
    """Whether `new` was resumed where `old` stopped: it begins in the middle, at most one logging interval later."""
    first = [step for step, _ in new.train[:2]]
    last = max(step for step, _ in old.train)
    interval = first[-1] - first[0] or first[0]
    return 2 * interval < first[0] <= last + 2 * interval


def _is_training(row: JsonRow) -> bool:
    return row.get("mode", "train") == "train" and ("loss" in row or "train/loss" in row)


def _finite(*values: object) -> float | None:
    """The first of the values that is a finite number."""
    return next((x for value in values if (x := number(value)) is not None and math.isfinite(x)), None)


READER = Reader(
    NAME,
    "OpenMMLab JSON logs (mmengine, mmcv)",
    recognise,
    read,
    group=by_home(home),
    beside=r"config\.py|\d{8}_\d{6}\.py",
)
