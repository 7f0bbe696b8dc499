"""What nanoGPT and its forks print: a line an iteration, and every so often an estimate over many batches.

    Overriding: learning_rate = 0.0006
    step 0: train loss 4.4501, val loss 4.4402
    iter 0: loss 4.4512, time 23218.37ms, mfu -100.00%
    0 | loss 4.4512 | lr 0.000000e+00 | 23218.37ms | mfu -100.00%

The loss of an `iter` line is that of the last micro-batch.  Only forks print the LR; the settings stand in the
configuration file, which is printed where one was named, and in `Overriding` lines: defaults are in neither.
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
from lrdoctor.records.run import HParam, Run, Series, Source

NAME = "nanogpt"
ESTIMATE = "train loss (eval)"  # `train loss` would be taken for what the optimizer saw
MAX_CONFIG_LINES = 500  # the longest configuration file seen has 40

# Forks print the LR or a norm before the time; llama2.c counts without a word.
_ITER = re.compile(rf"\biter (\d{{1,12}}): loss ({NUMBER})(?=(?:, [^,\n]{{1,60}}){{0,8}}?, time:? {NUMBER} ?m?s)")
_BARE_ITER = re.compile(rf"^(\d{{1,12}}) \| loss ({NUMBER})(?= \| lr {NUMBER} \| {NUMBER}ms)", re.MULTILINE)
_EVAL = re.compile(rf"\bstep (\d{{1,12}}): train loss ({NUMBER}), val loss ({NUMBER})")
_MORE = re.compile(rf"(?:,| \|) ?([A-Za-z][\w ]{{0,30}}?):? ({NUMBER})(?=[,\s]|$)")
_OVERRIDE = re.compile(r"^Overriding: (\w{1,60}) = (.{1,200})$")
_CONFIG = re.compile(r"^Overriding config with [^\n]{1,300}:$")
_ASSIGNMENT = re.compile(r"^([a-z]\w{0,60}) ?= ?(.{1,200})$")


def recognise(head: Head) -> str | None:
    """By a line of an iteration, or of an estimate of both losses."""
    for text in (head.text, head.tail):
        if ": loss " in text and _ITER.search(text):
            return "lines `iter N: loss ..., time ...ms`"
        if " | loss " in text and _BARE_ITER.search(text):
            return "lines `N | loss ... | lr ... | ...ms`"
        if ": train loss " in text and _EVAL.search(text):
            return "lines `step N: train loss ..., val loss ...`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was printed."""
    points, printed = Stretches(), _Printed()
    lines = LogLines(source.files[-1], ": (?:train )?loss", r"(?:ms|%|val loss \d+\.\d{4})\s*$")
    for line in lines:
        if "loss" in line and (found := _ITER.search(line) or _BARE_ITER.match(line)):
            step = float(found[1])
            points.at(step)
            points.add("loss", step, number(found[2]))
            for name, value in _MORE.findall(line[found.end() :][:400]):
                points.add(name, step, number(value))
        elif "loss" in line and (found := _EVAL.search(line)):
            points.add(ESTIMATE, float(found[1]), number(found[2]))
            points.add("val loss", float(found[1]), number(found[3]))
        elif "=" in line or line.startswith(("Overriding", "using fused")):
            printed.take(line)
    series, notes = points.joined()
    if not series:
        raise UnreadableError(
            "a nanoGPT log without one loss: training ended before its first line; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    settings |= public_settings(printed.settings)
    return [
        Run(run_name(source.path), _named(dict(series)), source, settings, "iter", [*problems, *notes, *lines.notes])
    ]


class _Printed:
    """The settings that were printed before training began."""

    def __init__(self) -> None:
        self.settings: list[tuple[str, HParam]] = []
        self._config_lines = 0

    def take(self, line: str) -> None:
        """A line that may hold a setting: what else is printed after training began looks alike."""
        if _CONFIG.match(line):
            self._config_lines = MAX_CONFIG_LINES
            return
        if line.startswith("using fused AdamW: "):
            self.settings.append(("optimizer", "AdamW"))
            return
        found = _OVERRIDE.match(line)
        if found is None and self._config_lines > 0:
            self._config_lines -= 1
            found = _ASSIGNMENT.match(line)
        if found is not None and len(self.settings) < MAX_SETTINGS:
            try:
                self.settings.append((found[1], setting(found[2], words=found.re is _OVERRIDE)))
            except ValueError:
                return  # an expression, such as a name made of the time


def _named(series: dict[str, Series]) -> dict[str, Series]:
    """Where little else was logged, the estimate stands for the training loss under the name it was printed with."""
    if ESTIMATE in series and len(series[ESTIMATE]) > len(series.get("loss", ())):
        series["train loss"] = series.pop(ESTIMATE)
    return series


READER = Reader(NAME, "nanoGPT's console output", recognise, read)
