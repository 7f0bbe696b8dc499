"""History rows of a form that was seen before: the same keys in the same order, a number each.

A `.wandb` file repeats its keys in every row.  Once some rows were read field by field, a regular expression made of
them takes the numbers out of the next one at once; all that is left to check are the lengths, which it cannot.  That
reads a row three times as fast, and accepts nothing that the slow way would read otherwise.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lrdoctor.reading.formats.wandb.columns import Block, Rows

VALUE_JSON = b"\x82\x01"  # field 16, length-delimited
LONGEST = 127  # bytes that a length of one byte can tell
MAX_ITEMS = 400  # of a row
MAX_FORMS, TRIED = 64, 4  # in a file; of the latest, against each row
OFTEN = 16  # rows of a form, for fewer of which its expression costs more to make than it saves

_NUMBER = rb"(-?[0-9][0-9.eE+-]{0,40}|NaN|-?Infinity)"
# What follows the items: the step, a message of its own.
_STEP = rb"((?:\x12.{1,14})?)"


@dataclass(frozen=True, eq=False)
class _Form:
    """Rows of one form.

    Attributes:
        pattern: for each item its length, the value's length and the value.
        around: bytes of each item beside its value.
    """

    pattern: re.Pattern[bytes]
    around: list[int]
    block: Block


class RowForms:
    """The forms of a file's rows, learned as it is read."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[bytes, ...]] = Counter()
        self._known: dict[tuple[bytes, ...], _Form | None] = {}
        self._latest: list[_Form] = []

    def take(self, row: bytes, rows: Rows) -> bool:
        """Add a row of a known form; False where it is of none, and nothing was added."""
        for place, form in enumerate(self._latest):
            if (values := _values(form, row)) is not None:
                if place:
                    self._latest.insert(0, self._latest.pop(place))
                return rows.add_row(form.block, values)
        return False

    def learn(self, heads: Sequence[bytes | None], keys: Sequence[str], rows: Rows) -> None:
        """Remember the form of a row that was added: `heads` are the bytes of its items before each value, in order.

        None stands for an item that is not of a head and a value.
        """
        if not 0 < len(heads) <= MAX_ITEMS:
            return
        known = tuple(head for head in heads if head is not None and len(head) + 3 <= LONGEST)
        if len(known) < len(heads) or (known not in self._seen and len(self._seen) >= MAX_FORMS):
            return
        self._seen[known] += 1
        if self._seen[known] < OFTEN:
            return
        if known not in self._known:
            block = rows.block(tuple(keys))
            self._known[known] = None if block is None else _form(known, block)
        form = self._known[known]
        if form is not None and form not in self._latest:
            self._latest = [form, *self._latest[: TRIED - 1]]


def _form(heads: tuple[bytes, ...], block: Block) -> _Form:
    items = (rb"\x0a(.)" + re.escape(head + VALUE_JSON) + rb"(.)" + _NUMBER for head in heads)
    return _Form(
        re.compile(b"".join(items) + _STEP, re.DOTALL), [len(head) + len(VALUE_JSON) + 1 for head in heads], block
    )


def _values(form: _Form, row: bytes) -> list[float] | None:
    """The numbers of a row; None where it is not of the form to the last byte."""
    found = form.pattern.fullmatch(row)
    if found is None:
        return None
    *parts, step = found.groups()
    texts = parts[2::3]
    sizes = list(map(len, texts))
    if sizes != list(b"".join(parts[1::3])):
        return None
    if list(map(int.__add__, sizes, form.around)) != list(b"".join(parts[0::3])):
        return None
    if step and step[1] != len(step) - 2:
        return None
    try:
        return list(map(float, texts))
    except ValueError:
        return None
