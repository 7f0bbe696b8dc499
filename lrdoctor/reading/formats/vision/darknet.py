"""What Darknet prints: pjreddie's (`avg`) and AlexeyAB's (`avg loss`).

    Learning Rate: 0.001, Momentum: 0.9, Decay: 0.0005
    Region 82 Avg IOU: 0.798363, Class: 0.893232, Obj: 0.700808, No Obj: 0.004567, Avg Recall: 1.000000, count: 8
     9002: 0.211667, 0.060730 avg, 0.001000 rate, 3.868000 seconds, 576128 images
     46: 16729.101562, 20120.000000 avg loss, 0.000000 rate, 22.902033 seconds, 2944 images, 33.156833 hours left
     mean average precision (mAP@0.50) = 0.913211, or 91.32 %

The first number is the loss of one batch, which the second averages with a weight of 0.1.  The LR has six decimals:
a zero there is one that was rounded away.
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
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "darknet"
SEALED = r"images(?:, -?[\d.]+ hours left)?\s*$"  # the end of a line that is whole

_ROW = re.compile(
    rf"(?:^|\s)(?P<at>\d{{1,9}}): (?P<loss>{NUMBER}), (?P<avg>{NUMBER}) avg(?: loss)?, (?P<lr>{NUMBER}) rate, "
    rf"{NUMBER} seconds, (?P<images>\d{{1,15}}) images"
)
_MAP = re.compile(rf"\((mAP@[\d.]{{1,6}})\) = ({NUMBER})")
_SETTINGS = re.compile(rf"Learning Rate: ({NUMBER}), Momentum: ({NUMBER}), Decay: ({NUMBER})")


def recognise(head: Head) -> str | None:
    """By a line with loss, average, rate, seconds and images."""
    found = any(" rate, " in text and _ROW.search(text) for text in (head.text, head.tail))
    return "lines `N: LOSS, LOSS avg, LR rate, ... seconds, N images`" if found else None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no batch was finished."""
    points, own = Stretches(), dict[str, HParam]()
    lines, step, zeros = LogLines(source.files[-1], r" avg(?: loss)?, ", SEALED), 0.0, 0
    for line in lines:
        if " rate, " in line and (found := _ROW.search(line)):
            step, lr = float(found["at"]), number(found["lr"])
            points.at(step)
            points.add("loss", step, number(found["loss"]))
            points.add("avg loss", step, number(found["avg"]))
            if lr:
                points.add("lr", step, lr)
            zeros += not lr
            batch, rest = divmod(int(found["images"]), max(int(step), 1))
            if batch and not rest:
                own.setdefault("batch_size", batch)
        elif "mAP@" in line and (found := _MAP.search(line)):
            points.add(found[1], step, number(found[2]))
        elif found := _SETTINGS.search(line):
            names = ("learning_rate", "momentum", "decay")
            own |= {name: number(text) for name, text in zip(names, found.groups(), strict=True)}
    series, notes = points.joined()
    if not series:
        raise UnreadableError("a Darknet log without one finished batch: name another")
    settings, skipped = companion_settings(source.companions)
    notes += [*lines.notes, *skipped]
    if zeros:
        notes.append(Note("skipped", f"{zeros:,} LRs rounded to 0.000000 left out", "lr"))
    return [Run(run_name(source.path), series, source, settings | own, "iteration", notes)]


READER = Reader(NAME, "Darknet's console output", recognise, read)
