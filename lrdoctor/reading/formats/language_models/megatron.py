"""The text log of Megatron-LM, Megatron-DeepSpeed and kin: all arguments first, then a line of fields an iteration.

      lr .............................................. 0.00015
     iteration       20/    1000 | consumed samples:  80 | learning rate: 3.750E-05 | global batch size:     4 |
        lm loss: 1.210588E+01 | loss scale: 32768.0 | grad norm: 67.033 | number of skipped iterations:   8 |
        number of nan iterations:   0 |                                                   (one line, in the file)
     validation loss at iteration 100 | lm loss value: 8.095942E+00 | lm loss PPL: 3.281128E+03 |

A loss is the mean over the log interval, skipped iterations left out.  One that is not a number is not printed at all
(the writer asks for `avg > 0`), so a line of iterations that were not skipped and that has no loss stands for NaN.
Several processes may write to one file: lines come twice, in pieces, and glued together.
"""

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

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
from lrdoctor.records.run import HParam, Note, Run, Series, Source

NAME = "megatron"
MAX_FIELDS = 100  # of one line; 20 have been seen
MAX_SEEN = 500_000  # lines remembered, to tell a line written twice from a restart
MAX_DUMPS = 8 * MAX_SETTINGS  # arguments in all: every process may print them

_HEADER = re.compile(r"\biteration {1,20}(\d{1,15})/ {0,20}\d{1,15} {1,20}\|")
_ITERATION = re.compile(_HEADER.pattern + r"[^\n]{0,400}?\blearning rate:? {1,20}" + NUMBER)
_VALIDATION = re.compile(r"\bvalidation loss at iteration (\d{1,15})( on test set)?[^|\n]{0,40}\|([^\n]{1,2000})")
_ARGUMENT = re.compile(r"(?:^|[\s:\]])  ([A-Za-z]\w{0,60}) \.{2,60} ([^\n]{1,80})$")
_VALUE = re.compile(NUMBER)
_LOSS = re.compile(r"(?:[\w.-]{1,30} ){0,6}[\w-]{0,40}loss(?: value)?")
_LR, _BATCH, _GRAD_NORM = "learning rate", "global batch size", "grad norm"
_SKIPPED, _NAN = "number of skipped iterations", "number of nan iterations"
_LOGGED = (_LR, "decoupled learning rate", _GRAD_NORM, "params norm", "num zeros", "loss scale")
_KNOWN = frozenset({*_LOGGED, _BATCH, _SKIPPED, _NAN})


def recognise(head: Head) -> str | None:
    """By a line of an iteration, or by the dump of arguments that comes before the first."""
    for text in (head.text, head.tail):
        if "iteration" in text and _ITERATION.search(text):
            return "lines `iteration N/ M | ... | learning rate: ... |`"
    if " arguments ---" in head.text and re.search(r"^.{0,20}  lr_decay_style \.{3,60} ", head.text, re.MULTILINE):
        return "Megatron's dump of arguments"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no iteration's loss was logged."""
    log = _Log()
    lines = LogLines(source.files[-1], "iteration", r"\|\s*$")
    for line in lines:
        if "learning rate" in line and "iteration " in line:
            log.take_iterations(line)
        elif "validation loss at iteration" in line:
            log.take_validation(line)
        elif " ..." in line:
            log.take_argument(line)
    series, notes = log.points.joined()
    if not any(tag.endswith("loss") for tag in series):
        raise UnreadableError(
            "a Megatron log without one iteration's loss: training ended before its first log; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    settings |= log.settings()
    notes = [*problems, *notes, *log.notes(series), *lines.notes]
    return [Run(run_name(source.path), series, source, settings, "iteration", notes)]


class _Log:
    """What was read so far."""

    def __init__(self) -> None:
        self.points = Stretches()
        self._arguments: list[tuple[str, HParam]] = []
        self._batches: set[str] = set()
        self._seen: set[int] = set()
        self._losses: tuple[str, ...] = ("lm loss",)
        self._last = math.nan
        self._unprinted = self._filtered = 0
        self._filtered_at: float | None = None

    def take_iterations(self, line: str) -> None:
        """A line of an iteration, or several that were glued together."""
        headers = list(_headers(line))
        for i, header in enumerate(headers):
            end = headers[i + 1].start() if i + 1 < len(headers) else len(line)
            self._iteration(header[1], _fields(line[header.end() : end]))

    def take_validation(self, line: str) -> None:
        """A line of an evaluation: of the validation set, unless it says otherwise."""
        if (found := _VALIDATION.search(line)) is None:
            return
        split = "test " if found[2] else ""
        for name, value in _fields(found[3], " loss value").items():
            if self._is_new((found[1], split, name, value)):
                self.points.add(split + name, float(found[1]), number(value))

    def _iteration(self, printed_step: str, fields: Mapping[str, str]) -> None:
        if _LR not in fields:
            return  # cut off, or about something else
        losses = {name: value for name, value in fields.items() if name not in _KNOWN}
        if not self._is_new((printed_step, fields[_LR], fields.get(_GRAD_NORM), *losses.values())):
            return
        step = float(printed_step)
        values = {name: number(fields[name]) for name in (*losses, *(name for name in _LOGGED if name in fields))}
        skipped, nans = number(fields.get(_SKIPPED, "0")), number(fields.get(_NAN, "0"))
        if losses:
            self._losses = tuple(losses)
            self._count_filtered(step, nans)
        elif _SKIPPED not in fields:
            return  # the line's end is missing: nobody knows
        elif skipped < self._interval(step) or nans > 0:
            self._unprinted += 1
            values |= dict.fromkeys(self._losses, math.nan)
        else:
            del values[_LR]  # 0 while nothing but skipped iterations went by: not the schedule's
        self.points.at(step)
        self._last = step
        if _BATCH in fields:
            self._batches.add(fields[_BATCH])
        for name, value in values.items():
            self.points.add(name, step, value)

    def _count_filtered(self, step: float, nans: float) -> None:
        if nans > 0:
            self._filtered += int(min(nans, 1e15))
            self._filtered_at = step if self._filtered_at is None else self._filtered_at

    def _interval(self, step: float) -> float:
        """How many iterations a line stands for: since the line before, else as configured."""
        if step > self._last:
            return step - self._last
        configured = dict(self._arguments).get("log_interval")
        return float(configured) if isinstance(configured, int) else 1.0

    def _is_new(self, key: tuple[str | None, ...]) -> bool:
        """Whether a line is none of those that another process wrote again."""
        mark = hash(key)
        if mark in self._seen:
            return False
        if len(self._seen) < MAX_SEEN:
            self._seen.add(mark)
        return True

    def take_argument(self, line: str) -> None:
        """A line of the dump of arguments."""
        found = _ARGUMENT.search(line)
        if found is None or len(self._arguments) >= MAX_DUMPS:
            return
        try:
            self._arguments.append((found[1], setting(found[2], words=True)))
        except ValueError:
            return  # a path, a list: no setting of the optimisation

    def settings(self) -> dict[str, HParam]:
        """The arguments; where there was no dump, the batch size that every line names."""
        found = public_settings(self._arguments)
        if "global_batch_size" not in found and len(self._batches) == 1 and min(self._batches).isdigit():
            found["global_batch_size"] = int(min(self._batches))
        return found

    def notes(self, series: Mapping[str, Series]) -> list[Note]:
        """What the way of logging means for the losses."""
        found = []
        tag = next(tag for tag in (*self._losses, *series) if tag in series and tag.endswith("loss"))
        gaps = np.diff(series[tag].step)
        interval = float(np.median(gaps)) if len(gaps) else 1.0
        if interval > 1:
            found.append(Note("aggregated", f"each loss is the mean over {interval:g} iterations", tag))
        if self._filtered:
            text = f"the loss was NaN or inf in {self._filtered:,} iterations, which the logged means leave out"
            found.append(Note("non-finite-filtered", text, tag, self._filtered_at))
        if self._unprinted:
            lines = "1 line has" if self._unprinted == 1 else f"{self._unprinted:,} lines have"
            text = f"{lines} no loss though iterations were done: Megatron prints no NaN, so it was NaN there"
            found.append(Note("derived", text, tag))
        return found


def _headers(line: str) -> Iterator[re.Match[str]]:
    """Where iterations begin in a line; `find` is ten times as fast as the pattern would be alone."""
    at = line.find("iteration ")
    while at >= 0:
        if found := _HEADER.match(line, at):
            yield found
        at = line.find("iteration ", at + 1)


def _fields(text: str, ending: str = "loss") -> dict[str, str]:
    """The values of the fields `name: value |` that are a loss or known, as printed; older logs have no colon.

    What has no bar behind it was cut off; what is no number was written into by another process.
    """
    found = {}
    for part in text.split("|", MAX_FIELDS)[:-1]:
        name, _, value = part.rpartition(":") if ":" in part else part.rstrip().rpartition(" ")
        name, value = name.strip(), value.strip()
        if (name in _KNOWN or (name.endswith(ending) and _LOSS.fullmatch(name))) and _VALUE.fullmatch(value):
            found[name] = value
    return found


READER = Reader(NAME, "Megatron-LM text logs", recognise, read)
