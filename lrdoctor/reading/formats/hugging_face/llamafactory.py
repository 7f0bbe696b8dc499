"""LLaMA-Factory's `trainer_log.jsonl`: one JSON object each time its trainer logs.

    {"current_steps": 10, "total_steps": 6566, "loss": 0.8548, "lr": 9.99e-06, "epoch": 0.01, "percentage": 0.15,
     "elapsed_time": "0:02:12", "remaining_time": "1 day, 0:08:23"}

Several processes may write one log: each step then stands there several times, the losses differ in the last decimal,
and the slower process is a few entries behind.  A training taken up again from a checkpoint adds to the same file.
The last entry has no loss.
"""

import re
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import JsonLines, JsonRow, first_rows, number, numbers
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.records.run import Floats, HParam, Note, Run, Series, Source, Traits

NAME = "llamafactory"
OWN = frozenset({"current_steps", "total_steps"})
CLOCKS = frozenset({"percentage", "elapsed_time", "remaining_time"})
# Entries by which a process may be behind another that writes the same log: two were seen, and 23 for a restart.
MOST_BEHIND = 5
SOONER = 0.5  # a step that is reached again in less than this share of its first time was reached by a restart
MAX_ATTEMPTS = 100
MAX_STEPS = 1e15

_ELAPSED = re.compile(r"(?:(\d{1,5}) days?, )?(\d{1,2}):(\d\d):(\d\d)")


def recognise(head: Head) -> str | None:
    """By the names LLaMA-Factory alone has for steps and times."""
    rows = first_rows(head, 3)
    if rows and all(row.keys() >= OWN and row.keys() & CLOCKS for row in rows):
        return "JSON lines with current_steps, total_steps and the time that remains"
    return None


def read(source: Source) -> list[Run]:
    """One run; raises `UnreadableError` where no entry holds a value."""
    lines = JsonLines(source.files[-1])
    attempts = [_Attempt()]
    total = None
    for row in lines:
        step = number(row.get("current_steps"))
        if step is None:
            continue
        stated = number(row.get("total_steps"))
        total = stated if stated is not None and abs(stated) < MAX_STEPS else total
        if attempts[-1].is_left_by(step, row) and len(attempts) < MAX_ATTEMPTS:
            attempts.append(_Attempt())
        attempts[-1].add(step, row)
    means = [_means(attempt.points) for attempt in attempts]
    series, notes = join_attempts([Attempt(found) for found, _ in means if found])
    if not series:
        raise UnreadableError("a LLaMA-Factory log without an entry: the training stopped before it logged")
    most = max(many for _, many in means)
    if most > 1:
        text = f"up to {most} values on one step, from several processes that wrote the same log: their mean was taken"
        notes.append(Note("one-step-many-values", text))
    settings, found = companion_settings(source.companions)
    facts: dict[str, HParam] = {} if total is None else {"total_steps": int(total)}
    return [Run(run_name(source.path), series, source, facts | settings, "step", [*lines.notes, *notes, *found])]


class _Attempt:
    """The entries of one attempt at the training, by however many processes."""

    def __init__(self) -> None:
        self.points = Points()
        self._steps: list[float] = []  # each a new highest one
        self._elapsed: dict[float, float] = {}

    def is_left_by(self, step: float, row: JsonRow) -> bool:
        """Whether this entry begins a later attempt: it is further back than a slow process would be, or sooner."""
        if len(self._steps) - bisect_left(self._steps, step) > MOST_BEHIND:
            return True
        before, now = self._elapsed.get(step), _seconds(row.get("elapsed_time"))
        return before is not None and now is not None and now < SOONER * before

    def add(self, step: float, row: JsonRow) -> None:
        """Take the entry in."""
        if not self._steps or step > self._steps[-1]:
            self._steps.append(step)
        elapsed = _seconds(row.get("elapsed_time"))
        if elapsed is not None:
            self._elapsed.setdefault(step, elapsed)
        for tag, value in numbers(row):
            if tag not in OWN and tag not in CLOCKS:
                self.points.add(tag, step, value)


def _means(points: Points) -> tuple[dict[str, Series], int]:
    """Each tag's mean at every step, and the most different values that one step had."""
    found, most = {}, 1
    for tag, series in points.series().items():
        step, place, count = np.unique(series.step, return_inverse=True, return_counts=True)
        mean = np.bincount(place, weights=series.value, minlength=len(step)) / count
        first = series.value[np.unique(series.step, return_index=True)[1]]
        differs = np.zeros(len(step), dtype=bool)
        differs[place[~_same(series.value, first[place])]] = True
        # The mean of equal values must not differ from them in its last bit.
        found[tag] = Series(step, np.where(differs, mean, first))
        if differs.any():
            most = max(most, int(count[differs].max()))
    return found, most


def _same(one: Floats, other: Floats) -> NDArray[np.bool_]:
    return np.asarray((one == other) | (np.isnan(one) & np.isnan(other)), dtype=np.bool_)


def _seconds(value: object) -> float | None:
    match = _ELAPSED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


READER = Reader(NAME, "LLaMA-Factory's trainer_log.jsonl", recognise, read, traits=Traits(fine_tunes=True))
