"""The lines of a text log before they are taken apart: states of bars, broken lines, and a first quick look."""

import re
from collections.abc import Iterable, Iterator

from lrdoctor.reading.formats.generic.console_line import EPOCH_WORDS, METRIC_WORDS, STEP_WORDS
from lrdoctor.reading.formats.generic.console_settings import SETTINGS
from lrdoctor.reading.parsing.wrapped_lines import unwrapped
from lrdoctor.vocabulary import lr_names
from lrdoctor.vocabulary.tags import LOSS_LETTERS, words

MAX_TEXT = 1 << 20  # characters of a line, with all states of a progress bar

# A line without any of these holds nothing that is kept: neither a loss, an LR or a metric, nor a counter or a setting.
_LETTERS = (*LOSS_LETTERS, *lr_names.LETTERS)
_WORDS = STEP_WORDS | EPOCH_WORDS | METRIC_WORDS | {name.rpartition("_")[2] for name in SETTINGS}
_NUMBER = re.compile(r"\d|nan|inf")
_COUNTS = re.compile(r"\d/\d|\[\s*\d+,")
_REWRITTEN = re.compile("[\r\b]+")
# A bar that goes back to write its counter over itself: kuangliu's `[=====>....] Loss: 2.9`, then `391/391`.
_COUNTER_OVER = re.compile("\b+( {0,3}\\d{1,9}/\\d{1,9} {0,3})(?=[\r\n]|$)")
_SUMMARY = re.compile(r"\b(wandb): Run (?:summary|history):|\bCOMET INFO: +(?:Comet\.ml |Comet )?.{0,30}Summary")
# Keras before 2.3 counted samples in its bar, and called them steps: `Train on 60000 samples, validate on 10000`.
_TRAIN_ON = re.compile(r"Train on (\d{1,12}) samples")


def _without_summaries(lines: Iterable[str]) -> Iterator[str]:
    """The lines without what a tracker prints once training is over: the last of its values, and their history."""
    inside = ""
    for line in lines:
        if inside and inside in line and "Starting Run" not in line:
            continue
        inside = ""
        if ("wandb: Run " in line or "COMET INFO: " in line) and (match := _SUMMARY.search(line)):
            inside = "wandb: " if match[1] == "wandb" else "COMET INFO:"
            continue
        yield line


def states(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """Lines of training that are not blank, whole, and apart where a bar wrote over itself; see `unwrapped`."""
    samples = ""
    for line in unwrapped(_without_summaries(lines), width):
        if not line or line.isspace():
            continue
        if "\r" in line or "\b" in line or len(line) > MAX_TEXT:
            drawn = _COUNTER_OVER.sub(r" \1", line[:MAX_TEXT]) if "\b" in line else line[:MAX_TEXT]
            parts: Iterable[str] = (state for state in _REWRITTEN.split(drawn) if state.strip())
        else:
            parts = (line,)
        if line.startswith("Train on ") and (match := _TRAIN_ON.match(line)):
            samples = f"/{match[1]} ["
        for part in parts:
            yield f"{part} us/sample" if samples and samples in part and "s/sample" not in part else part


def may_tell(text: str) -> bool:
    """Whether a line may hold what is kept: a quick look, for logs whose lines are mostly about something else."""
    lower = text.lower()
    if not _NUMBER.search(lower):
        return False
    for letters in _LETTERS:  # a loop, since `any` takes twice as long, and every line comes here
        if letters in lower:
            return True
    return not _WORDS.isdisjoint(words(lower)) or _COUNTS.search(lower) is not None
