"""What torchtune's StdoutLogger prints and its DiskLogger writes to `log_<time>.txt`.

    INFO:torchtune.utils._logging:Running FullFinetuneRecipeSingleDevice with resolved config:

    batch_size: 4
    optimizer:
      _component_: torch.optim.AdamW
      lr: 2.0e-05

    Step 1 | loss:2.085338592529297 lr:2e-05 tokens_per_second_per_gpu:57.828881833956174

On a terminal a progress bar is rewritten before each such line.
"""

import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings, parse_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Run, Source, Traits

NAME = "torchtune"
ABOUT_SPEED = ("tokens_per_second", "peak_memory", "gpu_resources")  # nothing of the training itself
MAX_CONFIG_LINES = 1_000  # the largest configuration seen has 90

_STEP = re.compile(r"\bStep (\d{1,12}) \| (?=[A-Za-z])([^\n]{1,4000})")
_METRIC = re.compile(rf"(?<!\S)([A-Za-z][\w./@-]{{0,80}}):(?:tensor\()?({NUMBER})(?=[\s,)]|$)")
_CONFIG = re.compile(r"with resolved config:\s*$")
_YAML = re.compile(r"\s{0,60}(?:- |[\w.-]{1,80}:(?: |$))")


def recognise(head: Head) -> str | None:
    """By the line of a step: a bar, then names and numbers with a bare colon between, the loss among them."""
    for text in (head.text, head.tail):
        if "Step " not in text:
            continue
        for found in _STEP.finditer(text):
            names = [name for name, _ in _METRIC.findall(found[2])]
            return "lines `Step N | loss:... lr:...`" if any("loss" in name for name in names) else None
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was logged."""
    points, config = Stretches(), _Config()
    lines = LogLines(source.files[-1], r"\bStep \d+ \|", r"\s$")
    for line in lines:
        if "Step " in line and (found := _STEP.search(line)):
            step = float(found[1])
            points.at(step)
            for name, value in _METRIC.findall(found[2]):
                if not name.startswith(ABOUT_SPEED):
                    points.add(name, step, number(value))
        else:
            config.take(line)
    series, notes = points.joined()
    if not series:
        raise UnreadableError(
            "a torchtune log without one number: training ended before its first step; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    settings |= config.settings()
    return [Run(run_name(source.path), series, source, settings, "step", [*problems, *notes, *lines.notes])]


class _Config:
    """The configuration that a recipe prints before it runs, as YAML."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._open = False

    def take(self, line: str) -> None:
        """A line that is no step's."""
        if self._open:
            if line.strip() == "" and not self._lines:
                return
            self._open = _YAML.match(line) is not None and len(self._lines) < MAX_CONFIG_LINES
            if self._open:
                self._lines.append(line[:500])
        elif line.endswith("config:") and _CONFIG.search(line):
            self._open, self._lines = True, []

    def settings(self) -> dict[str, HParam]:
        """What was printed last: of a resumed training, its settings."""
        try:
            return parse_settings("\n".join(self._lines), "the configuration")
        except UnreadableError:
            return {}  # cut off, or mixed with another process's lines


READER = Reader(NAME, "torchtune logs", recognise, read, traits=Traits(fine_tunes=True))
