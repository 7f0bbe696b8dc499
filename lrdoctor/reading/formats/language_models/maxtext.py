"""What MaxText prints, with a logger's prefix or without.

Config param learning_rate: 3e-05
completed step: 10, seconds: 3.123, TFLOP/s/device: 62.111, Tokens/s/device: 1720.334, total_weights: 65536, loss: 9.855
eval metrics after step: 9, loss=9.420, total_weights=75264.0
"""

import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import (
    MAX_SETTINGS,
    NUMBER,
    number,
    public_settings,
    setting,
)
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Run, Source

NAME = "maxtext"
MAX_LINE = 2_000  # characters
DULL = frozenset({"seconds", "TFLOP/s/device", "Tokens/s/device", "total_weights", "step_time_seconds"})

_STEP = re.compile(r"\bcompleted step: (\d{1,10}), seconds: ")
_EVAL = re.compile(r"\beval metrics after step: (\d{1,10}), ")
_PAIR = re.compile(rf"(?:^|, )([A-Za-z][\w/ .-]{{0,60}})(?:: |=)({NUMBER})(?<!,)(?=,|\s|$)")
_CONFIG = re.compile(r"Config param (\w{1,80}): ([\w.+-]{1,60})\s*$")


def recognise(head: Head) -> str | None:
    """By a step that was completed, its seconds and its loss."""
    for text in (head.text, head.tail):
        if any(_STEP.search(line) and ", loss: " in line for line in text.splitlines() if "completed step" in line):
            return "lines `completed step: N, seconds: ..., loss: ...`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no step was completed."""
    lines, points = LogLines(source.files[-1], r"completed step|after step"), Stretches()
    own: list[tuple[str, HParam]] = []
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _STEP.search(line):
            step = float(found[1])
            points.at(step)
            for name, value in _PAIR.findall(line[found.end() :]):
                if name not in DULL:
                    points.add(name, step, number(value))
        elif found := _EVAL.search(line):
            for name, value in _PAIR.findall(line[found.end() :]):
                if name not in DULL:
                    points.add(f"eval metrics/{name}", float(found[1]), number(value))
        elif (found := _CONFIG.search(line)) and len(own) < MAX_SETTINGS:
            own.append((found[1], setting(found[2], words=True)))
    series, notes = points.joined()
    if "loss" not in series:
        raise UnreadableError("a MaxText log without one loss: training ended before its first step; name another")
    settings, skipped = companion_settings(source.companions)
    notes = [*lines.notes, *skipped, *notes]
    return [Run(run_name(source.path), series, source, settings | public_settings(own), "step", notes)]


READER = Reader(NAME, "MaxText's console output", recognise, read)
