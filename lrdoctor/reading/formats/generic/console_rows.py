"""The lines of a text log as rows: what each says, and what the lines around it say of where it stands."""

import re
from collections.abc import Iterator

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.console_form import Form
from lrdoctor.reading.formats.generic.console_line import Line, is_telling, parse
from lrdoctor.reading.formats.generic.console_settings import names_all, optimizer_of, says_only, settings_of
from lrdoctor.reading.formats.generic.console_splits import Splits
from lrdoctor.reading.formats.generic.console_steps import Row
from lrdoctor.reading.formats.generic.console_text import may_tell
from lrdoctor.records.run import HParam, Note
from lrdoctor.vocabulary.tags import is_lr_name, is_of_validation

MAX_ROWS = 500_000

# `'epochs': 200` is how many there will be; `Epochs: 3/10` is where training stands.
_PLANNED = re.compile(r"\b(?:epochs|steps|iters|iterations)['\"]?\s?[:=]\s?\d+(?!\d|\s?/)", re.IGNORECASE)


class Rows:
    """The rows of a log, line by line, and what was found on the way.

    Args:
        form: what the rows of training have in common.
    """

    def __init__(self, form: Form) -> None:
        self.rows: list[Row] = []
        self.settings: dict[str, HParam] = {}
        self._said: dict[str, tuple[str, ...]] = {}  # of each setting, the names in the line that said it
        self._form = form
        self._splits = Splits(closed=form.closed)
        self._epoch: float | None = None
        self._at: float | None = None
        self._announced: dict[str, float] = {}
        self._again = False
        self._closed = 0  # rows whose epoch a line below them told
        self._zero_lrs = 0
        self._means = False
        self._bars: list[tuple[int, float, float]] = []
        self._last: dict[str, float] = {}  # of each validation value, what a bar showed before

    def take(self, text: str) -> None:
        """One line more."""
        line = self._splits.take(text, parse(text) if may_tell(text) else None)
        if line is None:
            self._state({}, text)
            return
        self._zero_lrs += line.zero_lr
        if line.bar == "keras":
            self._means = True
            if line.at != line.of or line.of != self._form.of:
                return  # within an epoch its means still run; another length is an evaluation's
        found = {} if self._form.loss in line.values else settings_of(text, line)
        if found and (not self.rows or len(found) > 1 or names_all(text)):
            self._state(found, text)
            return
        if self._form.loss not in line.values and not any(map(is_telling, line.values)):
            self._state(found if says_only(line) else {}, text)
            self._announce(line, text)
            return
        main = self._form.loss in line.values and (line.counts or not self._form.counted)
        self._add(line, text, main=main)

    def notes(self) -> Iterator[Note]:
        """What bears on trust, once all lines were taken."""
        if self._zero_lrs and not any(is_lr_name(tag) for row in self.rows for tag, _ in row.values):
            yield Note("lr-printed-zero", "the LR is printed as 0 in every row: it was 0, or too small to be printed")
        elif self._zero_lrs:
            yield Note("skipped", f"{self._zero_lrs:,} LRs printed as 0 left out: they were rounded")
        if self._means:
            yield Note("aggregated", "losses are means over an epoch")

    def steps_of_bars(self) -> dict[int, float]:
        """For each row without a step, by its place, the step at which the bar of the training stood beside it."""
        length = max((of for _, _, of in self._bars), default=0.0)
        beside: dict[int, float] = {}
        for place, at, of in self._bars:
            if of == length:
                beside.setdefault(place - 1, at)  # the first one below a row is drawn where the row was printed
        return beside

    def _state(self, found: dict[str, HParam], text: str) -> None:
        """Settings above the first training; what is said again in the same way, after a start that failed, counts."""
        stated = _with_optimizer(found, text)
        if self.rows:  # between two trainings
            if stated:
                self._append(Row(None, None, 0.0, "", (), main=False, settings=tuple(stated.items())))
            return
        said = tuple(sorted(found))
        for name, value in found.items():
            if self._said.setdefault(name, said) == said:
                self.settings[name] = value
        if "optimizer" in stated:
            self.settings["optimizer"] = stated["optimizer"]

    def _announce(self, line: Line, text: str) -> None:
        """Counters without values: where the lines below stand."""
        if line.bar:
            if line.at is not None and line.of:
                self._bars.append((len(self.rows), line.at, line.of))
            return
        if _PLANNED.search(text):
            return
        if line.at is not None and line.unit != "count":
            self._at = line.at
        if line.epoch is None:
            return
        if self._form.trailing:
            self._close(line.epoch)
            return
        if line.at is None:
            template = re.sub(r"\d+", "#", text)[-100:]
            first = min(self._announced.values(), default=line.epoch)
            self._again |= template in self._announced and line.epoch <= min(first, self._announced[template])
            if len(self._announced) < 100:
                self._announced.setdefault(template, line.epoch)
        self._epoch = line.epoch

    def _close(self, epoch: float) -> None:
        """The rows since the last such line are of this epoch."""
        for place in range(self._closed, len(self.rows)):
            self.rows[place] = self.rows[place]._replace(epoch=epoch)
        self._closed, self._epoch = len(self.rows), epoch + 1

    def _add(self, line: Line, text: str, *, main: bool) -> None:
        at = line.at if line.counts else None
        if (line.bar or line.unit == "count") and not main:
            at = None  # an evaluation's own bar
        elif at is None and not self._form.counted:
            at = self._at
        self._epoch = self._epoch if line.epoch is None else line.epoch
        values = list(line.values.items())
        if not main:  # a summary of what was logged before, or a test's under the same names
            values = [item for item in values if item[0] not in self._form.tags]
        elif line.bar == "bar":
            if line.at == 0:
                return  # a new bar shows what the last one ended with
            values = [item for item in values if self._is_new(*item)]
        row = Row(
            self._epoch, at, line.of, line.unit or "step", tuple(values), main, self._again and main, _is_within(line)
        )
        if main:
            self._again = False
        if line.bar and self.rows and main and self.rows[-1].main and self.rows[-1][:2] == row[:2]:
            row = row._replace(values=tuple({**dict(self.rows[-1].values), **dict(values)}.items()))
            self.rows[-1] = row  # the same state of a bar drawn again
        elif row.values:
            stated = _with_optimizer(settings_of(text, line), text) if not main and says_only(line) else {}
            self._append(row._replace(settings=tuple(stated.items())))

    def _append(self, row: Row) -> None:
        if len(self.rows) == MAX_ROWS:
            raise UnreadableError(f"more than {MAX_ROWS:,} lines with values: keep every tenth")
        self.rows.append(row)

    def _is_new(self, tag: str, value: float) -> bool:
        """Whether a bar's value is another than before: it shows the last validation until the next one."""
        if not is_of_validation(tag):
            return True
        known = self._last.get(tag)
        self._last[tag] = value
        return value != known


def _with_optimizer(settings: dict[str, HParam], text: str) -> dict[str, HParam]:
    optimizer = optimizer_of(text, beside_settings=bool(settings))
    return settings if optimizer is None else {**settings, "optimizer": optimizer}


def _is_within(line: Line) -> bool:
    """Whether a line says that its steps are counted within the epoch; of all steps it can be no other share."""
    if line.within or None in (line.epoch, line.at) or not (line.epochs and line.of):
        return line.within
    epoch, share = line.epoch or 0.0, (line.at or 0.0) / line.of
    return not (epoch - 1) / line.epochs <= share <= (epoch + 1) / line.epochs
