"""What nanochat's scripts print: pre-training, mid-training, fine-tuning.

    step 00010/21400 (0.05%) | loss: 9.321546 | lrm: 1.00 | dt: 3212.45ms | tok/sec: 163,210 | mfu: 15.03 | ...
    Step 00250 | Validation bpb: 1.205793
    Step 02000 | CORE metric: 0.1208
    Step 00020/00701 | Training loss: 1.345678| lrm: 0.971469| num_tokens: 13,422

The loss of pre-training is an average over the last steps (a weight of 0.9); validation is told in bits per byte, which
are no loss per token.  `lrm` is what the LRs of several groups are multiplied with, and no LR.
"""

import math
import re
from collections.abc import Mapping, Sequence

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Series, Source
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "nanochat"
MAX_LINE = 1_000  # characters
MAX_PHASES = 20
SMOOTHED = Note("aggregated", "the loss is an average over the last steps, a weight of 0.9 for each", "loss")
KEPT = frozenset({"loss", "training loss", "train loss", "lrm", "grad norm", "gn", "raw"})

_ROW = re.compile(r"(?:^|\s)[Ss]tep (\d{1,9})(?:/(\d{1,9}))?(?: \(\d{1,3}\.\d{1,3}%\))? \| (?=.{0,300}\blrm: )")
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
    """A run for each phase of a log; raises `UnreadableError` where no loss was printed."""
    lines, phases = LogLines(source.files[-1], r"[Ss]tep \d"), _Phases()
    own: dict[str, HParam] = {}
    for line in lines:
        if len(line) > MAX_LINE:
            continue
        if found := _ROW.search(line):
            told = [(name, number(value)) for name, value in _PAIR.findall(f"| {line[found.end() :]}")]
            phases.row(float(found[1]), found[2], [item for item in told if item[0].lower() in KEPT])
        elif found := _CHECK.search(line):
            phases.check(found[2], float(found[1]), number(found[3]))
        elif found := _BATCH.search(line):
            own |= {"total_batch_size_tokens": int(number(found[1])), "gradient_accumulation_steps": int(found[2])}
    trained = [told for told in phases.joined() if any(map(is_loss_name, told[0]))]
    if not trained:
        raise UnreadableError("a nanochat log without one loss: training ended before its first step; name another")
    settings, skipped = companion_settings(source.companions)
    runs = []
    for place, (series, notes) in enumerate(trained, start=1):
        smoothed = [SMOOTHED] if "loss" in series else []
        name = run_name(source.path, part=place if len(trained) > 1 else None)
        runs.append(Run(name, series, source, settings | own, "step", [*lines.notes, *skipped, *notes, *smoothed]))
    return runs


class _Phases:
    """Points phase by phase: one log may tell of pre-training, mid-training and fine-tuning, each from step 0."""

    def __init__(self) -> None:
        self._all = [Stretches()]
        self._kind: tuple[object, ...] = ()
        self._first, self._last = math.inf, -math.inf
        self._checks: list[tuple[str, float, float]] = []  # since the last row

    def row(self, step: float, planned: str | None, values: Sequence[tuple[str, float]]) -> None:
        """A step of training; another phase where steps begin again, and another loss or length is told."""
        kind = (planned, *(name for name, _ in values if is_loss_name(name)))
        if step < self._last and step <= self._first and kind != self._kind and len(self._all) < MAX_PHASES:
            ended = [check for check in self._checks if check[1] > self._last]
            self._flush(ended)
            self._checks = [check for check in self._checks if check not in ended]
            self._all.append(Stretches())
            self._first = math.inf
        self._kind, self._first, self._last = kind, min(step, self._first), step
        self._all[-1].at(step)
        self._flush(self._checks)
        self._checks = []
        for name, value in values:
            self._all[-1].add(name, step, value)

    def check(self, name: str, step: float, value: float) -> None:
        """A validation: above the row of its step, or after the last one."""
        self._checks.append((name, step, value))

    def joined(self) -> list[tuple[Mapping[str, Series], list[Note]]]:
        """For each phase its series and what was noticed."""
        self._flush(self._checks)
        return [phase.joined() for phase in self._all]

    def _flush(self, checks: Sequence[tuple[str, float, float]]) -> None:
        for name, step, value in checks:
            self._all[-1].add(name, step, value)


READER = Reader(NAME, "nanochat's console output", recognise, read)
