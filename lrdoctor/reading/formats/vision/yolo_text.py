"""The `results.txt` of YOLOv7, of YOLOv5 before it wrote CSV, and of Ultralytics' YOLOv3: a row an epoch, no header.

    0/59   4.61G    0.08    0.05   0.045   0.175     37     640    0.4    0.28    0.2    0.1    0.088    0.06   0.0585

That is epoch, memory, the box, objectness and class losses and their total, targets, image size, precision, recall, the
mean average precision at 0.5 and over 0.5 to 0.95 (YOLOv3: at 0.5, and F1), and the three losses of validation.
`opt.yaml` and `hyp.yaml` beside it hold the settings.
"""

import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import Note, Run, Source

NAME = "yolo-text"
TRAINING = ("train/box_loss", "train/obj_loss", "train/cls_loss", "train/loss")
SCORES = ("metrics/precision", "metrics/recall", "metrics/mAP_0.5", "metrics/mAP_0.5:0.95")
VALIDATION = ("val/box_loss", "val/obj_loss", "val/cls_loss")
COLUMNS = (*TRAINING, "", "", *SCORES, *VALIDATION)  # targets and image size are no curves
MIN_ROWS = 2
MAX_LINE = 1_000
MEAN = Note("aggregated", "each training loss is the mean over an epoch")
TOTAL = Note("derived", "val/loss is the sum of val/box_loss, val/obj_loss, val/cls_loss", "val/loss")

_ROW = re.compile(r"\s{0,20}(\d{1,7})/(\d{1,7})\s{1,20}[\d.]{1,10}[GM]\s{1,20}(\S[^\n]{20,400})")


def recognise(head: Head) -> str | None:
    """By two rows of an epoch, the memory and thirteen numbers."""
    rows = 0
    for line in head.lines[:50]:
        if line.strip() and _row(line) is None:
            return None
        rows += bool(line.strip())
    return "rows `EPOCH/LAST MEMORY box obj cls total ...`" if rows >= MIN_ROWS else None


def read(source: Source) -> list[Run]:
    """The one run of a file; raises `UnreadableError` where no row is whole."""
    path = source.files[-1]
    lines, points = LogLines(path), Stretches()
    for line in lines:
        row = _row(line)
        if row is None:
            continue
        epoch, values = row
        points.at(epoch)
        for tag, value in zip(COLUMNS, values, strict=True):
            if tag:
                points.add(tag, epoch, value)
        points.add("val/loss", epoch, sum(values[-len(VALIDATION) :]))
    series, notes = points.joined()
    if not series:
        raise UnreadableError("a YOLO results.txt without a whole row: training ended in its first epoch; name another")
    settings, skipped = companion_settings(source.companions)
    notes = [*lines.notes, *skipped, MEAN, TOTAL, *notes]
    adam = settings.get("adam")  # the only other optimizer that these trainers had
    own = {} if adam is None else {"optimizer": "Adam" if adam is True else "SGD"}
    return [Run(run_name(path), series, source, {**own, **settings}, "epoch", notes)]


def _row(line: str) -> tuple[float, list[float]] | None:
    """The epoch and the numbers of a row, those of `COLUMNS`; None where it is none."""
    found = _ROW.fullmatch(line.rstrip()) if len(line) <= MAX_LINE else None
    if found is None:
        return None
    values = [number(cell) for cell in found[3].split()]
    known = [value for value in values if value is not None]
    return (float(found[1]), known) if len(known) == len(values) == len(COLUMNS) else None


READER = Reader(NAME, "YOLOv3, v5 and v7 results.txt", recognise, read)
