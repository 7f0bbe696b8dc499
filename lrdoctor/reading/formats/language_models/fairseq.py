"""fairseq's text logs, in the four shapes that its versions and `--log-format` write.

    | epoch 010  1000 / 8223 loss=1.27 (1.50), wps=962, lr=0.001, clip=100%, gnorm=2.1427
    | epoch 001:    450 / 1891 loss=11.521, nll_loss=10.881, wps=52922, num_updates=445, lr=8.90889e-05, gnorm=1.543
    2021-03-08 10:00:00 | INFO | train_inner | epoch 001:   10 / 614 loss=12.1, num_updates=10, lr=5e-06, gnorm=3.2
    2021-03-08 10:00:00 | INFO | train_inner | {"epoch": 1, "update": 0.027, "loss": "21.2", "num_updates": "10", ...}

and at the end of an epoch, with as many separators:

    | epoch 001 | loss 8.1 | nll_loss 7.2 | num_updates 1891 | lr 0.000189 | gnorm 1.2
    | epoch 001 | valid on 'valid' subset | loss 7.1 | num_updates 1891
    ... | INFO | valid | {"epoch": 1, "valid_loss": "7.1", "valid_num_updates": "614", "valid_best_loss": "7.1"}

Losses are in bits (base 2) with most criteria, and are kept so.  A number in brackets is the mean since the epoch
began: the one before it is the batch's.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.fairseq_args import fairseq_settings
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import json_object, number
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "fairseq"
MAX_LINE = 20_000  # characters of a row
TRAIN, EPOCH, VALID = "", "train_", "valid_"
SPLITS = {"train_inner": TRAIN, "train": EPOCH, "valid": VALID, "test": "test_"}
STEP = "num_updates"
NO_CURVES = frozenset({STEP, "epoch", "update", "wall", "train_wall", "wps", "ups", "wpb", "bsz", "words/s"})

_INNER = re.compile(
    r"\| epoch (?P<epoch>\d{1,9}):?\s+(?:\d{1,3}%\|[^|]{0,200}\| )?(?P<at>\d{1,12}) ?/ ?(?P<of>\d{1,12}) (?P<pairs>.*)"
)
_EQUALS = re.compile(r"([A-Za-z_][\w/]{0,60})=([-+.\w]{1,40})")
_END = re.compile(r"\| epoch (?P<epoch>\d{1,9})(?P<cells>(?: ?\|[^|]{1,200})+)")
_WORD = re.compile(r"\| INFO \| (?P<split>[\w.]{1,40}) \| ")


@dataclass(frozen=True)
class _Row:
    """One line: its tags' prefix, its epoch and iteration in it, the iterations of an epoch, its values."""

    prefix: str
    epoch: float
    at: float | None
    of: float
    values: Mapping[str, float]


def recognise(head: Head) -> str | None:
    """By a row of training with a loss and one of fairseq's own words."""
    for line in (*head.text.splitlines(), *head.tail.splitlines()):
        row = _row(line)
        if row is not None and row.prefix in {TRAIN, EPOCH} and "loss" in row.values and _is_own(row, line):
            return "fairseq's train_inner rows" if "train_inner" in line else "fairseq's rows of an epoch"
    return None


def read(source: Source) -> list[Run]:
    """One run; raises `UnreadableError` where there is no row of training."""
    lines, points = LogLines(source.files[-1]), Stretches()
    arguments: dict[str, HParam] = {}
    step, length, axis = 0.0, 0.0, ""
    for line in lines:
        row = _row(line)
        if row is None:
            if not arguments and ("Namespace(" in line or "{'_name'" in line):
                arguments = fairseq_settings(line)
            continue
        length = row.of or length
        stated = row.values.get(STEP)
        if row.prefix == TRAIN or (row.prefix == EPOCH and (stated is not None or length)):
            position = (row.epoch - 1) * length + (length if row.at is None else row.at)
            step = position if stated is None or not math.isfinite(stated) else stated
            points.at(step)
            axis = axis or (STEP if step == stated else "iteration")
        elif stated is not None and math.isfinite(stated):
            step = stated
        for tag, value in row.values.items():
            if tag not in NO_CURVES:
                points.add(row.prefix + tag, step, value)
    if not axis:
        raise UnreadableError("a fairseq log without a row of training: run with --log-format simple or json")
    series, notes = points.joined()
    settings, skipped = companion_settings(source.companions)
    mean = Note("aggregated", "losses are means since the last row or, in older versions, since the epoch began")
    found = [*lines.notes, *skipped, mean, *notes]
    return [Run(run_name(source.path), series, source, arguments | settings, axis, found)]


def _row(line: str) -> _Row | None:
    if "epoch" not in line or len(line) > MAX_LINE:
        return None
    word = _WORD.search(line)
    split = SPLITS.get(word["split"]) if word else None
    if word and split is not None and line[word.end() :].startswith("{"):
        return _json_row(split, line[word.end() :])
    inner = _INNER.search(line)
    if inner:
        prefix = TRAIN if split is None or split == TRAIN else split
        values = dict(_equal_pairs(inner["pairs"]))
        return _Row(prefix, float(inner["epoch"]), float(inner["at"]), float(inner["of"]), values)
    end = _END.search(line)
    return _end_row(end, split) if end else None


def _json_row(prefix: str, text: str) -> _Row | None:
    row = json_object(text)
    if row is None:
        return None
    values = {str(key).removeprefix(prefix): value for key, raw in row.items() if (value := number(raw)) is not None}
    epoch = values.get("epoch", 1.0)
    return _Row(prefix, epoch if math.isfinite(epoch) else 1.0, None, 0.0, values)


def _end_row(end: re.Match[str], split: str | None) -> _Row | None:
    """Cells such as `train loss 1.44`, `valid_loss 8.1` or `loss 7.1`, or a progress row of a validation (None)."""
    cells = [cell.strip() for cell in end["cells"].split("|") if cell.strip()]
    prefix = EPOCH if split in {None, TRAIN} else split or EPOCH
    values: dict[str, float] = {}
    for cell in cells:
        if cell.startswith(("valid on", "test on")):
            if not cell.endswith("subset"):
                return None
            prefix = VALID if cell.startswith("valid") else "test_"
            continue
        name, _, text = cell.rpartition(" ")
        value = number(text.rstrip("%"))
        if value is not None and len(name) <= 60:
            for own in (prefix, "train ", "valid ", "train_", "valid_"):
                name = name.removeprefix(own)
            values[name.strip()] = value
    return _Row(prefix, float(end["epoch"]), None, 0.0, values)


def _equal_pairs(text: str) -> Iterator[tuple[str, float]]:
    for tag, raw in _EQUALS.findall(text):
        value = number(raw)
        if value is not None:
            yield tag, value


def _is_own(row: _Row, line: str) -> bool:
    return bool({STEP, "wps", "gnorm", "nll_loss", "wpb"} & row.values.keys()) or "train_inner" in line


READER = Reader(NAME, "fairseq logs", recognise, read)
