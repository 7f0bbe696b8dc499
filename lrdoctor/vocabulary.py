"""Which series is the training loss, the validation loss, the LR, the gradient norm, the accuracy.

Names are compared as sets of words: case and `/ . - _ :` do not matter, so `Loss/train`, `train_loss` and `train.Loss`
are one name.  Words for the data split and for the logging interval are taken out first; what is left has to be a name
of the tables below.  What only looks alike (`loss_scale`, `best_val_loss`, `lr_scheduler_steps`) keeps a word too many.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from lrdoctor.errors import UsageError
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series

Words = frozenset[str]


def _table(*names: str) -> tuple[Words, ...]:
    return tuple(frozenset(name.split()) for name in names)


TRAIN_WORDS = frozenset({"train", "training", "trn", "tr", "minibatch"})
# The lowest is preferred: what people tune on comes before what they report at the end.
VALIDATION_WORDS = MappingProxyType(
    {"val": 0, "va": 0, "valid": 0, "validation": 0, "dev": 0, "eval": 1, "evaluation": 1, "test": 2, "testing": 2}
)
STEP_WORDS = frozenset({"step", "batch", "iter", "iteration"})
INTERVAL_WORDS = STEP_WORDS | {"epoch", "avg", "average", "mean", "running", "current", "cur", "reduced"}
_SEPARATORS = re.compile(r"[\W_]+")
_SINGULAR = MappingProxyType({"losses": "loss", "accuracies": "accuracy"})
# A directory with one of these says what its tags are: `Loss/train`, `lr/pg0`, `accuracy/top1`.
QUANTITY_WORDS = frozenset({"loss", "lr", "learning", "acc", "accuracy", "norm", "grad"})

# Totals only, the likeliest first.
LOSS_NAMES = _table(
    *("loss", "total loss", "objective", "cost", "lm loss", "crossentropyloss", "cross entropy loss"),
    *("crossentropy loss", "ce loss", "xent loss", "xent", "nll loss", "bce loss", "ctc loss", "mlm loss", "mse loss"),
    *("smoothed loss", "smooth loss", "ema loss", "loss vs iterations", "crossentropy", "cross entropy", "nll", "ce"),
    *("categorical crossentropy", "sparse categorical crossentropy", "binary crossentropy", "bce", "mse"),
)
# Some letters of each of them, of the aliases below, and of LRs: most names are turned down by these alone.
LOSS_LETTERS = ("loss", "objective", "cost", "entropy", "nll", "ce", "mse", "trl", "tel", "xent")
LR_LETTERS = ("lr", "rate")
_LOSSY, _RATED = (re.compile("|".join(letters), re.IGNORECASE) for letters in (LOSS_LETTERS, LR_LETTERS))
# llm.c; Megatron's validation line.
ALIASES = MappingProxyType({"trl": "train loss", "tel": "val loss", "lm loss value": "val lm loss"})
# A loss with such a word is none, or a part that cannot stand for the whole.
(NO_LOSS_WORDS,) = _table(
    "scale scaler std stddev var variance min max best final weight weights coef coefficient lambda factor ratio grad"
    " gradient norm delta change diff time count num reg regularization regularisation regularizer l2 wd decay penalty"
    " kl aux auxiliary lr rate perplexity ppl box bbox cls obj dfl mask rpn classifier classification objectness giou"
    " iou localization pose kobj policy value actor critic entropy packet packets"
)

# Of measures that stand beside a loss in a log: what a table without a step column must hold to be one.
(METRIC_WORDS,) = _table(
    "acc accuracy norm gnorm f1 auc ppl perplexity top1 top5 precision recall error mae mse rmse mape iou dice bleu wer"
    " cer psnr ssim r2 score map reward return"
)

# Reinforcement learning (SB3, baselines, cleanRL, RLlib): what an episode earned, and a policy's objective.
(EPISODES,) = _table("ep episode episodes episodic rollout eprewmean")
(EARNED,) = _table("rew reward rewards return returns rewmean eprewmean")
POLICY_LOSSES = _table("policy gradient loss", "policy loss", "loss policy gradient loss", "pg loss", "actor loss")

LR_NAMES = _table("lr", "learning rate", "learningrate")
(NO_LR_WORDS,) = _table(
    "scheduler schedule decay steps min max momentum warmup ratio scale factor mult multiplier gamma finder patience"
    " end final loss weight"
)
_LR_NUMBERED = re.compile(r"(?:lr|learningrate)\d+$")
# YOLO's bias group starts its warm-up at 0.1 and falls: neither the peak nor the schedule of the rest.
BIAS_GROUPS = frozenset({"lr/pg0", "x/lr2"})

GRAD_NORM_NAMES = _table(
    *("grad norm", "gradnorm", "gradient norm", "gnorm", "global grad norm", "grad norm total"),
    *("grad 2 0 norm total", "grad 2 norm total", "global norm", "total norm", "norm"),
)
ACCURACY_NAMES = _table(
    *("accuracy", "acc", "categorical accuracy", "sparse categorical accuracy", "binary accuracy", "top1", "acc1"),
    *("acc 1", "top 1", "top1 acc", "top1 accuracy", "top 1 accuracy", "top 1 acc", "prec1", "prec 1"),
    *("multiclassaccuracy", "token accuracy", "masked accuracy"),
)


@dataclass(frozen=True)
class _Name:
    """A tag taken apart, with how many points were logged under it and up to which step."""

    tag: str
    points: int
    reach: float
    words: Words  # for the quantity
    place: Words  # of directories that name neither quantity nor split: `generator` in `train/generator/loss`
    split: str  # "train", "validation", or "" where the name does not say
    preference: int  # among validation splits
    interval: Words


_Ranked = list[tuple[tuple[int, ...], _Name]]
_Pick = tuple[str | None, str]


def words(text: str) -> list[str]:
    """The words of a tag in lower case.

    >>> words("Loss/train"), words("Train Acc."), words("lr-AdamW/pg1")
    (['loss', 'train'], ['train', 'acc'], ['lr', 'adamw', 'pg1'])
    """
    return [word for word in _SEPARATORS.split(text.lower()) if word]


def assign_roles(run: Run, *, loss: str | None = None, lr: str | None = None, val: str | None = None) -> Roles:
    """Which series plays which part; `loss`, `lr` and `val` name series and override the rules.

    Raises:
        UsageError: the run has no series of a name given; the message lists the nearest.
    """
    longest = max(map(len, run.series.values()), default=0)
    # One point beside a curve is a summary: Hugging Face ends with the mean over the run as `train_loss`.
    names = [_name(tag, series) for tag, series in run.series.items() if len(series) > (longest > 2)]
    picked: dict[str, str | None] = {}
    why: dict[str, str] = {}

    def fill(part: str, rule: Callable[[], _Pick], wanted: str | None = None, flag: str = "") -> None:
        picked[part], reason = rule() if wanted is None else (find_series(run, wanted), flag)
        if reason:
            why[part] = reason

    fill("loss", lambda: _training_loss(names), loss, "--loss")
    fill("val_loss", lambda: _validation_loss(names, picked["loss"]), val, "--val")
    fill("lr", lambda: _learning_rate(run, names), lr, "--lr")
    fill("grad_norm", lambda: _first(_ranked(_of(names, "train"), GRAD_NORM_NAMES)))
    fill("accuracy", lambda: _first(_ranked(_of(names, "train"), ACCURACY_NAMES)))
    fill("val_accuracy", lambda: _first(_ranked(_of(names, "validation"), ACCURACY_NAMES)))
    return Roles(**picked, why=MappingProxyType(why))


def find_series(run: Run, wanted: str) -> str:
    """The tag a user means by `wanted`: spelled exactly, or but for case and separators; else `UsageError`."""
    if wanted in run.series:
        return wanted
    alike = [tag for tag in run.series if words(tag) == words(wanted)]
    if len(alike) == 1:
        return alike[0]
    near = alike or get_close_matches(wanted, list(run.series), n=5, cutoff=0.4) or sorted(run.series)[:5]
    raise UsageError(f"{run.name} has no series {wanted!r}: the nearest are {', '.join(near) or 'none'}")


@lru_cache(maxsize=4096)  # asked for every column, of a thousand tables with the same ones
def is_loss_name(tag: str) -> bool:
    """Whether a tag, by its words alone, may be a loss of any split: what a reader needs to know of a column."""
    if not _LOSSY.search(tag):
        return False
    name = _name(tag)
    return name.words in LOSS_NAMES or _is_other_loss(name)


def quantity(tag: str) -> tuple[Words, bool]:
    """What a tag counts, and whether for validation: `train/loss`, `Loss/train` and `loss` are one quantity.

    >>> quantity("Loss/val") == quantity("valid_loss") != quantity("loss")
    True
    """
    name = _name(tag)
    return name.words, name.split == "validation"


def is_reinforcement(run: Run) -> bool:
    """Whether the run is one of reinforcement learning: it logs what episodes earned, or a policy's loss."""
    counted = EPISODES if EPISODES & set(words(run.step_axis)) else frozenset()
    for tag in run.series:
        found = frozenset(words(tag)) | counted
        if (found & EPISODES and found & EARNED) or frozenset(words(tag.rpartition("/")[2])) in POLICY_LOSSES:
            return True
    return False


def is_group_relative(run: Run) -> bool:
    """Whether the run is one of GRPO or its kin (RLOO, DAPO): rewards of sampled completions beside the loss."""
    leaves = {tag.rpartition("/")[2] for tag in run.series}
    sampled = any("completion" in tag for tag in run.series)
    return sampled and any(leaf == "reward" or leaf == "reward_std" for leaf in leaves)


def is_metric_name(tag: str) -> bool:
    """Whether a tag, by its words alone, is a loss or another measure of how good a model is."""
    return is_loss_name(tag) or bool(METRIC_WORDS.intersection(words(tag)))


@lru_cache(maxsize=4096)  # asked for every column, of a thousand tables with the same ones
def is_lr_name(tag: str) -> bool:
    """Whether a tag, by its words alone, is a learning rate."""
    return bool(_RATED.search(tag)) and _lr_rank(_name(tag)) is not None


def _name(tag: str, series: Series | None = None) -> _Name:
    *directories, last = [words(ALIASES.get(part.strip().lower(), part)) for part in tag.split("/")]
    quantity, place = [_SINGULAR.get(word, word) for word in last], []
    for directory in reversed(directories):
        plain = [_SINGULAR.get(word, word) for word in directory]
        if QUANTITY_WORDS.intersection(plain):
            quantity += plain
        else:
            place += plain
    split, preference = "", 0
    for word in (word for part in (*directories, last) for word in part):
        if word in TRAIN_WORDS:
            split, preference = "train", 0
        elif word in VALIDATION_WORDS:
            split, preference = "validation", VALIDATION_WORDS[word]
    dull = TRAIN_WORDS | VALIDATION_WORDS.keys() | INTERVAL_WORDS
    return _Name(
        tag=tag,
        points=0 if series is None else len(series),
        reach=0.0 if series is None else float(series.step[-1]),
        words=frozenset(quantity) - dull,
        place=frozenset(place) - dull,
        split=split,
        preference=preference,
        interval=INTERVAL_WORDS.intersection(quantity),
    )


def _of(names: Sequence[_Name], split: str) -> list[_Name]:
    return [name for name in names if (name.split == "validation") == (split == "validation")]


def _ranked(names: Sequence[_Name], table: Sequence[Words]) -> _Ranked:
    """The names in `table`, best first, each with the key it was sorted by."""
    known = [name for name in names if name.words in table]
    most = {name.words: name.points for name in sorted(known, key=lambda name: name.points)}
    furthest = max((name.reach for name in known), default=0.0)

    def key(name: _Name) -> tuple[int, ...]:
        return (
            name.preference,
            int(name.reach < 0.5 * furthest),  # AlgoPerf logs the loss of the first hundred steps only
            table.index(name.words),
            # The denser curve shows more: a loss each step before its epoch mean, unless epochs outnumber the log.
            int(name.points < 0.9 * most[name.words]),
            int(not name.split),
            len(name.place),
            int(not STEP_WORDS & name.interval),
        )

    return sorted(((key(name), name) for name in known), key=lambda pair: pair[0])


def _first(ranked: _Ranked) -> _Pick:
    return (ranked[0][1].tag, "name") if ranked else (None, "")


def _training_loss(names: Sequence[_Name]) -> _Pick:
    train = _of(names, "train")
    ranked = _ranked(train, LOSS_NAMES)
    if ranked:
        key, best = ranked[0]
        rivals = [name.tag for other, name in ranked if other == key and name.place != best.place]
        if rivals:
            return None, f"several losses of equal claim ({_listed([best.tag, *rivals])})"
        return best.tag, "name"
    others = [name.tag for name in train if _is_other_loss(name)]
    if len(others) == 1:
        return others[0], "the only series named like a loss"
    if others:
        return None, f"several losses and no total ({_listed(others)})"
    parts = [name.tag for name in train if "loss" in name.words]
    if parts:
        return None, f"only parts or look-alikes of a loss ({_listed(parts)})"
    validation = [name.tag for name in _of(names, "validation") if name.words in LOSS_NAMES]
    return None, f"only a validation loss ({_listed(validation)})" if validation else ""


def _validation_loss(names: Sequence[_Name], training: str | None) -> _Pick:
    validation = [name for name in _of(names, "validation") if name.tag != training]
    ranked = _ranked(validation, LOSS_NAMES)
    if training is not None:
        pair = _name(training)
        # The same quantity at the same interval first: Keras logs one validation loss by epoch and one by iteration.
        ranked.sort(key=lambda item: (item[1].words != pair.words, item[0][0], item[1].interval != pair.interval))
    if ranked:
        return _first(ranked)
    others = [name.tag for name in validation if _is_other_loss(name)]
    if others:
        return others[0], "name" if len(others) == 1 else f"the first of {_listed(others)}"
    return None, ""


def _is_other_loss(name: _Name) -> bool:
    return any(word.endswith("loss") for word in name.words) and not NO_LOSS_WORDS & name.words


def _lr_rank(name: _Name) -> int | None:
    """0 for a bare name, 1 for one parameter group or optimizer, None for no LR."""
    last = frozenset(words(name.tag.rsplit("/", 1)[-1])) - TRAIN_WORDS - INTERVAL_WORDS
    if name.words in LR_NAMES or last in LR_NAMES:
        return 0
    named = any(lr <= name.words for lr in LR_NAMES) or any(map(_LR_NUMBERED.match, name.words))
    return 1 if named and not NO_LR_WORDS & name.words else None


def _learning_rate(run: Run, names: Sequence[_Name]) -> _Pick:
    """The bare LR, else the parameter group with the highest peak, YOLO's bias group aside."""
    candidates = []
    for name in _of(names, "train"):
        value, rank = run.series[name.tag].value, _lr_rank(name)
        usable = value[np.isfinite(value) & (value > 0)]
        if rank is not None and len(usable):
            candidates.append((rank, name.tag.strip().lower() in BIAS_GROUPS, -float(usable.max()), name.tag))
    if not candidates:
        return None, ""
    rank, *_, tag = min(candidates, key=lambda candidate: candidate[:3])  # of equal ones the first logged
    groups = sum(candidate[0] == rank for candidate in candidates)
    return tag, "name" if rank == 0 or groups == 1 else f"the highest peak of {groups} parameter groups"


def _listed(tags: Sequence[str]) -> str:
    return ", ".join(tags[:6]) + (f", and {len(tags) - 6} more" if len(tags) > 6 else "")
