"""One line of a text log taken apart: its counters, its values, and whether it speaks of validation.

Pairs are `key: value`, `key=value` or `key value`; what follows a value in brackets (a running mean) is left out.
Counters may stand without a key: in a progress bar, in Keras's `469/469`, in `Epoch: [0][  10/5005]` or `[1,  2000]`.

The lines of a log differ in little but their digits, and no pattern here tells one digit from another.  So patterns are
matched once for all lines that are the same but for that, and a line costs little more than its numbers.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lrdoctor.reading.formats.generic.wording import in_pairs
from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.vocabulary.tags import (
    TRAIN_WORDS,
    VALIDATION_WORDS,
    is_loss_name,
    is_lr_name,
    is_of_validation,
    is_perplexity_name,
    words,
)

MAX_LINE = 4_000  # characters; a row of a training log has some hundred
MAX_PAIRS = 100
MAX_EPOCH = 1e9
MAX_SHAPES = 2_048  # remembered; a log has some hundred, as its numbers are longer or shorter


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
# What a line says beside its values: `holdout step 90 loss: 1.9`, `Evaluating: ... loss=2.1`.
EVALUATION_WORDS = VALIDATION_WORDS.keys() | _set("validating validate evaluating evaluate predicting holdout heldout")

_NUMBER = (
    r"[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d{1,60})(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][-+]?\d{1,4})?"
    r"|[-+]?(?:nan|inf(?:inity)?)"
)
_WORD = r"[A-Za-z][\w./@-]{0,39}+"
_WRAPPER = r"(?:(?:tf\.T|t)ensor|np\.float\d\d|(?:Device)?Array)\("  # what prints around a number
_NAN = r"(?:nan|inf(?:inity)?)(?![\w./@-])"
# A `nan` ends a key, as in `loss nan lr 0.1` and `Loss nan (nan)`, but not in Megatron's `number of nan iterations`.
_PAIR = re.compile(
    rf"(?<![\w.])(?P<key>{_WORD}(?: (?:(?<=\bof )|(?!{_NAN}|{_WRAPPER})){_WORD}){{0,5}}+)"
    r"(?=['\"\s:=])['\"]?(?:\s{0,8}+[:=]\s{0,8}+|\s{1,30}+)['\"]?"
    rf"(?:[\[(#]\s{{0,8}}|{_WRAPPER})?(?=[-+.\dni])"
    rf"(?P<value>{_NUMBER})(?:\s?/\s?(?P<of>\d{{1,3}}(?:,\d{{3}})+|\d{{1,12}}))?(?!\d|[.:/,-]\d|%\||[A-Za-z_])",
    re.IGNORECASE,
)
_AFTER_EPOCH = re.compile(
    r"\]?:?\s{0,4}[\[(]\s{0,8}(\d{1,12})\s?/\s?(\d{1,12})(\s{0,4}\(\s{0,4}\d{1,3}(?:\.\d{1,4})?%\))?\s?[\])]"
)
_TQDM = re.compile(r"\|\s{0,4}(\d{1,12})/(\d{1,12}) \[")
_ENDLESS = re.compile(r"(?:^|[\s:])(\d{1,12})it \[\d")  # a bar without a length
_RICH = re.compile(r"[━╸╺]\s(\d{1,12})/(\d{1,12})\s")
_KERAS = re.compile(r"\s{0,12}(\d{1,12})/(\d{1,12})\s{1,2}(?:\[|━|-\s)")
_DRAWN = re.compile(r"\s{0,4}\[[=#]{0,200}>?\.{0,200}\]\s.{1,300}\s(\d{1,12})/(\d{1,12})\s{0,200}$")  # at its end
_OVER_DRAWN = re.compile(r"\s{0,4}\[=[=.>]{0,200}\s(\d{1,12})/(\d{1,12})\s[=.>]{0,200}\]\s")  # in its middle
_EPOCH_AND_STEP = re.compile(r"(?:.{0,40}\s)?\[\s{0,8}(\d{1,9}),\s{1,8}(\d{1,12})\]")
_VALIDATION = re.compile("|".join(sorted(EVALUATION_WORDS)), re.IGNORECASE)
_SOURCE = re.compile(r"\b[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)+")  # `train.py:35`, `allennlp.training.trainer`
_EXACT_ZERO = re.compile(r"0\.0$|0(?:\.0*)?[eE]")  # of all digits there are; `0.0000` was rounded
_BRACKET = re.compile(r"(?<!: )(?<!:  )\[\s{0,10}(\d{1,12})\s?/\s?(\d{1,12})\]")
_FRACTION = re.compile(r"\.\d|[nN]")  # of a measure; `Test 12` counts something
_ALIKE = bytes.maketrans(b"123456789", b"000000000")


class Line(NamedTuple):
    """What a line says.

    Args:
        epoch, at: its counters, None where it has none; `at` may be counted within the epoch.
        of: the last value that `at` can take, 0 where it is not said.
        unit: what `at` counts.
        bar: `keras` or `bar` where `at` is a progress bar's, whose line is written again and again; else "".
        values: tag to value, clocks left out.
        zero_lr: whether an LR printed as zero was left out: it was rounded.
        epochs: how many there will be, 0 where it is not said.
        within: whether `at` is counted within the epoch, by the way that it is written: `[2][50/900]`.
    """

    epoch: float | None
    at: float | None
    of: float
    unit: str
    bar: str
    values: Mapping[str, float]
    zero_lr: bool = False
    epochs: float = 0.0
    within: bool = False

    @property
    def counts(self) -> bool:
        """Whether `at` counts steps: samples in old Keras' bars are none, since nothing says how many a step takes."""
        return self.at is not None and not (self.bar and self.unit == "samples")

    def losses(self) -> list[str]:
        """The tags of training losses."""
        return [tag for tag in self.values if _is_training_loss(tag)]

    def perplexities(self) -> list[str]:
        """The tags of training perplexities."""
        return [tag for tag in self.values if is_perplexity_name(tag) and not is_of_validation(tag)]


@lru_cache(maxsize=4096)
def _is_training_loss(tag: str) -> bool:
    return is_loss_name(tag) and not is_of_validation(tag)


class _Pair(NamedTuple):
    """A key and its value, and where they stand.

    Args:
        key, kind: as `_understood` says; both empty where the key has digits, which differ from line to line.
        key_at, value_at: of the one and the other.
        of_at: of the number behind the value's slash, if there is one.
        thousands: whether the value has commas.
        end: of all.
        split: `val` or `test` where the line says so of this part of it: `Train: loss 0.5 | Val: loss 0.6`.
    """

    key: str
    kind: str
    key_at: slice
    value_at: slice
    of_at: slice | None
    thousands: bool
    end: int
    split: str


class _Counter(NamedTuple):
    """A counter without a key: what it counts, whose progress bar it is, where its parts stand, as in `Line`."""

    unit: str
    bar: str
    at: slice
    of: slice | None
    epoch: slice | None = None
    within: bool = False


def _of(text: str) -> float:
    return float(text.replace(",", ""))


def _shape(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").translate(_ALIKE)


def parse(text: str) -> Line | None:
    """A line taken apart; None where it holds neither a counter nor a value, or is too long for a row."""
    if len(text) > MAX_LINE:
        return None
    shape = _shape(text)
    told = in_pairs(text, shape)
    if told is not text:
        text, shape = told, _shape(told)
    pairs, outside = _pairs(shape)
    epoch = at = None
    of, unit, bar, zero_lr, end_of_epoch, epochs = 0.0, "", "", False, -1, 0.0
    within = False
    values: dict[str, float] = {}
    for key, kind, key_at, value_at, of_at, thousands, end, split in pairs:
        if not key:
            key, kind = _understood(text[key_at])
        if split and kind == "value":
            key = f"{split}/{key}"
        value = float(text[value_at].replace(",", "") if thousands else text[value_at])
        if kind == "lr" and value == 0 and not _EXACT_ZERO.match(text[value_at]):
            zero_lr = True
        elif kind in {"lr", "value"}:
            if key not in values:
                most = 0.0 if of_at is None else _of(text[of_at])
                values[key] = value / most if most else value
        elif kind == "epoch" and 0 <= value < MAX_EPOCH:
            epoch, end_of_epoch = value if epoch is None else epoch, end
            epochs = epochs if of_at is None else _of(text[of_at])
        elif kind == "step" and value >= 0 and value.is_integer() and (at is None or "batch" not in key):
            at, of = value, 0.0 if of_at is None else _of(text[of_at])
            unit = key.split(" ")[-1].lower()
    if at is None and (counter := _counter(shape, end_of_epoch)) is not None:
        at, unit, bar, within = float(text[counter.at]), counter.unit, counter.bar, counter.within
        of = 0.0 if counter.of is None else float(text[counter.of])
        epoch = epoch if counter.epoch is None else float(text[counter.epoch])
    if epoch is None and at is None and not values:
        return None
    tags = tuple(values)
    apart = _distinguished(tags, outside)
    if apart != tags:
        values = dict(zip(apart, values.values(), strict=True))
    return Line(epoch, at, of, unit, bar, values, zero_lr, epochs, within)


@lru_cache(maxsize=4096)
def is_telling(tag: str) -> bool:
    """Whether a tag is a loss, an LR or a metric by its words: what a sentence with a number in it is not."""
    return is_loss_name(tag) or is_lr_name(tag) or bool(METRIC_WORDS & set(words(tag)))


@lru_cache(maxsize=MAX_SHAPES)
def _pairs(shape: bytes) -> tuple[tuple[_Pair, ...], str]:
    """The pairs that tell something in lines of this shape, and what these lines say beside all pairs."""
    text = shape.decode("utf-8", "surrogatepass")
    # ` * Acc@1 72.1` is what the ImageNet example and its heirs say of a test.
    outside = ["test"] if text.lstrip().startswith("* ") or " * Acc@" in text else []
    pairs, last, split, about = list[_Pair](), 0, "", ""
    for match in islice(_PAIR.finditer(text), MAX_PAIRS):
        outside.append(text[last : match.start()])
        last = match.end()
        key, kind = ("", "") if "0" in match["key"] else _understood(match["key"])
        # `Test: [  0/98]`, `Eval batch 1/60: loss 3.5`
        if (kind == "split" and match["of"]) or (not kind and not pairs and _is_evaluations(key)):
            outside.append(key)
        elif kind == "split" and _FRACTION.search(match["value"]) and number(match["value"]) is not None:
            about = next((word for word in words(outside[-1])[-1:] if is_telling(word)), about)
            # DiffDock's `Training loss 2.9  tr 0.9` is of translations.
            about = about if is_of_validation(key) or (outside[-1].strip(" ,;|") and about) else ""
            spans = slice(*match.span("key")), slice(*match.span("value"))
            pairs.append(_Pair(f"{key}/{about}" if about else key, "value", *spans, None, False, last, ""))
        elif number(match["value"]) is not None and (kind in {"epoch", "step", "lr", "value"} or "0" in match["key"]):
            of = None if match["of"] is None else slice(*match.span("of"))
            spans = slice(*match.span("key")), slice(*match.span("value"))
            if kind in {"epoch", "step"}:  # `Training epoch 1: loss 0.5; validation: loss 0.6`
                outside[-1] += f" {key}"
            split = _split_said(outside[-1], split)
            pairs.append(_Pair(key, kind, *spans, of, "," in match["value"], last, split))
            about = _without_split(key) if kind == "value" else about
    outside.append(text[last:])
    said = without_sources(" ".join(outside))[:120]
    if not TRAIN_WORDS & set(words(said)):  # then all of the line is about one split: see `_distinguished`
        pairs = [pair._replace(split="") for pair in pairs]
    return tuple(pairs), said


def _is_evaluations(key: str) -> bool:
    own = words(key)
    return bool(own) and own[-1] in STEP_WORDS | EPOCH_WORDS and own[0] in EVALUATION_WORDS


def _split_said(text: str, before: str) -> str:
    """Which split is spoken of after this text between two pairs, `before` where it does not say."""
    for word in reversed(words(text)):
        if word in TRAIN_WORDS:
            return ""
        if word in EVALUATION_WORDS:
            return "test" if word in TESTING else "val"
    return before


def without_sources(text: str) -> str:
    """A text without the names of files and of loggers: `train.py:35] Validation` speaks of validation alone."""
    return _SOURCE.sub(" ", text) if "." in text or "/" in text else text


def _without_split(key: str) -> str:
    """What is measured, by a key that says of which split it is, too: `LOSS` of `LOSS train`; else ""."""
    splits = TRAIN_WORDS | VALIDATION_WORDS.keys()
    rest = [word for word in words(key) if word not in splits]
    return " ".join(rest) if len(rest) < len(words(key)) and is_telling(key) else ""


@lru_cache(maxsize=MAX_SHAPES)
def _counter(shape: bytes, end_of_epoch: int) -> _Counter | None:
    """The counter that stands without a key in lines of this shape, an epoch's pair ending there (-1 without one)."""
    text = shape.decode("utf-8", "surrogatepass")
    if end_of_epoch >= 0 and (match := _AFTER_EPOCH.match(text, end_of_epoch)):
        unit = "samples" if match[3] else "iter"
        return _Counter(unit, "", slice(*match.span(1)), slice(*match.span(2)), within=True)
    if match := _TQDM.search(text) or _RICH.search(text) or _DRAWN.match(text) or _OVER_DRAWN.match(text):
        unit, bar = "iter", "bar"
    elif match := _KERAS.match(text):
        unit, bar = "samples" if "s/sample" in text else "step", "keras"
    elif match := _ENDLESS.search(text):
        return _Counter("iter", "bar", slice(*match.span(1)), None)
    elif end_of_epoch < 0 and (match := _EPOCH_AND_STEP.match(text)):
        return _Counter("iter", "", slice(*match.span(2)), None, slice(*match.span(1)))
    elif match := _BRACKET.search(text):
        unit, bar = "count", ""
    else:
        return None
    return _Counter(unit, bar, slice(*match.span(1)), slice(*match.span(2)))


@lru_cache(maxsize=4096)
def _kinds(tag: str) -> frozenset[str]:
    return frozenset(words(tag))


@lru_cache(maxsize=4096)
def _understood(text: str) -> tuple[str, str]:
    """A key in short, and what it is: `epoch`, `step`, `lr`, `split`, `value`, or "" for half a sentence or a time."""
    key = _key(text)
    kind = words(key)
    if not kind or key.endswith((".py", ".cpp", ".cc", ".cu", ".go")):  # `train.py:55`
        return "", ""
    if len(kind) > 1 and kind[-1] in {"id", "idx", "index"} and kind[-2] in STEP_WORDS:
        kind = kind[:-1]
    splits = TRAIN_WORDS | VALIDATION_WORDS.keys()
    if set(kind) <= splits:
        return key, "split"
    if " " not in key and ("loss" in kind or (METRIC_WORDS & set(kind) and splits & set(kind))):  # `train_loss_step`
        return key, "value"
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
    while len(parts) > 1 and (parts[-1].lower() in FILLERS or [part.lower() for part in parts[-2:]] == ["loss", "of"]):
        parts = parts[:-1]
    return " ".join(parts)


@lru_cache(maxsize=4096)
def _distinguished(tags: tuple[str, ...], outside: str) -> tuple[str, ...]:
    """The tags with `val/` or `test/` in front where the line speaks of validation and of nothing else."""
    if not any(map(_VALIDATION.search, (outside, *tags))):
        return tags
    own = {tag: _kinds(tag) for tag in tags}
    said = EVALUATION_WORDS & set(words(outside))
    splits = VALIDATION_WORDS.keys() | TRAIN_WORDS
    within = {word for kind in own.values() if not kind <= splits for word in VALIDATION_WORDS.keys() & kind}
    train = any(
        TRAIN_WORDS & kind or (is_loss_name(tag) and not VALIDATION_WORDS.keys() & kind) for tag, kind in own.items()
    )
    if TRAIN_WORDS & set(words(outside)) or not (said or (within and not train)):
        return tags
    split = "test" if TESTING & (said or within) else "val"
    return tuple(tag if splits & own[tag] else f"{split}/{tag}" for tag in tags)
