"""What MosaicML's Composer prints to the console, as LLM Foundry's trainings do: a block a batch.

    [epoch=1][batch=5/500]:
             Train time/batch: 4
             Train loss/train/total: 8.4213
             Train metrics/train/LanguageCrossEntropy: 8.4620
             Train lr-DecoupledAdamW/group0: 0.0000
    [Eval batch=16/16] Eval on eval data:
             Eval metrics/eval/LanguageCrossEntropy: 8.5120

`time/batch` counts all batches from 0; the one in brackets those of an epoch.  The LR has four decimals: a zero there
is mostly one that was rounded away.
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
from lrdoctor.records.run import Note, Run, Source
from lrdoctor.vocabulary.tags import is_loss_name, is_lr_name

NAME = "composer"
MAX_LINE = 1_000  # characters
# Nothing of these says how training goes.
DULL = ("time/", "memory/", "throughput/", "trainer/", "data/")

_RANK = r"(?:\d{1,4}: {0,8}|\[rank\d{1,4}\]: ?)?"
_BLOCK = re.compile(rf"{_RANK}(?:\[epoch=(\d{{1,6}})(?:/\d{{1,6}})?\])?\[batch=(\d{{1,9}})(?:/(\d{{1,9}}))?\]:\s*")
_VALUE = re.compile(rf"{_RANK}\s{{1,20}}(Train|Eval) ([\w./@ -]{{1,120}}): ({NUMBER})\s*")


def recognise(head: Head) -> str | None:
    """By a block of a batch with a loss of training in it."""
    for text in (head.text, head.tail):
        if "[batch=" not in text:
            continue
        lines = text.splitlines()
        losses = (found for line in lines if (found := _VALUE.fullmatch(line)) and found[1] == "Train")
        if any(map(_BLOCK.fullmatch, lines)) and any(_is_loss(found[2]) for found in losses):
            return "blocks `[batch=N/N]:` with `Train NAME: VALUE` below"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was printed."""
    lines, points = LogLines(source.files[-1], r"\[batch=|Train |Eval "), Stretches()
    step, first, zeros = 0.0, None, 0
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _BLOCK.fullmatch(line):
            epoch, batch, of = int(found[1] or 0), int(found[2]), int(found[3] or 0)
            first = epoch if first is None else first
            step = float(max(epoch - first, 0) * of + batch - 1)
        elif found := _VALUE.fullmatch(line):
            split, name, value = found[1], found[2], number(found[3])
            if name == "time/batch" and split == "Train":
                step = value
            elif is_lr_name(name) and value == 0:
                zeros += 1
            elif not name.startswith(DULL):
                points.at(step)
                points.add(f"{split} {name}", step, value)
    series, notes = points.joined()
    if not any(map(is_loss_name, series)):
        raise UnreadableError("a Composer log without one loss: training ended before its first batch; name another")
    settings, skipped = companion_settings(source.companions)
    notes += [*lines.notes, *skipped]
    if zeros:
        notes.append(Note("skipped", f"{zeros:,} LRs rounded to 0.0000 left out"))
    return [Run(run_name(source.path), series, source, settings, "batch", notes)]


def _is_loss(name: str) -> bool:
    return is_loss_name(f"Train {name}")


READER = Reader(NAME, "Composer's and LLM Foundry's console output", recognise, read)
