"""What build-nanogpt writes to `log/log.txt`, and what it prints.

    0 val 10.9522
    0 hella 0.2487
    0 train 10.955010

    validation loss: 10.9522
    step     0 | loss: 10.955010 | lr: 6.0000e-05 | norm: 15.3716 | dt: 24512.32ms | tok/sec: 21388.90

The file has no LR.  It is emptied when training starts; forks that resume append to it.
"""

import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import Run, Source

NAME = "build-nanogpt"
LINES_LOOKED_AT = 2_000  # of the head; all must be of the file's kinds
# `train` alone is a split and no quantity, so the tags say what was written.
TAGS = {"train": "train loss", "val": "val loss", "hella": "hella"}

_ROW = re.compile(rf"(\d{{1,12}}) (train|val|hella) ({NUMBER})\s*")
_STEP = re.compile(rf"\bstep +(\d{{1,12}}) ?[|,] ?loss: ({NUMBER})([^\n]{{0,300}})")
_FIELD = re.compile(rf"[|,] (lr|norm):? ({NUMBER})")
_SPEED = re.compile(rf"[|,] tok/sec: {NUMBER}")
_VALIDATION = re.compile(rf"^validation loss: ({NUMBER})")
_HELLA = re.compile(rf"^HellaSwag accuracy: \d{{1,9}}/\d{{1,9}}=({NUMBER})")


def recognise(head: Head) -> str | None:
    """By rows of nothing but a step, one of three words and a number; on the console by the speed behind the loss."""
    lines = [line for line in head.text.splitlines()[:LINES_LOOKED_AT] if line.strip()]
    rows = [_ROW.fullmatch(line) for line in (lines if head.size <= len(head.data) else lines[:-1])]
    if len(rows) > 1 and all(rows[:-1]) and any(row and row[2] != "hella" for row in rows):
        return "rows `N train LOSS`"
    for text in (head.text, head.tail):
        if "tok/sec: " in text and (found := _STEP.search(text)) and _SPEED.search(found[3]):
            return "lines `step N | loss: ... | tok/sec: ...`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was logged."""
    points = Stretches()
    lines = LogLines(source.files[-1], r"^\d+ (?:train|val|hella) |\bstep .{0,40}loss: ", r"^\d+ train \d+\.\d{6}$")
    waiting: list[tuple[str, float]] = []  # printed before the line that says at which step
    for line in lines:
        if row := _ROW.fullmatch(line):
            step, tag = float(row[1]), TAGS[row[2]]
            if tag == "train loss":
                points.at(step)
            points.add(tag, step, number(row[3]))
        elif "loss" in line and (found := _STEP.search(line)):
            step = float(found[1])
            points.at(step)
            points.add("train loss", step, number(found[2]))
            for name, value in [*((n, number(v)) for n, v in _FIELD.findall(found[3])), *waiting]:
                points.add(name, step, value)
            waiting.clear()
        elif "loss: " in line and (found := _VALIDATION.match(line)):
            waiting.append(("val loss", number(found[1])))
        elif "HellaSwag" in line and (found := _HELLA.match(line)):
            waiting.append(("hella", number(found[1])))
    series, notes = points.joined()
    if not {"train loss", "val loss"} & series.keys():
        raise UnreadableError(
            "a build-nanogpt log without one loss: training ended before its first step; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    return [Run(run_name(source.path), series, source, settings, "step", [*problems, *notes, *lines.notes])]


READER = Reader(NAME, "build-nanogpt logs", recognise, read)
