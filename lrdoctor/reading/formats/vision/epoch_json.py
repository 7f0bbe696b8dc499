"""`log.txt` with a JSON object an epoch, as DeiT, MAE, ConvNeXt, BEiT, DINO and DETR write it.

    {"train_lr": 1e-06, "train_loss": 6.91, "test_loss": 6.71, "test_acc1": 1.5, "epoch": 0, "n_parameters": 5717416}

LAVIS and SALMONN round to strings (`"train_lr": "0.000"`), leave the epoch out and put their configuration first.
"""

import json
import math
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import HEAD_BYTES, Head
from lrdoctor.reading.parsing.json_lines import JsonLines, json_object, number, numbers
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings, flatten
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Source
from lrdoctor.vocabulary.tags import is_lr_name

NAME = "epoch-json"
NO_CURVES = frozenset({"epoch", "n_parameters"})
SPLITS = ("train_", "test_", "val_", "valid_", "eval_")


def recognise(head: Head) -> str | None:
    """By rows with `train_loss` whose every number has its split in front, or the epoch and an LR of training."""
    rows = [row for line in _lines(head) if (row := json_object(line)) is not None]
    for row in rows[:50]:
        if number(row.get("train_loss")) is None or "train_runtime" in row:  # Hugging Face's summary
            continue
        others = row.keys() - {"train_loss", *NO_CURVES}
        told = sum(key.startswith(SPLITS) for key in others)
        if told and told >= len(others) / 2 and (number(row.get("epoch")) is not None or "train_lr" in row):
            return "JSON lines with train_loss an epoch"
    return None


def read(source: Source) -> list[Run]:
    """One run; raises `UnreadableError` where no line holds a training loss."""
    path = source.files[-1]
    rows, points = JsonLines(path), Stretches()
    epoch, counted, unknown = -1.0, False, 0
    for row in rows:
        stated = number(row.get("epoch"))
        if "train_loss" in row:
            epoch = epoch + 1 if stated is None or not math.isfinite(stated) else stated
            counted |= stated is None
            points.at(epoch)
        elif stated is not None and math.isfinite(stated):
            epoch = stated
        for tag, value in numbers(row):
            if tag in NO_CURVES:
                continue
            if value == 0 and isinstance(row.get(tag), str) and is_lr_name(tag):
                unknown += 1  # "0.000" is a small LR rounded away
                continue
            points.add(tag, max(epoch, 0.0), value)
    if not len(points):
        raise UnreadableError("no training row in this log of JSON lines: name the log of the whole training")
    series, found = points.joined()
    settings, notes = companion_settings(source.companions)
    notes += [*rows.notes, Note("aggregated", "train_ values are means over an epoch")]
    if counted:
        notes.append(Note("steps-invented", "the rows name no epoch: training rows are numbered"))
    if unknown:
        notes.append(Note("skipped", f"{unknown:,} LRs rounded to 0.000 left out", "train_lr"))
    return [Run(run_name(source.path), series, source, settings | _configuration(path), "epoch", [*notes, *found])]


def _lines(head: Head) -> list[str]:
    """The whole lines of the head and the tail that may be rows."""
    lines = head.text.splitlines()
    whole = lines if head.size <= len(head.data) else lines[:-1] + head.tail.splitlines()
    return [line for line in whole if line.startswith('{"')]


def _configuration(path: Path) -> dict[str, HParam]:
    """The settings that LAVIS writes over several lines before the rows."""
    with path.open("rb") as file:
        text = file.read(HEAD_BYTES).decode("utf-8-sig", errors="replace")
    if not text.startswith("{\n"):
        return {}
    try:
        settings, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return flatten(settings)


READER = Reader(NAME, "JSON lines an epoch (DeiT, MAE, DINO, DETR)", recognise, read)
