"""One line of a text log taken apart: its counters, its values, and whether it speaks of validation.

Pairs are `key: value`, `key=value` or `key value`; what follows a value in brackets (a running mean) is left out.
Counters may stand without a key: in a progress bar, in Keras's `469/469`, in `Epoch: [0][  10/5005]` or `[1,  2000]`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lrdoctor.readers.json_lines import number
from lrdoctor.vocabulary import TRAIN_WORDS, VALIDATION_WORDS, is_loss_name, is_lr_name, words

MAX_LINE = 4_000  # characters; a row of a training log has some hundred
MAX_PAIRS = 100
MAX_EPOCH = 1e9


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STEP_WORDS = _set("step steps iter iters iteration iterations itr it batch batches update updates")
EPOCH_WORDS = _set("epoch epochs ep")
# `total steps: 1000`, `eval every 50 steps` and `best epoch: 3` count nothing.
NO_COUNTER = _set("total max maximum warmup every per best logging save eval size number n for accumulation until")
DULL_WORDS = _set(
    "time eta elapsed elapse date data mem memory ips cost speed sec secs seconds ms throughput remaining took samples"
    " cuda gpu rank seed worker workers version v runtime"
)
METRIC_WORDS = _set("acc accuracy norm gnorm gradnorm top1 top5 prec1 ppl perplexity f1 auc miou psnr bleu")
# What Keras and others say beside the values: `val_loss improved from 0.51 to 0.49`.
NO_VALUE = _set("improved improve from best lowest previous to patience")
PREPOSITIONS = _set("after at in by of for on than over")
FILLERS = _set("info debug warning root and the is with now seconds secs sec s ms")
TESTING = _set("test testing")

_NUMBER = (
    r"[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d{1,60})(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][-+]?\d{1,4})?"
    r"|[-+]?(?:nan|inf(?:inity)?)"
)
_WORD = r"[A-Za-z][\w./@-]{0,39}"
_PAIR = re.compile(
    rf"(?<![\w.])(?P<key>{_WORD}(?: {_WORD}){{0,5}})['\"]?(?:\s{{0,8}}[:=]\s{{0,8}}|\s{{1,8}})['\"]?"
    rf"(?:[\[(]\s{{0,8}}|tensor\()?(?P<value>{_NUMBER})(?:\s?/\s?(?P<of>\d{{1,12}}))?(?!\d|[.:/,-]\d|%\||[A-Za-z_])",
    re.IGNORECASE,
)
_AFTER_EPOCH = re.compile(
    r"\]?:?\s{0,4}[\[(]\s{0,8}(\d{1,12})\s?/\s?(\d{1,12})(\s{0,4}\(\s{0,4}\d{1,3}(?:\.\d{1,4})?%\))?\s?[\])]"
)
_TQDM = re.compile(r"\|\s{0,4}(\d{1,12})/(\d{1,12}) \[")
_RICH = re.compile(r"[━╸╺]\s(\d{1,12})/(\d{1,12})\s")
_KERAS = re.compile(r"\s{0,12}(\d{1,12})/(\d{1,12})\s{1,2}(?:\[|━|-\s)")
_EPOCH_AND_STEP = re.compile(r"(?:.{0,40}\s)?\[\s{0,8}(\d{1,9}),\s{1,8}(\d{1,12})\]")
_AT_STEP = re.compile(r"\b(loss)\b[^:=\d|]{0,40}? (?:at|after) (step|iteration|iter|epoch|batch) (\d{1,12})\s?[:=]")


@dataclass(frozen=True)
class Line:
    """What a line says.

    Args:
        epoch, at: its counters, None where it has none; `at` may be counted within the epoch.
        of: the last value that `at` can take, 0 where it is not said.
        unit: what `at` counts.
        bar: `keras` or `bar` where `at` is a progress bar's, whose line is written again and again; else "".
        values: tag to value, clocks left out.
        zero_lr: whether an LR printed as zero was left out: it was rounded.
    """

    epoch: float | None
    at: float | None
    of: float
    unit: str
    bar: str
    values: Mapping[str, float]
    zero_lr: bool = False

    def losses(self) -> list[str]:
        """The tags of training losses."""
        return [tag for tag in self.values if is_loss_name(tag) and not VALIDATION_WORDS.keys() & set(words(tag))]


def parse(text: str) -> Line | None:
    """A line taken apart; None where it holds neither a counter nor a value, or is too long for a row."""
    if len(text) > MAX_LINE:
        return None
    if "loss" in text.lower():
        text = _AT_STEP.sub(r"\2 \3 \1:", text)
    epoch = at = None
    of, unit, zero_lr, end_of_epoch = 0.0, "step", False, -1
    values: dict[str, float] = {}
    outside, last = [], 0
    for match in list(_PAIR.finditer(text))[:MAX_PAIRS]:
        outside.append(text[last : match.start()])
        last = match.end()
        key, kind = _understood(match["key"])
        value = number(match["value"])
        if value is None or not kind:
            continue
        if match["of"] and kind == "split":  # `Test: [  0/98]`
            outside.append(key)
        elif kind == "epoch" and 0 <= value < MAX_EPOCH:
            epoch, end_of_epoch = value if epoch is None else epoch, match.end()
        elif kind == "step" and value >= 0 and value.is_integer():
            if at is None or "batch" not in key:
                at, of, unit = value, float(match["of"] or 0), key.split(" ")[-1].lower()
        elif kind == "lr" and value == 0:
            zero_lr = True
        elif kind in {"lr", "value"}:
            values.setdefault(key, value / float(match["of"]) if match["of"] and float(match["of"]) else value)
    outside.append(text[last:])
    if text.lstrip().startswith("* "):  # ` * Acc@1 72.1`: what the ImageNet example and its heirs say of a test
        outside.insert(0, "test")
    bar = ""
    if at is None:
        epoch, at, of, unit, bar = _without_key(text, epoch, end_of_epoch)
    if epoch is None and at is None and not values:
        return None
    return Line(epoch, at, of, unit, bar, _told_apart(values, " ".join(outside)[:120]), zero_lr)


@lru_cache(maxsize=4096)
def is_telling(tag: str) -> bool:
    """Whether a tag is a loss, an LR or a metric by its words: what a sentence with a number in it is not."""
    return is_loss_name(tag) or is_lr_name(tag) or bool(METRIC_WORDS & set(words(tag)))


def _without_key(
    text: str, epoch: float | None, end_of_epoch: int
) -> tuple[float | None, float | None, float, str, str]:
    """Epoch, position, its last value, its unit, and whose progress bar it is."""
    if end_of_epoch >= 0 and (match := _AFTER_EPOCH.match(text, end_of_epoch)):
        return epoch, float(match[1]), float(match[2]), "samples" if match[3] else "iter", ""
    for pattern in (_TQDM, _RICH):
        if match := pattern.search(text):
            return epoch, float(match[1]), float(match[2]), "iter", "bar"
    if match := _KERAS.match(text):
        return epoch, float(match[1]), float(match[2]), "step", "keras"
    if epoch is None and (match := _EPOCH_AND_STEP.match(text)):
        return float(match[1]), float(match[2]), 0.0, "iter", ""
    return epoch, None, 0.0, "", ""


@lru_cache(maxsize=4096)
def _kinds(tag: str) -> frozenset[str]:
    return frozenset(words(tag))


@lru_cache(maxsize=4096)
def _understood(text: str) -> tuple[str, str]:
    """A key in short, and what it is: `epoch`, `step`, `lr`, `split`, `value`, or "" for half a sentence or a time."""
    key = _key(text)
    kind = words(key)
    if not kind or key.endswith(".py"):  # `train.py:55`
        return "", ""
    if len(kind) > 1 and kind[-1] in {"id", "idx", "index"} and kind[-2] in STEP_WORDS:
        kind = kind[:-1]
    if set(kind) <= VALIDATION_WORDS.keys() | TRAIN_WORDS:
        return key, "split"
    # A counter says where training is, not how long it will be.
    if kind[-1] in EPOCH_WORDS | STEP_WORDS:
        now = not NO_COUNTER.intersection(kind) and ("num" not in kind or kind[-1] == "updates")
        return key, "" if not now else "epoch" if kind[-1] in EPOCH_WORDS else "step"
    if is_lr_name(key):
        return key, "lr"
    if NO_VALUE.intersection(kind) or kind[-1] in PREPOSITIONS:
        return key, ""
    return key, "value" if "loss" in key.lower() or not DULL_WORDS.intersection(kind) else ""


def _key(text: str) -> str:
    """The key without a log level or an article in front."""
    parts = text.strip(" .-/").split(" ")
    while len(parts) > 1 and parts[0].lower().strip(".-") in FILLERS:
        parts = parts[1:]
    while len(parts) > 1 and parts[-1].lower() in FILLERS:
        parts = parts[:-1]
    return " ".join(parts) if words(" ".join(parts)) else ""


def _told_apart(values: dict[str, float], outside: str) -> dict[str, float]:
    """The values with `val/` or `test/` in front where the line speaks of validation and of nothing else."""
    own = {tag: _kinds(tag) for tag in values}
    said = VALIDATION_WORDS.keys() & set(words(outside))
    within = {word for kind in own.values() for word in VALIDATION_WORDS.keys() & kind}
    train = any(
        TRAIN_WORDS & kind or (is_loss_name(tag) and not VALIDATION_WORDS.keys() & kind) for tag, kind in own.items()
    )
    if TRAIN_WORDS & set(words(outside)) or not (said or (within and not train)):
        return values
    split = "test" if TESTING & (said or within) else "val"
    return {
        tag if (VALIDATION_WORDS.keys() | TRAIN_WORDS) & own[tag] else f"{split}/{tag}": value
        for tag, value in values.items()
    }
