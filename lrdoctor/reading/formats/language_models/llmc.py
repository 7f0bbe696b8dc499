"""llm.c's `main.log`, and what it prints.

    s:0 tel:11.0092
    s:0 trl:11.0091 lr:0.000001 norm:15.37
    s:250 eval:0.2463

    | learning rate (LR)    | 6.000000e-04                                       |
    val loss 11.008742
    step    1/19560 | loss 11.010252 (+nanz)| norm 15.1374 (+nanz)| lr 8.57e-07 | 4621.47 ms | ... tok/s

`tel` is the validation loss, `eval` the accuracy on HellaSwag.  The file has six decimals of the LR: 0.000000 is one
too small to print.  It is emptied when training starts, and appended to on a resume; older ones have only the losses.
"""

import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.printed_settings import NUMBER, number, public_settings, setting
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Run, Source

NAME = "llmc"
LINES_LOOKED_AT = 2_000  # of the head; all must be of the file's kinds
MAX_SETTINGS = 200  # the table of flags has some 40 rows

_ROW = re.compile(rf"s:(\d{{1,12}}) (tel|trl|eval): ?({NUMBER})(?: lr:({NUMBER}))?(?: norm:({NUMBER}))?\s*")
_STEP = re.compile(rf"\bstep +(\d{{1,12}})/(\d{{1,12}}) \| (?:train )?loss ({NUMBER})([^\n]{{0,300}})")
_FIELD = re.compile(rf"\| ?(norm|lr) ({NUMBER})")
_VALIDATION = re.compile(rf"^val loss ({NUMBER})\s*$")
_FLAG = re.compile(r"^\| ([A-Za-z][\w ().]{0,40}?) *\| (\S{1,60}) +\|$")


def recognise(head: Head) -> str | None:
    """By rows of nothing but a step and its losses; on the console by the line of a step."""
    lines = [line for line in head.text.splitlines()[:LINES_LOOKED_AT] if line.strip()]
    rows = [_ROW.fullmatch(line) for line in (lines if head.size <= len(head.data) else lines[:-1])]
    if len(rows) > 1 and all(rows[:-1]) and any(row and row[2] != "eval" for row in rows):
        return "rows `s:N trl:LOSS`"
    for text in (head.text, head.tail):
        if "| loss " in text or "| train loss " in text:
            found = _STEP.search(text)
            if found is not None and ("tok/s" in found[4] or "z)" in found[4]):
                return "lines `step N/M | loss ... | ... tok/s`"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was logged."""
    log = _Log()
    lines = LogLines(source.files[-1], r"^s:\d|\bstep .{0,40}loss ", r"^s:\d+ trl:.* norm:\d+\.\d\d$|tok/s$")
    for line in lines:
        if line.startswith("s:"):
            log.take_row(line)
        elif "loss " in line:
            log.take_printed(line)
        elif line.startswith("|"):
            log.take_flag(line)
        elif line.endswith("AdamW optimizer state m"):
            log.flags["optimizer"] = "AdamW"
    log.end()
    series, notes = log.points.joined()
    if not {"trl", "tel", "loss", "val loss"} & series.keys():
        raise UnreadableError(
            "an llm.c log without one loss: training ended before its first step; name another run's log"
        )
    settings, problems = companion_settings(source.companions)
    settings |= log.settings()
    return [Run(run_name(source.path), series, source, settings, "step", [*problems, *notes, *lines.notes])]


class _Log:
    """What was read so far."""

    def __init__(self) -> None:
        self.points = Stretches()
        self.flags: dict[str, HParam] = {}
        self._waiting: float | None = None  # a validation loss, printed before the step after it
        self._step = 0.0

    def take_row(self, line: str) -> None:
        """A row of `main.log`."""
        row = _ROW.fullmatch(line)
        if row is None:
            return
        step = float(row[1])
        if row[2] == "trl":
            self.points.at(step)
        self.points.add(row[2], step, number(row[3]))
        if row[4] is not None:
            self._add_lr(step, row[4])
        if row[5] is not None:
            self.points.add("norm", step, number(row[5]))

    def take_printed(self, line: str) -> None:
        """A line of the console, where steps are counted from 1."""
        if found := _STEP.search(line):
            self._step = float(found[1])
            self.points.at(self._step)
            self._place(self._step - 1)
            self.points.add("loss", self._step, number(found[3]))
            for name, value in _FIELD.findall(found[4]):
                if name == "lr":
                    self._add_lr(self._step, value)
                else:
                    self.points.add(name, self._step, number(value))
        elif found := _VALIDATION.match(line):
            self._place(self._step)
            self._waiting = number(found[1])

    def _add_lr(self, step: float, printed: str) -> None:
        if number(printed) != 0:  # too small for the decimals printed: unknown, not 0
            self.points.add("lr", step, number(printed))

    def _place(self, step: float) -> None:
        if self._waiting is not None:
            self.points.add("val loss", step, self._waiting)
            self._waiting = None

    def end(self) -> None:
        """No more lines."""
        self._place(self._step)

    def take_flag(self, line: str) -> None:
        """A row of the table of flags."""
        found = _FLAG.match(line)
        if found is None or found[1] == "Parameter" or len(self.flags) >= MAX_SETTINGS:
            return
        name = "_".join(re.sub(r"\([^)]*\)", "", found[1]).lower().split())
        try:
            self.flags[name] = setting(found[2], words=True)
        except ValueError:
            return  # a path or a pattern of files

    def settings(self) -> dict[str, HParam]:
        """The flags; a batch is counted in tokens there, and in sequences where batch sizes are compared."""
        found = public_settings(self.flags.items())
        tokens, length = found.pop("total_batch_size", None), found.get("sequence_length_t")
        if isinstance(tokens, int):
            found["total_batch_tokens"] = tokens
            if isinstance(length, int) and length > 0:
                found["global_batch_size"] = tokens // length
        return found


READER = Reader(NAME, "llm.c logs", recognise, read)
