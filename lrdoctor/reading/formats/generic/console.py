"""A training script's own text log, or what it printed: lines that repeat, with a loss and what counts the steps.

    Epoch [3/10], Step [200/1500], Loss: 2.3100
    Train Epoch: 1 [640/60000 (1%)]	Loss: 2.233
    [2022/08/16 03:07:33] ppocr INFO: epoch: [1/400], global_step: 20, lr: 0.000100, acc: 0.25, loss: 3.915012
    {'loss': 0.52, 'grad_norm': 1.2, 'learning_rate': 1e-05, 'epoch': 0.03}
    469/469 [==============================] - 2s 3ms/step - loss: 0.21 - val_loss: 0.2

The reader of last resort: where lines with a loss do not repeat in one form, it recognises nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.console_line import EPOCH_WORDS, METRIC_WORDS, STEP_WORDS, Line, is_telling, parse
from lrdoctor.reading.formats.generic.console_settings import SETTINGS, settings_of, under_headings
from lrdoctor.reading.formats.generic.console_steps import MOSTLY, Row, place
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.boosting import is_boosting
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.reading.parsing.text_lines import without_colours
from lrdoctor.records.run import HParam, Note, Run, Series, Source
from lrdoctor.vocabulary import lr_names
from lrdoctor.vocabulary.tags import LOSS_LETTERS, words

NAME = "console"
MIN_ROWS = 5  # lines with the training loss, to be taken for a log
UNCOUNTED_ROWS = 10  # of them where nothing counts the steps
MIN_SHARE = 0.6  # of the lines with a loss that must name the same values
MAX_ROWS = 500_000
MAX_TEXT = 1 << 20  # characters of a line, with all states of a progress bar
MAX_TRAININGS = 20
MIN_TRAINING = 8  # losses: a shorter one in a log of several was given up
LOSSES = ("loss", "xent")  # one of them stands in every log that is read here
NO_LOGS = frozenset({".json", ".csv", ".tsv", ".yaml", ".yml", ".py", ".md", ".xml", ".html", ".ipynb"})

# A line without any of these holds nothing that is kept: neither a loss, an LR or a metric, nor a counter or a setting.
_LETTERS = (*LOSS_LETTERS, *lr_names.LETTERS)
_WORDS = STEP_WORDS | EPOCH_WORDS | METRIC_WORDS | {name.rpartition("_")[2] for name in SETTINGS}
_NUMBER = re.compile(r"\d|nan|inf")
_COUNTS = re.compile(r"\d/\d|\[\s*\d+,")
_STRUCTURED = re.compile(r'\s*(?:<|[{\[]\s*["\[{\n])')
_REWRITTEN = re.compile("[\r\b]+")
_NUMBERS = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?")
_OPTIMIZER = re.compile(r"\boptimi[sz]er['\"]?\s?[:=]\s?['\"]?([A-Za-z]\w{1,30})\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Form:
    """What the lines with the training loss have in common.

    Args:
        loss: its tag.
        tags: what most of these lines name.
        counted: whether most hold a step.
        of: where theirs is a progress bar's, its usual last step; else 0.
    """

    loss: str
    tags: frozenset[str]
    counted: bool
    of: float


def recognise(head: Head) -> str | None:
    """By a training loss in five lines or more of one form; ten where they count neither steps nor epochs."""
    form = _form(head)
    return None if form is None else f"lines of one form with {', '.join(sorted(form.tags)[:4])}"


def read(source: Source) -> list[Run]:
    """A run for every training in the log; raises `UnreadableError` where its lines do not repeat."""
    path = source.files[-1]
    lines = LogLines(path)
    found = trainings_in(look(path), lines)
    settings, notes = companion_settings(source.companions)
    notes += lines.notes
    runs = []
    for number, one in enumerate(found, start=1):
        name = run_name(source.path, part=number if len(found) > 1 else None)
        runs.append(Run(name, one.series, source, {**settings, **one.settings}, one.axis, [*notes, *one.notes]))
    return runs


@dataclass(frozen=True, eq=False)
class Training:
    """One training of a text: its series, the settings printed above it, what its steps count, what was noticed."""

    series: Mapping[str, Series]
    settings: Mapping[str, HParam]
    axis: str
    notes: Sequence[Note]


def trainings_in(head: Head, text: Iterable[str]) -> list[Training]:
    """The trainings that a text tells of, in its order.

    Args:
        head: what it begins and ends with, by which the form of its lines is known.
        text: its lines.

    Raises:
        UnreadableError: its lines do not repeat, or tell too little.
    """
    form = _form(head)
    if form is None:
        raise UnreadableError("a text log whose lines with a loss are of no one form: save step and loss as CSV")
    log = _Rows(form)
    for line in _states(text):
        log.take(line)
    if sum(row.main for row in log.rows) < 2:
        raise UnreadableError("a text log with a single loss: a curve needs several; name the log of a whole training")
    placed = place(log.rows)
    counts = [sum(row.main for _, row in training) for training in placed.trainings]
    least = min(MIN_TRAINING, max(counts))
    kept = [training for training, count in zip(placed.trainings, counts, strict=True) if count >= least]
    kept = kept[-MAX_TRAININGS:]
    notes = [*placed.notes, *log.notes(len(kept), len(counts))]
    told = []
    for training, above in under_headings(kept):
        series, found = _points(training).joined()
        told.append(Training(series, log.settings | above, placed.axis, [*notes, *found]))
    return told


class _Rows:
    """The lines of a log as rows, and what was found on the way."""

    def __init__(self, form: _Form) -> None:
        self.rows: list[Row] = []
        self.settings: dict[str, HParam] = {}
        self._form = form
        self._epoch: float | None = None
        self._at: float | None = None
        self._announced: dict[str, float] = {}
        self._again = False
        self._zero_lrs = 0
        self._means = False

    def take(self, text: str) -> None:
        """One line more."""
        if not self.rows and (match := _OPTIMIZER.search(text)):
            self.settings.setdefault("optimizer", match[1])
        line = parse(text) if _may_tell(text) else None
        if line is None:
            return
        self._zero_lrs += line.zero_lr
        if line.bar == "keras":
            self._means = True
            if line.at != line.of or line.of != self._form.of:
                return  # within an epoch its means still run; another length is an evaluation's
        if not self.rows and (found := settings_of(line)):
            self.settings = found | self.settings
            return
        if not any(map(is_telling, line.values)):
            self._announce(line, text)
            return
        main = self._form.loss in line.values and (line.at is not None or not self._form.counted)
        self._add(line, main=main)

    def notes(self, kept: int, trainings: int) -> Iterator[Note]:
        """What bears on trust, once all lines were taken."""
        if self._zero_lrs:
            yield Note("skipped", f"{self._zero_lrs:,} LRs printed as 0 left out: they were rounded")
        if self._means:
            yield Note("aggregated", "losses are means over an epoch")
        if trainings > 1:
            left = trainings - kept
            rest = f"{kept} were read; {left} with fewer than {MIN_TRAINING} losses or older were left out"
            found = rest if left else "each is a run"
            yield Note("skipped", f"{trainings} trainings one after the other in this file: {found}")

    def _announce(self, line: Line, text: str) -> None:
        """Counters without values: where the lines below stand."""
        if line.bar:
            return
        if line.at is not None:
            self._at = line.at
        if line.epoch is None:
            return
        if line.at is None:
            template = re.sub(r"\d+", "#", text)[-100:]
            first = min(self._announced.values(), default=line.epoch)
            self._again |= template in self._announced and line.epoch <= min(first, self._announced[template])
            if len(self._announced) < 100:
                self._announced.setdefault(template, line.epoch)
        self._epoch = line.epoch

    def _add(self, line: Line, *, main: bool) -> None:
        at = line.at
        if line.bar and not main:
            at = None  # an evaluation's own bar
        elif at is None and not self._form.counted:
            at = self._at
        self._epoch = self._epoch if line.epoch is None else line.epoch
        values = list(line.values.items())
        if not main:  # a summary of what was logged before, or a test's under the same names
            values = [item for item in values if item[0] not in self._form.tags]
        row = Row(self._epoch, at, line.of, line.unit or "step", tuple(values), main, self._again and main)
        if main:
            self._again = False
        if line.bar and self.rows and main and self.rows[-1].main and self.rows[-1][:2] == row[:2]:
            self.rows[-1] = row  # the same state of a bar drawn again
        elif len(self.rows) == MAX_ROWS:
            raise UnreadableError(f"more than {MAX_ROWS:,} lines with values: keep every tenth")
        elif row.values:
            self.rows.append(row)


def _points(training: Sequence[tuple[float, Row]]) -> Stretches:
    """The points of one training; of an evaluation's lines between two steps the last counts."""
    points = Stretches()
    waiting: dict[tuple[str, float], float] = {}
    for step, row in training:
        if not row.main:
            waiting |= {(tag, step): value for tag, value in row.values}
            continue
        for (tag, at), value in waiting.items():
            points.add(tag, at, value)
        waiting.clear()
        points.at(step)
        for tag, value in row.values:
            points.add(tag, step, value)
    for (tag, at), value in waiting.items():
        points.add(tag, at, value)
    return points


def _form(head: Head) -> _Form | None:
    text = head.text
    if head.path.suffix.lower() in NO_LOGS or "\0" in text or _STRUCTURED.match(text):
        return None
    if is_boosting(text):
        return None
    if not any(name in part.lower() for part in (text, head.tail) for name in LOSSES):
        return None
    raws = _states(without_colours(part) for whole in (text, head.tail) for part in whole.split("\n"))
    lines = [(raw, line) for raw in raws if _may_tell(raw) and (line := parse(raw)) is not None]
    tags = Counter(tag for _, line in lines for tag in line.losses())
    if not tags:
        return None
    loss, count = tags.most_common(1)[0]
    rows = [(raw, line) for raw, line in lines if loss in line.values]
    common, same = Counter(frozenset(line.values) for _, line in rows).most_common(1)[0]
    if count < MIN_ROWS or same < MIN_SHARE * count:
        return None
    placed = [line for _, line in rows if line.at is not None or line.epoch is not None]
    counted = sum(line.at is not None for line in placed) > max(MOSTLY * len(placed), 0.1 * count)
    if len(placed) < MOSTLY * count:
        # Nothing but its wording says then that a line is one of a log, not of a list of results.
        wordings = Counter(_NUMBERS.sub("#", raw).strip() for raw, _ in rows)
        within = any(line.at is not None or line.epoch is not None for _, line in lines)
        if wordings.most_common(1)[0][1] < MIN_SHARE * count or (not within and count < UNCOUNTED_ROWS):
            return None
    rows_with_bar = [line for _, line in rows if line.bar]
    bars = Counter(line.of for line in rows_with_bar)
    return _Form(loss, common, counted, bars.most_common(1)[0][0] if bars else 0.0)


def _may_tell(text: str) -> bool:
    """Whether a line may hold what is kept: a quick look, for logs whose lines are mostly about something else."""
    lower = text.lower()
    if not _NUMBER.search(lower):
        return False
    for letters in _LETTERS:  # a loop, since `any` takes twice as long, and every line comes here
        if letters in lower:
            return True
    return not _WORDS.isdisjoint(words(lower)) or _COUNTS.search(lower) is not None


def _states(lines: Iterable[str]) -> Iterator[str]:
    """Lines that are not blank, apart where a progress bar wrote over itself."""
    for line in lines:
        if "\r" in line or "\b" in line or len(line) > MAX_TEXT:
            yield from (state for state in _REWRITTEN.split(line[:MAX_TEXT]) if state.strip())
        elif line and not line.isspace():
            yield line


READER = Reader(NAME, "text logs of training scripts", recognise, read)
