"""What nanochat's scripts print: pre-training, mid-training, fine-tuning.

    step 00010/21400 (0.05%) | loss: 9.321546 | lrm: 1.00 | dt: 3212.45ms | tok/sec: 163,210 | mfu: 15.03 | ...
    Step 00250 | Validation bpb: 1.205793
    Step 02000 | CORE metric: 0.1208
    Step 00020/00701 | Training loss: 1.345678| lrm: 0.971469| num_tokens: 13,422

The loss of pre-training is an average over the last steps (a weight of 0.9); validation is told in bits per byte, which
are no loss per token.  `lrm` is what the LRs of several groups are multiplied with, and no LR.
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
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "nanochat"
MAX_LINE = 1_000  # characters
KEPT = frozenset({"loss", "training loss", "train loss", "lrm", "grad norm", "gn", "raw"})

_ROW = re.compile(r"(?:^|\s)[Ss]tep (\d{1,9})(?:/\d{1,9})?(?: \(\d{1,3}\.\d{1,3}%\))? \| (?=.{0,300}\blrm: )")
_CHECK = re.compile(rf"(?:^|\s)[Ss]tep (\d{{1,9}}) \| (Validation bpb|Validation loss|CORE metric): ({NUMBER})(?=\s|$)")
_PAIR = re.compile(rf"(?:^|\|) ?([A-Za-z][\w ]{{0,30}}): ({NUMBER})(?= ?\||\s|$)")
_BATCH = re.compile(r"Total batch size ([\d,]{1,20}) => gradient accumulation steps: (\d{1,6})")


def recognise(head: Head) -> str | None:
    """By a step with its loss and what the LRs are multiplied with."""
    for text in (head.text, head.tail):
        if "| lrm: " not in text:
            continue
        rows = (line for line in re.split(r"[\r\n]", text) if len(line) <= MAX_LINE and _ROW.search(line))
        if any(is_loss_name(name) for row in rows for name, _ in _PAIR.findall(row)):
            return "lines `step N/N (N%) | loss: ... | lrm: ...`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was printed."""
    lines, points = LogLines(source.files[-1], r"[Ss]tep \d"), Stretches()
    own: dict[str, HParam] = {}
    smoothed = False
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _ROW.search(line):
            step = float(found[1])
            points.at(step)
            for name, value in _PAIR.findall(f"| {line[found.end() :]}"):
                if name.lower() in KEPT:
                    points.add(name, step, number(value))
                    smoothed |= name == "loss"
        elif found := _CHECK.search(line):
            points.add(found[2], float(found[1]), number(found[3]))
        elif found := _BATCH.search(line):
            own |= {"total_batch_size_tokens": int(number(found[1])), "gradient_accumulation_steps": int(found[2])}
    series, notes = points.joined()
    if not any(map(is_loss_name, series)):
        raise UnreadableError("a nanochat log without one loss: training ended before its first step; name another")
    settings, skipped = companion_settings(source.companions)
    if smoothed:
        notes.append(Note("aggregated", "the loss is an average over the last steps, a weight of 0.9 for each", "loss"))
    return [Run(run_name(source.path), series, source, settings | own, "step", [*lines.notes, *skipped, *notes])]


READER = Reader(NAME, "nanochat's console output", recognise, read)
