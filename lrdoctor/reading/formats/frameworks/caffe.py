"""What Caffe's solver prints, with glog's prefixes or without.

    I0305 09:10:40.123456  4242 solver.cpp:331] Iteration 80, Testing net (#0)
    I0305 09:10:40.123456  4242 solver.cpp:398]     Test net output #0: accuracy = 0.18
    I0305 09:10:40.123456  4242 solver.cpp:398]     Test net output #1: loss = 2.6181 (* 1 = 2.6181 loss)
    I0305 09:10:40.123456  4242 solver.cpp:219] Iteration 80 (1.91 iter/s, 10.4s/20 iters), loss = 2.3801
    I0305 09:10:40.123456  4242 solver.cpp:238]     Train net output #0: head_a = 1.4281 (* 1 = 1.4281 loss)
    I0305 09:10:40.123456  4242 sgd_solver.cpp:105] Iteration 80, lr = 0.002

The outputs below an iteration's loss are its parts, and are called as printed: one named `loss` is not the whole.
Above it all stand the solver's settings, as `base_lr: 0.01`.
"""

import re
from collections import Counter
from collections.abc import Iterable

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
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "caffe"
MAX_LINE = 1_000  # characters
MAX_OUTPUTS = 500  # names

_PREFIX = r"(?:[IWEF]\d{4,8} [\d:.]{8,18}\s{1,4}\d{1,10} [\w.]{1,40}:\d{1,6}\]\s{0,8})?\s{0,8}"
_LOSS = re.compile(rf"{_PREFIX}Iteration (\d{{1,10}})(?: \([^)]{{1,80}}\))?, loss = ({NUMBER})\s*")
_LR = re.compile(rf"{_PREFIX}Iteration (\d{{1,10}}), lr = ({NUMBER})\s*")
_TESTING = re.compile(rf"{_PREFIX}Iteration (\d{{1,10}}), Testing net \(#(\d{{1,3}})\)\s*")
_OUTPUT = re.compile(
    rf"{_PREFIX}(Train|Test) net output #(\d{{1,6}}): (\S{{1,120}}) = ({NUMBER})( \(\* {NUMBER} = {NUMBER} loss\))?\s*"
)
_TEST_LOSS = re.compile(rf"{_PREFIX}Test loss: ({NUMBER})\s*")
_SETTING = re.compile(r"( {0,8})([a-z_]{1,40}): (\"?[\w.+-]{1,60}\"?)\s*")
# What a line must end in to be whole, where the log stops without an end of line.
_SEALED = r"loss\)\s*$"


def recognise(head: Head) -> str | None:
    """By a line of an iteration's loss, or its LR, as the solver prints it."""
    for text in (head.text, head.tail):
        if "Iteration " not in text:
            continue
        lines = text.splitlines()
        if any(map(_LOSS.fullmatch, lines)) and any(_LR.fullmatch(line) or _OUTPUT.fullmatch(line) for line in lines):
            return "lines `Iteration N, loss = ...`, and of the LR or a net's outputs"
    return None


def read(source: Source) -> list[Run]:
    """The one run of a log; raises `UnreadableError` where no loss was printed."""
    lines, points = LogLines(source.files[-1], r"Iteration \d|net output", _SEALED), Stretches()
    log = _Log(points)
    log.take(lines)
    series, notes = points.joined()
    kept = {tag: curve for tag, curve in series.items() if tag not in log.vectors}
    if "loss" not in kept:
        raise UnreadableError("a Caffe log without one loss: training ended before its first iteration; name another")
    notes = [*lines.notes, *notes]
    if log.vectors:
        notes.append(Note("skipped", f"{len(log.vectors):,} outputs of several values each left out"))
    settings, skipped = companion_settings(source.companions)
    own = public_settings(log.settings)
    return [Run(run_name(source.path), kept, source, settings | own, "iteration", [*notes, *skipped])]


class _Log:
    """What is known while a log is read: the iteration, the net that is tested, the settings printed so far."""

    def __init__(self, points: Stretches) -> None:
        self.settings: list[tuple[str, HParam]] = []
        self.vectors: set[str] = set()  # tags with several values at one place
        self._points = points
        self._step = self._tested = 0.0
        self._net = "Test net output"
        self._seen: Counter[str] = Counter()
        self._named: set[str] = set()

    def take(self, lines: Iterable[str]) -> None:
        """All lines."""
        for line in lines:
            if len(line) > MAX_LINE:
                continue
            if found := _LOSS.fullmatch(line):
                self._step = float(found[1])
                self._seen.clear()
                self._points.at(self._step)
                self._points.add("loss", self._step, number(found[2]))
            elif found := _LR.fullmatch(line):
                self._points.add("lr", float(found[1]), number(found[2]))
            elif found := _TESTING.fullmatch(line):
                self._tested = float(found[1])
                self._seen.clear()
                self._net = "Test net output" if found[2] == "0" else f"Test net #{found[2]} output"
            elif found := _OUTPUT.fullmatch(line):
                name = f" #{found[2]}: {found[3]}" if found[5] and found[1] == "Train" else f"/{found[3]}"
                self._output(f"{self._net if found[1] == 'Test' else 'Train net output'}{name}", number(found[4]))
            elif found := _TEST_LOSS.fullmatch(line):
                self._points.add("Test loss", self._tested, number(found[1]))
            elif not len(self._points) and (found := _SETTING.fullmatch(line)):
                self._setting(found[1], found[2], found[3])

    def _output(self, tag: str, value: float) -> None:
        self._seen[tag] += 1
        if self._seen[tag] > 1 or (tag not in self._named and len(self._named) == MAX_OUTPUTS):
            self.vectors.add(tag)  # `prob` of a thousand classes
            return
        self._named.add(tag)
        self._points.add(tag, self._tested if tag.startswith("Test") else self._step, value)

    def _setting(self, indented: str, name: str, text: str) -> None:
        """A line of the solver's settings, or of the net's, of which only the first batch size counts."""
        known = {key for key, _ in self.settings}
        if len(known) >= MAX_SETTINGS or name in known or (indented and name != "batch_size"):
            return
        name = "optimizer" if name in {"type", "solver_type"} else name
        try:
            self.settings.append((name, setting(text.lower() if name == "optimizer" else text, words=True)))
        except ValueError:
            return


READER = Reader(NAME, "Caffe's solver output", recognise, read)
