"""What rows with a loss are by, where nothing in them counts steps or epochs: layers, clients, documents, sensors.

    layer 0: reconstruction loss 0.50            Document 1/40: loss = 2.9, ppl = 18.8
    client 3: loss 2.93 acc 0.5                  2024-01-01 10:00:00 host=gw loss=5.0% rtt=10.66ms

The words are those by which a table of results is told from one of a training: `vocabulary/result_words.py`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from lrdoctor.reading.formats.generic.console_line import FILLERS, Line
from lrdoctor.reading.parsing import result_wording
from lrdoctor.vocabulary.result_words import (
    is_attack,
    is_axis,
    is_everyday_loss,
    is_example,
    is_quantity,
    is_size,
)
from lrdoctor.vocabulary.tags import words

MIN_SHARE = 0.9  # of the rows that name the item, and of them that name another one than the row before
MAX_ROWS = 400
MAX_TEXT = 400  # characters of a row

_NUMBERED = re.compile(
    r"([A-Za-z][A-Za-z_-]{0,30}(?: [A-Za-z][A-Za-z_-]{0,30}){0,3})[\s:=#]{1,3}(\d{1,9})(?![\w.]|:\d|,\d)"
)
_FILE = re.compile(
    r"(?<![\w/.])[\w/.-]{1,120}\.(?:wav|flac|mp3|png|jpe?g|tiff?|mp4|avi|npy|npz|nii|dcm|txt|pdf|csv|parquet|pdb)\b"
)
_PERCENT = re.compile(r"\bloss\s?[:=]?\s?\d{1,3}(?:\.\d{1,6})?\s?%", re.IGNORECASE)


def no_training(lines: Sequence[tuple[str, Line]], loss: str) -> str:
    """Why lines with a loss are no training's, in one line; "" where they may be.

    Args:
        lines: those that tell something, each with its text.
        loss: the tag of the loss that most of them name.
    """
    rows = [(raw, line) for raw, line in lines if loss in line.values]
    within = any(_counts(line) for _, line in lines if loss not in line.values)
    some = [(raw[:MAX_TEXT], line) for raw, line in rows[:MAX_ROWS]]
    numbered = [dict(_keys(raw)) for raw, _ in some]
    for key in _common(numbered, is_attack):
        if all(
            line.epoch is None and line.at == float(one.get(key, -1))
            for one, (_, line) in zip(numbered, some, strict=True)
        ):
            return result_wording.attack(key)
    if within or any(_counts(line) for _, line in some):
        return ""
    if is_everyday_loss(loss):
        return result_wording.of_other_losses(loss, "text")
    names = Counter(tag for _, line in some for tag in line.values if tag != loss and is_quantity(tag))
    measured = [name for name, count in names.items() if count >= MIN_SHARE * len(some)]
    in_percent = sum(_PERCENT.search(raw) is not None for raw, _ in some) >= MIN_SHARE * len(some)
    if measured or in_percent:
        return result_wording.measurements(measured or [loss], "text")
    files = {"file": [match[0] if (match := _FILE.search(raw)) else "" for raw, _ in some]}
    items = {key: [one.get(key, "") for one in numbered] for key in _common(numbered, _is_item)}
    changing = [name for name, values in (items | files).items() if all(values) and _changes(values)]
    return result_wording.by_axis(changing[0], "text") if changing else ""


def _keys(text: str) -> list[tuple[str, str]]:
    """What stands before each whole number."""
    found = ((match[1].lower().split(" "), match[2]) for match in _NUMBERED.finditer(text))
    return [(" ".join(word for word in key if word not in FILLERS), value) for key, value in found]


def _common(numbered: Sequence[dict[str, str]], wanted: Callable[[str], bool]) -> list[str]:
    """The keys of nearly all rows that are such."""
    named = Counter(key for one in numbered for key in one)
    return [key for key, count in named.items() if count >= MIN_SHARE * len(numbered) and wanted(key)]


def _is_item(key: str) -> bool:
    return is_example(key) or (is_axis(key) and not is_size(key) and words(key)[-1] not in {"size", "length"})


def _changes(values: Sequence[str]) -> bool:
    return len(set(values)) >= MIN_SHARE * len(values)


def _counts(line: Line) -> bool:
    return line.epoch is not None or (line.at is not None and line.unit != "count")
