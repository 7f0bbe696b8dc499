"""The logs of modded-nanogpt: the training script's whole source, what `nvidia-smi` says, then a line a step.

    class Hyperparameters:
        learning_rate = 0.0036
    ...
            print0(f"step:{step+1}/{args.num_iterations} train_loss:{train_loss.item():.4f} ...")
    ...
    step:0/6200 val_loss:10.9264 train_time:285ms step_avg:nanms
    step:1/6200 train_loss:10.9184 train_time:74701ms step_avg:nanms

Later ones log the validation loss only.  No LR is logged: settings are taken from the source, as text, where a class of
hyper-parameters gives a name a plain literal; nothing of it is ever executed.
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
from lrdoctor.reading.parsing.trainings import Trainings
from lrdoctor.records.run import HParam, Run, Source

NAME = "modded-nanogpt"

_STEP = re.compile(r"^step:(\d{1,12})/(\d{1,12}) ((?:train_loss|val_loss|train_time):[^\n]{1,400})", re.MULTILINE)
_FIELD = re.compile(rf"(?<!\S)(\w{{0,30}}loss|lr|grad_norm|norm):({NUMBER})(?!\S)")
_CLASS = re.compile(r"class \w{0,30}(?:Hyperparameters|HyperParameters|Hparams|Args|Config)\b[^\n]{0,60}:")
_ATTRIBUTE = re.compile(r"[ \t]{1,8}([a-z]\w{0,60}) {0,8}(?:: ?[\w.\[\], |]{1,60}?)? {0,20}= {0,20}(\S[^\n]{0,200})$")


def recognise(head: Head) -> str | None:
    """By a line of a step; the head may hold nothing but source code, whose f-strings look alike."""
    for text in (head.text, head.tail):
        if "step:" in text and _STEP.search(text):
            return "lines `step:N/M train_loss:... train_time:...`"
    return None


def read(source: Source) -> list[Run]:
    """A run for each training of a log, as a rule one; raises `UnreadableError` where no loss was logged."""
    points, code = Trainings(), _Source()
    lines = LogLines(source.files[-1], r"^step:\d", r"step_avg:\S+ms\s*$")
    for line in lines:
        if line.startswith("step:") and (found := _STEP.match(line)):
            step = float(found[1])
            points.at(step, float(found[2]))
            for name, value in _FIELD.findall(found[3]):
                points.add(name, step, number(value))
        elif code.reading:
            code.take(line)
    trainings = points.joined()
    if not trainings:
        raise UnreadableError(
            "a modded-nanogpt log without one loss: training ended before its first step; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    settings |= public_settings(code.settings)
    runs = []
    for place, (series, notes) in enumerate(trainings, start=1):
        name = run_name(source.path, part=place if len(trainings) > 1 else None)
        runs.append(Run(name, series, source, settings, "step", [*problems, *notes, *lines.notes]))
    return runs


class _Source:
    """The settings in the source code before the log, read line by line as text."""

    def __init__(self) -> None:
        self.settings: list[tuple[str, HParam]] = []
        self.reading = True
        self._inside = False

    def take(self, line: str) -> None:
        """The next line of the file."""
        if not self._inside:
            self._inside = line.startswith("class ") and _CLASS.match(line) is not None
        elif line and not line[0].isspace() and line[0] not in "#)":
            self._inside = False  # the class ends where the indent does
        elif found := _ATTRIBUTE.match(line):
            self._attribute(found[1], found[2])

    def _attribute(self, name: str, value: str) -> None:
        in_tokens = "token" in value.partition("#")[2] and name.endswith("batch_size")
        try:
            self.settings.append((f"{name}_tokens" if in_tokens else name, setting(value)))
        except ValueError:
            return  # an expression
        self.reading = len(self.settings) < MAX_SETTINGS


READER = Reader(NAME, "modded-nanogpt logs", recognise, read)
