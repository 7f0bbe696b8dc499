"""nnU-Net's `training_log_<time>.txt`, versions 1 and 2; a training that was resumed goes on in another file.

    2024-04-26 09:39:10.910043: Epoch 0                             2021-05-18 04:14:28.693501:
    2024-04-26 09:39:10.914042: Current learning rate: 0.01         epoch:  0
    2024-04-26 09:41:39.493872: train_loss 0.7088                   2021-05-18 04:42:38.600964: train loss : -0.7822
    2024-04-26 09:41:39.498914: val_loss 0.4628                     2021-05-18 04:42:56.266998: validation loss: -0.8059
    2024-04-26 09:41:39.501914: Pseudo dice [0.0, 0.1611]           ...: Average global foreground Dice: [0.8455]
    2024-04-26 09:41:39.505914: Epoch time: 148.59 s                2021-05-18 04:42:56.715084: lr: 0.008401

The LR of version 1 is that of the next epoch.  The loss is cross-entropy less the Dice score: it falls below zero.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "nnunet"
MAX_LINE = 4_000  # characters
MAX_CLASSES = 64

_STAMP = r"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?:? {0,2})?"
_EPOCH = re.compile(rf"{_STAMP}(?:Epoch (\d{{1,7}})|epoch: {{1,3}}(\d{{1,7}}))\s*")
_LOSS = re.compile(rf"{_STAMP}(train_loss|val_loss|train loss|validation loss|val loss)\s?:? ({NUMBER})\s*")
_LR = re.compile(rf"{_STAMP}(Current learning rate|lr): ({NUMBER})\s*")
_DICE = re.compile(rf"{_STAMP}(Pseudo dice|Average global foreground Dice):? \[([^\]]{{0,3000}})\]\s*")
_WRAPPER = re.compile(r"np\.float\d\d\(")  # since NumPy 2
_BATCH = re.compile(r"'batch_size': (\d{1,6})\b")
_FILE = re.compile(r"training_log_[\d_]{1,30}\.txt")


def recognise(head: Head) -> str | None:
    """By the Dice of the classes beside both losses."""
    for text in (head.text, head.tail):
        if "Pseudo dice [" not in text and "Average global foreground Dice" not in text:
            continue
        lines = text.splitlines()
        if any(map(_DICE.fullmatch, lines)) and any(map(_LOSS.fullmatch, lines)):
            return "lines of train and validation loss and of each class's Dice"
    return None


def together(files: Sequence[Path], _top: Path) -> dict[Path, tuple[Path, ...]]:
    """The logs of one folder as one, in the order of the times in their names; others are logs of their own."""
    found: dict[Path, list[Path]] = {}
    for path in files:
        found.setdefault(path.parent if _FILE.fullmatch(path.name) else path, []).append(path)
    return {key if len(those) > 1 else those[0]: tuple(sorted(those, key=_time)) for key, those in found.items()}


def read(source: Source) -> list[Run]:
    """The one run of a fold; raises `UnreadableError` where no epoch was finished."""
    points, notes, own = Stretches(), list[Note](), dict[str, HParam]()
    for path in source.files:
        lines = LogLines(path, r"loss|[Ee]poch|learning rate")
        _read(lines, points, own)
        notes += lines.notes
    series, found = points.joined()
    if not any("loss" in tag for tag in series):
        raise UnreadableError("an nnU-Net log without one finished epoch: name another")
    settings, skipped = companion_settings(source.companions)
    notes += [*skipped, *found, Note("aggregated", "each loss is the mean over an epoch's batches")]
    # Every fold is called so, and every log: the trainer's folder says which it is.
    name = run_name(source.path.with_name("log.txt") if source.path in source.files else source.path)
    return [Run(name, series, source, settings | own, "epoch", notes)]


def _read(lines: Iterable[str], points: Stretches, settings: dict[str, HParam]) -> None:
    epoch = -1.0
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _EPOCH.fullmatch(line):
            epoch = float(found[1] or found[2])
            points.at(epoch)
        elif found := _LR.fullmatch(line):
            points.add(found[1], max(epoch, 0.0) if found[1] != "lr" else epoch + 1, number(found[2]))
        elif epoch < 0:
            if found := _BATCH.search(line):
                settings.setdefault("batch_size", int(found[1]))
        elif found := _LOSS.fullmatch(line):
            points.add(found[1], epoch, number(found[2]))
        elif found := _DICE.fullmatch(line):
            classes = _WRAPPER.sub("", found[2]).replace(",", " ")
            for place, value in enumerate(re.findall(NUMBER, classes)[:MAX_CLASSES]):
                points.add(f"{found[1]}/{place}", epoch, number(value))


def _time(path: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d{1,18}", path.name)]


READER = Reader(
    NAME, "nnU-Net's training_log", recognise, read, group=together, telling=r"training_log_\d{4}_[\d_]{1,20}\.txt"
)
