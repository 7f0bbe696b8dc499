"""Which series is the training loss, the validation loss, the LR, the gradient norm, the accuracy.

Names are compared as sets of words: case and `/ . - _ :` do not matter, so `Loss/train`, `train_loss` and `train.Loss`
are one name.  Words for the data split and for the logging interval are taken out first; what is left has to be a name
of the tables below.  What only looks alike (`loss_scale`, `best_val_loss`, `lr_scheduler_steps`) keeps a word too many.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from lrdoctor.records.run import Series
from lrdoctor.vocabulary import lr_names

Words = frozenset[str]


def word_sets(*names: str) -> tuple[Words, ...]:
    """Each name as the set of its words."""
    return tuple(frozenset(name.split()) for name in names)


TRAIN_WORDS = frozenset({"train", "training", "trn", "tr", "minibatch"})
# The lowest is preferred: what people tune on comes before what they report at the end.
VALIDATION_WORDS = MappingProxyType(
    {"val": 0, "va": 0, "valid": 0, "validation": 0, "dev": 0, "vali": 0, "vld": 0}
    | {"eval": 1, "evaluation": 1, "test": 2, "testing": 2, "te": 2}
)
STEP_WORDS = frozenset({"step", "batch", "iter", "iteration"})
INTERVAL_WORDS = STEP_WORDS | {"epoch", "avg", "average", "mean", "running", "current", "cur", "reduced"}
_SEPARATORS = re.compile(r"[\W_]+")
# Written as one: `ValLoss`, `testacc`, and of one letter each `tloss` and `vloss`.
_JOINED = MappingProxyType(
    {
        f"{split}{quantity}": (split, quantity)
        for split in ("train", "training", "val", "valid", "validation", "vali", "vld", "dev", "eval", "test")
        for quantity in ("loss", "acc", "accuracy")
    }
    | {"tloss": ("train", "loss"), "vloss": ("val", "loss"), "tacc": ("train", "acc"), "vacc": ("val", "acc")}
)
_SINGULAR = MappingProxyType({"losses": "loss", "accuracies": "accuracy", "rates": "rate", "lrs": "lr"})
# A directory with one of these says what its tags are: `Loss/train`, `lr/pg0`, `accuracy/top1`.
QUANTITY_WORDS = frozenset({"loss", "lr", "learning", "acc", "accuracy", "norm", "grad"})

# Totals only, the likeliest first.
LOSS_NAMES = word_sets(
    *("loss", "total loss", "tot loss", "overall loss", "loss sum", "objective", "cost", "lm loss"),
    *("crossentropyloss", "cross entropy loss"),
    *("crossentropy loss", "ce loss", "xent loss", "xent", "nll loss", "bce loss", "ctc loss", "mlm loss", "mse loss"),
    *("smoothed loss", "smooth loss", "ema loss", "loss vs iterations", "crossentropy", "cross entropy", "nll", "ce"),
    *("categorical crossentropy", "sparse categorical crossentropy", "binary crossentropy", "bce", "mse", "tot"),
    "languagecrossentropy",  # Composer
)
# What the total is called beside losses that are parts.
TOTAL_NAMES = word_sets("total", "sum", "overall", "tot")
# Some letters of each of them, of the aliases below, and of LRs: most names are turned down by these alone.
LOSS_LETTERS = ("loss", "objective", "cost", "entropy", "nll", "ce", "mse", "trl", "tel", "xent", "tot")
_LOSS_WORD = re.compile(r"loss\d{0,2}$")  # of several heads: `loss1`, `loss2`
_LOSSY, _RATED = (re.compile("|".join(letters), re.IGNORECASE) for letters in (LOSS_LETTERS, lr_names.LETTERS))
# llm.c; Megatron's validation line.
ALIASES = MappingProxyType({"trl": "train loss", "tel": "val loss", "lm loss value": "val lm loss"})
# A loss with such a word is none, or a part that cannot stand for the whole.
(NO_LOSS_WORDS,) = word_sets(
    "scale scaler std stddev var variance min max best final weight weights coef coefficient lambda factor ratio grad"
    " gradient norm delta change diff time count num reg regularization regularisation regularizer l2 wd decay penalty"
    " kl aux auxiliary lr rate perplexity ppl box bbox cls obj dfl mask rpn classifier classification objectness giou"
    " iou localization pose kobj policy value actor critic entropy packet packets"
)

# Of measures that stand beside a loss in a log: what a table without a step column must hold to be one.
(METRIC_WORDS,) = word_sets(
    "acc accuracy norm gnorm f1 auc ppl perplexity top1 top5 precision recall error mae mse rmse mape iou dice bleu wer"
    " cer psnr ssim r2 score map reward return"
)

PERPLEXITY_NAMES = word_sets("ppl", "perplexity", "token ppl", "token perplexity")

LR_NAMES = word_sets(*lr_names.SERIES)
(NO_LR_WORDS,) = word_sets(
    "scheduler schedule decay steps min max momentum warmup ratio scale factor mult multiplier gamma finder patience"
    " end final loss weight"
)
_LR_NUMBERED = re.compile(r"(?:lr|learningrate)\d+$")
# YOLO's bias group starts its warm-up at 0.1 and falls: neither the peak nor the schedule of the rest.
BIAS_GROUPS = frozenset({"lr/pg0", "x/lr2"})

GRAD_NORM_NAMES = word_sets(
    *("grad norm", "gradnorm", "gradient norm", "gnorm", "global grad norm", "grad norm total"),
    *("grad 2 0 norm total", "grad 2 norm total", "global norm", "total norm", "norm"),
)
ACCURACY_NAMES = word_sets(
    *("accuracy", "acc", "categorical accuracy", "sparse categorical accuracy", "binary accuracy", "top1", "acc1"),
    *("acc 1", "top 1", "top1 acc", "top1 accuracy", "top 1 accuracy", "top 1 acc", "prec1", "prec 1"),
    *("multiclassaccuracy", "token accuracy", "masked accuracy"),
)


@dataclass(frozen=True)
class TagName:
    """A tag taken apart, with how many points were logged under it and up to which step."""

    tag: str
    points: int
    last_step: float
    words: Words  # for the quantity
    scope: Words  # of directories that name neither quantity nor split: `generator` in `train/generator/loss`
    split: str  # "train", "validation", or "" where the name does not say
    preference: int  # among validation splits
    interval: Words


def words(text: str) -> list[str]:
    """The words of a tag in lower case.

    >>> words("Loss/train"), words("Train Acc."), words("lr-AdamW/pg1")
    (['loss', 'train'], ['train', 'acc'], ['lr', 'adamw', 'pg1'])
    >>> words("ValLoss")
    ['val', 'loss']
    """
    found = [word for word in _SEPARATORS.split(text.lower()) if word]
    if _JOINED.keys().isdisjoint(found):
        return found
    return [part for word in found for part in _JOINED.get(word, (word,))]


_SCALES = ({"loss", "scale"}, {"grad", "scale"}, {"amp", "scale"}, {"scaler", "scale"}, {"cur", "scale"})


def is_loss_scale(tag: str) -> bool:
    """Whether a tag names the loss scale of mixed precision.

    >>> is_loss_scale("train/loss_scale"), is_loss_scale("train/loss")
    (True, False)
    """
    return any(wanted <= set(words(tag)) for wanted in _SCALES)


@lru_cache(maxsize=4096)  # asked for every column, of a thousand tables with the same ones
def is_loss_name(tag: str) -> bool:
    """Whether a tag, by its words alone, may be a loss of any split: what a reader needs to know of a column."""
    if not _LOSSY.search(tag):
        return False
    name = tag_name(tag)
    return name.words in LOSS_NAMES or is_other_loss(name)


def quantity(tag: str) -> tuple[Words, bool]:
    """What a tag counts, and whether for validation: `train/loss`, `Loss/train` and `loss` are one quantity.

    >>> quantity("Loss/val") == quantity("valid_loss") != quantity("loss")
    True
    """
    name = tag_name(tag)
    return name.words, name.split == "validation"


def is_metric_name(tag: str) -> bool:
    """Whether a tag, by its words alone, is a loss or another measure of how good a model is."""
    return is_loss_name(tag) or bool(METRIC_WORDS.intersection(words(tag)))


@lru_cache(maxsize=4096)
def is_of_validation(tag: str) -> bool:
    """Whether a tag, by its words, is of a split that is held out.

    >>> is_of_validation("val/loss"), is_of_validation("vloss"), is_of_validation("loss")
    (True, True, False)
    """
    return not VALIDATION_WORDS.keys().isdisjoint(words(tag))


@lru_cache(maxsize=4096)
def is_perplexity_name(tag: str) -> bool:
    """Whether a tag, by its words alone, is a perplexity: the exponential of a loss in nats.

    >>> is_perplexity_name("train/ppl"), is_perplexity_name("best_perplexity")
    (True, False)
    """
    return tag_name(tag).words in PERPLEXITY_NAMES


@lru_cache(maxsize=4096)  # asked for every column, of a thousand tables with the same ones
def is_lr_name(tag: str) -> bool:
    """Whether a tag, by its words alone, is a learning rate."""
    return bool(_RATED.search(tag)) and lr_rank(tag_name(tag)) is not None


def tag_name(tag: str, series: Series | None = None) -> TagName:
    """A tag taken apart, with how much was logged under it."""
    *directories, last = [words(ALIASES.get(part.strip().lower(), part)) for part in tag.split("/")]
    quantity, scope = [_SINGULAR.get(word, word) for word in last], []
    for directory in reversed(directories):
        plain = [_SINGULAR.get(word, word) for word in directory]
        if QUANTITY_WORDS.intersection(plain):
            quantity += plain
        else:
            scope += plain
    split, preference = "", 0
    for word in (word for part in (*directories, last) for word in part):
        if word in TRAIN_WORDS:
            split, preference = "train", 0
        elif word in VALIDATION_WORDS:
            split, preference = "validation", VALIDATION_WORDS[word]
    ignored = TRAIN_WORDS | VALIDATION_WORDS.keys() | INTERVAL_WORDS
    return TagName(
        tag=tag,
        points=0 if series is None else len(series),
        last_step=0.0 if series is None else float(series.step[-1]),
        words=frozenset(quantity) - ignored,
        scope=frozenset(scope) - ignored,
        split=split,
        preference=preference,
        interval=INTERVAL_WORDS.intersection(quantity),
    )


def is_other_loss(name: TagName) -> bool:
    """Whether a name ends in `loss` and has no word of what is none, without being a known one."""
    return any(map(_LOSS_WORD.search, name.words)) and not NO_LOSS_WORDS & name.words


def lr_rank(name: TagName) -> int | None:
    """0 for a bare name, 1 for one parameter group or optimizer, None for no LR."""
    last = (
        frozenset(_SINGULAR.get(word, word) for word in words(name.tag.rsplit("/", 1)[-1]))
        - TRAIN_WORDS
        - INTERVAL_WORDS
    )
    if name.words in LR_NAMES or last in LR_NAMES:
        return 0
    named = any(lr <= name.words for lr in LR_NAMES) or any(map(_LR_NUMBERED.match, name.words))
    return 1 if named and not NO_LR_WORDS & name.words else None
