"""OpenMMLab's text logs, of mmengine and of mmcv 1.x; the configuration is printed before the first iteration.

    2023/06/05 20:09:49 - mmengine - INFO - Epoch(train)   [1][1/6]  lr: 4.0e-08  eta: 9:58:43  time: 9.9  loss: 0.4219
    2023/06/05 20:17:40 - mmengine - INFO - Epoch(val) [10][6/6]    coco/AP: 0.000891  time: 1.5
    06/05 20:09:49 - mmengine - INFO - Epoch(train) [1][  50/900]  lr: 2.0e-03  loss: 1.9000      (at a terminal)
    2021-05-01 12:00:00,123 - mmdet - INFO - Epoch [1][50/7330]	lr: 1.978e-02, eta: 1 day, 2:00:01, loss: 1.2345
    2021-05-01 12:00:00,123 - mmseg - INFO - Iter [50/160000]	lr: 9.997e-03, eta: 1:00:00, loss: 2.1

`[1][50/7330]` is iteration 50 of 7,330 in epoch 1, so iterations over all epochs are known exactly.
"""

import re
from collections.abc import Iterator

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.vision.openmmlab_config import MAX_BYTES, mm_settings
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.reading.parsing.wrapped_lines import unwrapped
from lrdoctor.records.run import Note, Run, Source

NAME = "openmmlab-text"
MAX_LINE = 20_000  # characters; a row of an evaluation with 80 classes has 4,000
NO_CURVES = frozenset({"eta", "time", "data_time", "memory", "epoch", "iter"})
_ROW = re.compile(
    r"(?:\d{4}[-/])?\d\d[-/]\d\d \d\d:\d\d:\d\d\S{0,4} - [\w.]{1,40} - INFO - "
    r"(?P<unit>Epoch|Iter)\s?(?:\((?P<mode>train|val|test)\))?\s*(?:\[\s*(?P<epoch>\d{1,9})\])?"
    r"\[\s*(?P<at>\d{1,12})(?:/(?P<of>\d{1,12}))?\]\s*(?P<pairs>\S.*)"
)
_SEPARATOR = re.compile(r", | {2,}|\t")
_PAIR = re.compile(r"([^:]{1,80}?): +(\S{1,40})")
MEAN = Note("aggregated", "losses are means over a window of iterations (10 by default, or the logging interval)")


def recognise(head: Head) -> str | None:
    """By a row of training with a loss, in the head or, after a long configuration, in the tail."""
    if " - INFO - " not in head.text:
        return None
    for line in unwrapped((*head.text.splitlines(), *head.tail.splitlines()), None):
        row = _ROW.match(line[:MAX_LINE])
        if row and row["mode"] in {None, "train"} and any("loss" in tag for tag, _ in _pairs(row["pairs"])):
            return f"{row['unit']} rows of an OpenMMLab log"
    return None


def read(source: Source) -> list[Run]:
    """One run; raises `UnreadableError` where there is no row of training."""
    path = source.files[-1]
    lines, points = LogLines(path), Stretches()
    before: list[str] = []
    size = 0
    at = 0.0
    for line in unwrapped(lines, None):
        row = _ROW.match(line) if len(line) <= MAX_LINE else None
        if row is None:
            if not len(points) and size < MAX_BYTES:
                before.append(line)
                size += len(line)
            continue
        training = row["mode"] in {None, "train"} and (row["of"] is not None or "loss" in row["pairs"])
        if training:
            at = float(row["at"]) + float(row["of"] or 0) * max(int(row["epoch"] or 1) - 1, 0)
            points.at(at)
        elif row["mode"] == "test" or (row["of"] is not None and row["at"] != row["of"]):
            continue  # how far an evaluation has come
        for tag, text in _pairs(row["pairs"]):
            value = number(text)
            if value is not None and tag not in NO_CURVES and (training or not tag.endswith("lr")):
                points.add(tag if training or tag.startswith("val/") else f"val/{tag}", at, value)
    if not len(points):
        raise UnreadableError("OpenMMLab's log without a training row: name the log of a whole training")
    series, notes = points.joined()
    settings, skipped = companion_settings(source.companions)
    settings = settings | mm_settings("\n".join(before))
    return [Run(run_name(path), series, source, settings, "iter", [*lines.notes, *skipped, MEAN, *notes])]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a row; `eta: 1 day, 2:00:01` yields rubbish that is no number."""
    for part in _SEPARATOR.split(text):
        for tag, value in _PAIR.findall(part):
            yield tag.strip(), value.rstrip(",")


READER = Reader(NAME, "OpenMMLab text logs", recognise, read)
