"""Which split the rows of a text log are about, where a line above them says so and they themselves do not.

    Training                        Eval begin...                             Test Error:
      batch 0: loss 2.93            step 157/157 - loss: 2.79                  Accuracy: 40.0%, Avg loss: 2.10
    Validation
      batch 0: loss 2.79

An evaluation whose heading nothing closes must not swallow the training that follows, so it ends, too, where the epoch
or the step goes on, and where the log has no such headings for training, with its first row.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from lrdoctor.reading.formats.generic.console_line import (
    EVALUATION_WORDS,
    TESTING,
    Line,
    is_telling,
    without_sources,
)
from lrdoctor.vocabulary.tags import TRAIN_WORDS, word_sets, words

MAX_HEADING = 160  # characters, with the time and the logger's name in front
MAX_WORDS = 8
CLOSED = 0.9  # headings of training or of epochs per heading of evaluation, where these close those
MAX_KINDS = 500  # of rows, remembered

# What a heading says beside the split: `***** Running evaluation *****`, `Begin the validation phase`, `Test Error:`.
_FILLERS, ENDED_WORDS = word_sets(
    "info debug root main the a an on of for in at with and now start starting started begin begins beginning run"
    " running phase stage mode set split loop data dataset model network net error errors result results metrics"
    " metric performance stats statistics summary epoch epochs one round performing doing pass",
    "done complete completed finished finish ended end over took",
)
_LETTERS = re.compile("train|val|test|dev|eval|hold|trn", re.IGNORECASE)
_BEFORE = re.compile(r".* - |.*\] |.*\b(?:INFO|DEBUG):[\w.]{0,60}:")


@lru_cache(maxsize=4096)
def split_in_heading(text: str) -> str:
    """Which split a line without values announces: `train`, `val`, `test`, or "" for none; `train` where one ended.

    >>> split_in_heading("***** Running Evaluation *****"), split_in_heading("[12:00:01] Epoch 3: Training")
    ('val', 'train')
    >>> split_in_heading("Test Error:"), split_in_heading("Training | Validation"), split_in_heading("test_net.py")
    ('test', '', '')
    """
    if len(text) > MAX_HEADING or not _LETTERS.search(text):
        return ""
    said = [word for word in words(without_sources(_BEFORE.sub("", text))) if not word.isdigit()]
    training, evaluation = TRAIN_WORDS & set(said), EVALUATION_WORDS & set(said)
    others = set(said) - training - evaluation - _FILLERS
    if len(said) > MAX_WORDS or bool(training) == bool(evaluation) or not others <= ENDED_WORDS:
        return ""
    if training:
        return "" if others else "train"
    return "train" if others else "test" if TESTING & evaluation else "val"


def closes_evaluations(lines: Iterable[tuple[str, Line | None]]) -> bool:
    """Whether a heading of training or of an epoch follows the evaluations that these lines announce."""
    opened = closed = 0
    for text, line in lines:
        if line is not None and (line.values or line.bar):
            continue
        split = split_in_heading(text)
        opened += split in {"val", "test"}
        closed += split == "train" or (not split and line is not None and line.epoch is not None)
    return opened > 0 and closed >= CLOSED * opened


class Splits:
    """Rows in their order, those below the heading of an evaluation told as validation.

    Args:
        closed: whether the log's headings say where each evaluation ends.
    """

    def __init__(self, *, closed: bool) -> None:
        self._closed = closed
        self._split = ""
        self._kinds: set[object] = set()  # what rows of training name, and whether they count
        self._kind: object = None  # of the first row of this evaluation
        self._epoch: float | None = None
        self._at, self._of = -1.0, 0.0  # of the last row of training
        self._own = -1.0  # step of the evaluation's last row

    def take(self, text: str, line: Line | None) -> Line | None:
        """The line, its values named as validation's where they are; `text` is what it was taken from."""
        if line is None or not (line.values or line.bar):
            split = split_in_heading(text)
            risen = line is not None and line.epoch is not None and line.epoch != self._epoch
            if split or risen:
                self._begin("" if split == "train" or not split else split)
            if line is not None and line.epoch is not None:
                self._epoch = line.epoch
            return line
        if not any(map(is_telling, line.values)):
            return line
        kind = (tuple(line.values), line.unit, line.at is None, line.epoch is None)
        if self._split and self._ends(text, line, kind):
            self._begin("")
        self._epoch = self._epoch if line.epoch is None else line.epoch
        if self._split:
            return self._as_evaluation(line, kind)
        if line.losses():
            if len(self._kinds) < MAX_KINDS:
                self._kinds.add(kind)
            self._at, self._of = (self._at, self._of) if line.at is None else (line.at, line.of)
        return line

    def _begin(self, split: str) -> None:
        self._split, self._kind, self._own = split, None, -1.0

    def _ends(self, text: str, line: Line, kind: object) -> bool:
        """Whether this row is one of training again."""
        if line.epoch is not None and self._epoch is not None and line.epoch > self._epoch:
            return True
        if TRAIN_WORDS & set(words(without_sources(text))):
            return True
        if self._closed:
            return False
        if kind not in self._kinds:  # of the evaluation, as long as its rows are alike
            return self._kind not in {None, kind} and bool(line.losses())
        if line.at is None:
            return self._kind is not None
        if line.of and self._of and line.of != self._of:
            return False
        return line.at > self._at or line.at <= self._own

    def _as_evaluation(self, line: Line, kind: object) -> Line:
        own = any(EVALUATION_WORDS & set(words(tag)) for tag in line.values)
        values = {
            tag if EVALUATION_WORDS & set(words(tag)) else f"{self._split}/{tag}": value
            for tag, value in line.values.items()
        }
        self._kind = kind if self._kind is None else self._kind
        counted = line.at is not None and (line.at < self._at or (line.of != self._of and line.of > 0))
        self._own = self._own if line.at is None else line.at
        if own and not self._closed:  # it names its split itself, and so do the rest of them
            self._begin("")
        return line._replace(values=values, at=None if counted else line.at)
