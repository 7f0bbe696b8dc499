"""What OLMo and OLMo-core print: a line that says the step, and the metrics of that step on indented lines after it.

    [2024-04-17 09:42:26] INFO     [olmo.train:816, rank=0] [step=1/739328,epoch=0]
        optim/total_grad_norm=231.7
        train/CrossEntropyLoss=11.25
        train/Perplexity=76,631
        throughput/total_tokens=4,194,304

OLMo-core calls them `train/CE loss`, `optim/total grad norm`, `optim/LR (group 0)`.  An evaluation's metrics come
later, under a line without a step: they belong to the last step printed.  Numbers have four digits, and commas.
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

NAME = "olmo"
SUFFIXES = {"": 1.0, "B": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}  # of what is too long to print

_STEP = re.compile(r"\[step=(\d[\d,]{0,15})/(?:\d[\d,]{0,15}|\?\?\?)[^\]\n]{0,100}\]")
_METRIC = re.compile(rf"[ \t]{{1,20}}((?:train|optim|eval)/[^=\n]{{1,120}})=({NUMBER})([BTPE]?)\s*")
# Each line can match in one way only, or a hostile head would be tried in 2^200 ways.
_BELOW = r"[ \t]{0,20}\r?\n(?:[ \t][^\n]{1,200}\n){0,200}?"
_FIRST = re.compile(_STEP.pattern + _BELOW + _METRIC.pattern + "$", re.MULTILINE)


def recognise(head: Head) -> str | None:
    """By the line of a step with an indented metric of training below it."""
    for text in (head.text, head.tail):
        if "[step=" in text and _FIRST.search(text):
            return "lines `[step=N/M]` above `train/...=`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no metric was printed."""
    points, step = Stretches(), None
    lines = LogLines(source.files[-1], r"^\s+(?:train|optim|eval)/")
    for line in lines:
        if "[step=" in line and (found := _STEP.search(line)):
            step = number(found[1])
            points.at(step)
        elif step is not None and line[:1] in {" ", "\t"} and "=" in line and (found := _METRIC.fullmatch(line)):
            points.add(found[1], step, number(found[2]) * SUFFIXES[found[3]])
    series, notes = points.joined()
    if not series:
        raise UnreadableError(
            "an OLMo log without one metric: training ended before its first step; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    return [Run(run_name(source.path), series, source, settings, "step", [*problems, *notes, *lines.notes])]


READER = Reader(NAME, "OLMo's console output", recognise, read)
