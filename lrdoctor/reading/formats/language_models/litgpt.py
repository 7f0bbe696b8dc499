"""What LitGPT prints: pre-training and fine-tuning.

    Epoch 1 | iter 16 step 4 | loss train: 10.975, val: n/a | iter time: 512.43 ms (step) remaining time: 1:21:12
    iter 400: val loss 9.8765, val time: 12231.21 ms

`iter` counts micro-batches, `step` the optimizer's steps, and validations stand at an `iter`: all are put at
iter / (iterations a step), which is the step where one was made.  The `val` of a line is the last validation again.
"""

import re
from collections.abc import Sequence

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Run, Source

NAME = "litgpt"
MAX_LINE = 4_000  # characters
MAX_ROWS = 1_000_000

_ROW = re.compile(rf"\biter (\d{{1,10}}) step (\d{{1,10}}) ?\| ?loss train: ({NUMBER})(?=,)")
_VAL = re.compile(rf"\biter (\d{{1,10}}): val loss ({NUMBER})(?=,|\s|$)")
_SETTINGS = {
    "learning_rate": re.compile(rf"(?:'lr': |\blearning_rate=)({NUMBER})"),
    "global_batch_size": re.compile(r"\bglobal_batch_size=(\d{1,9})"),
    "weight_decay": re.compile(rf"(?:'weight_decay': |\bweight_decay=)({NUMBER})"),
    "lr_warmup_steps": re.compile(r"\blr_warmup_steps=(\d{1,9})"),
}
_OPTIMIZER = re.compile(r"'class_path': 'torch\.optim\.(?:\w{1,40}\.)?(\w{1,40})'|'optimizer': '(\w{1,40})'")


def recognise(head: Head) -> str | None:
    """By a line of an iteration with its step and both losses."""
    found = any("| loss train: " in text and _ROW.search(text) for text in (head.text, head.tail))
    return "lines `iter N step N | loss train: ..., val: ...`" if found else None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was printed."""
    lines, own = LogLines(source.files[-1], r"\biter \d"), dict[str, HParam]()
    rows: list[tuple[str, int, float]] = []
    ratios: list[tuple[int, float]] = []
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _ROW.search(line):
            at, step = int(found[1]), int(found[2])
            if step:
                ratios.append((step, at / step))
            rows.append(("loss train", at, number(found[3])))
        elif found := _VAL.search(line):
            rows.append(("val loss", int(found[1]), number(found[2])))
        elif not rows:
            _take(line, own)
        if len(rows) > MAX_ROWS:
            raise UnreadableError(f"more than {MAX_ROWS:,} lines: give a part of the log")
    points, a_step = Stretches(), _iterations_a_step(ratios)
    for tag, at, value in rows:
        if tag == "loss train":
            points.at(at / a_step)
        points.add(tag, at / a_step, value)
    series, notes = points.joined()
    if "loss train" not in series:
        raise UnreadableError("a LitGPT log without one loss: training ended before its first line; name another")
    if a_step > 1:
        own["gradient_accumulation_steps"] = a_step
    settings, skipped = companion_settings(source.companions)
    return [Run(run_name(source.path), series, source, settings | own, "step", [*lines.notes, *skipped, *notes])]


def _iterations_a_step(ratios: Sequence[tuple[int, float]]) -> int:
    """Of a step that is being made the ratio is higher: the lowest late in training is right."""
    latest = max((step for step, _ in ratios), default=0)
    return max(round(min((ratio for step, ratio in ratios if 2 * step >= latest), default=1.0)), 1)


def _take(line: str, settings: dict[str, HParam]) -> None:
    """The settings in what is printed before training."""
    for name, pattern in _SETTINGS.items():
        if found := pattern.search(line):
            value = number(found[1])
            settings.setdefault(name, int(value) if found[1].isdigit() else value)
    if found := _OPTIMIZER.search(line):
        settings.setdefault("optimizer", found[1] or found[2])


READER = Reader(NAME, "LitGPT's console output", recognise, read)
