"""A training script's own text log, or what it printed: lines that repeat, with a loss and what counts the steps.

    Epoch [3/10], Step [200/1500], Loss: 2.3100
    Train Epoch: 1 [640/60000 (1%)]	Loss: 2.233
    [2022/08/16 03:07:33] ppocr INFO: epoch: [1/400], global_step: 20, lr: 0.000100, acc: 0.25, loss: 3.915012
    {'loss': 0.52, 'grad_norm': 1.2, 'learning_rate': 1e-05, 'epoch': 0.03}
    469/469 [==============================] - 2s 3ms/step - loss: 0.21 - val_loss: 0.2

The reader of last resort: where lines with a loss do not repeat in one form, it recognises nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.console_bare_splits import with_split_losses
from lrdoctor.reading.formats.generic.console_form import Form, form_of
from lrdoctor.reading.formats.generic.console_phases import (
    phases,
    with_evaluations,
    with_other_losses,
    with_steps_of_bars,
    without_echoes,
)
from lrdoctor.reading.formats.generic.console_rows import Rows
from lrdoctor.reading.formats.generic.console_settings import under_headings
from lrdoctor.reading.formats.generic.console_steps import Placed, Row, place
from lrdoctor.reading.formats.generic.console_text import states
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.log_lines import LogLines
from lrdoctor.reading.parsing.processes import Processes
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.stretches import Stretches
from lrdoctor.records.run import HParam, Note, Run, Series, Source

NAME = "console"
MAX_TRAININGS = 20
WHOLE_BAR = r"\|\s{0,4}\d{1,12}/\d{1,12} \[[^\]]{1,400}\]\s*$"  # a state of a bar, which no new line need follow
MIN_TRAINING = 8  # losses: a shorter one in a log of several was given up


def recognise(head: Head) -> str | None:
    """By a training loss in five lines or more of one form; ten where they count neither steps nor epochs."""
    form = form_of(head)
    return None if form is None else f"lines of one form with {', '.join(sorted(form.tags)[:4])}"


def read(source: Source) -> list[Run]:
    """A run for every training in the log; raises `UnreadableError` where its lines do not repeat."""
    path = source.files[-1]
    lines = LogLines(path, sealed=WHOLE_BAR)
    head = look(path)
    at_once = head.processes
    if at_once is not None and at_once.trainings:
        found = [one for label in at_once.labels for one in _of_process(head, at_once, label, lines)]
    else:
        found = trainings_in(head, lines)
    settings, notes = companion_settings(source.companions)
    notes += lines.notes
    runs = []
    for number, one in enumerate(found, start=1):
        name = run_name(source.path, part=number if len(found) > 1 else None)
        runs.append(Run(name, one.series, source, {**settings, **one.settings}, one.axis, [*notes, *one.notes]))
    return runs


def _of_process(head: Head, processes: Processes, label: str, lines: LogLines) -> list["Training"]:
    """The trainings of one process among several that each ran their own; its label may hold settings, `lr=0.1`."""
    printed = "\n".join(processes.of(label, head.text.split("\n")))
    own = Head(head.path, printed.encode("utf-8", "replace"), len(printed))
    try:
        return trainings_in(own, chain([label], processes.of(label, lines)))
    except UnreadableError:
        return []


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
    form = form_of(head)
    if form is None:
        raise UnreadableError("a text log whose lines with a loss are of no one form: save step and loss as CSV")
    log = Rows(form)
    for line in states(text, form.width):
        log.take(line)
    if sum(row.main for row in log.rows) < 2:
        raise UnreadableError("a text log with a single loss: a curve needs several; name the log of a whole training")
    placed = _placed(log, form)
    told = [(one, training) for one in placed for training in one.trainings]
    counts = [sum(row.main for _, row in training) for _, training in told]
    least = min(MIN_TRAINING, max(counts))
    headed = under_headings([training for _, training in told], log.settings)
    kept = [(one, *it) for (one, _), it, count in zip(told, headed, counts, strict=True) if count >= least][
        -MAX_TRAININGS:
    ]
    notes = [*log.notes(), *_how_many(len(kept), len(counts))]
    found = []
    for one, training, settings in kept:
        series, seen = _points(training).joined()
        series = with_split_losses(series, form.loss)
        found.append(Training(series, settings, one.axis, [*one.notes, *notes, *seen]))
    return found


def _placed(log: Rows, form: Form) -> list[Placed]:
    """The rows of each phase, with their steps."""
    rows = without_echoes(with_evaluations(log.rows))
    if len(rows) == len(log.rows):
        rows = with_steps_of_bars(rows, log.steps_of_bars())
    return [place(phase) for phase in phases(with_other_losses(rows), form.loss) if any(row.main for row in phase)]


def _how_many(kept: int, trainings: int) -> list[Note]:
    if trainings < 2:
        return []
    left = trainings - kept
    rest = f"{kept} were read; {left} with fewer than {MIN_TRAINING} losses or older were left out"
    found = rest if left else "each is a run"
    return [Note("skipped", f"{trainings} trainings one after the other in this file: {found}")]


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


READER = Reader(NAME, "text logs of training scripts", recognise, read, by_process=True)
