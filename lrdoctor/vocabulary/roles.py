"""Which series of a run is the loss, the LR, the validation loss: by name, then by what is asked for."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np

from lrdoctor.errors import UsageError
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run
from lrdoctor.vocabulary.scores import SCORE_NAMES, accuracies_among
from lrdoctor.vocabulary.tags import (
    ACCURACY_NAMES,
    BIAS_GROUPS,
    GRAD_NORM_NAMES,
    LOSS_NAMES,
    STEP_WORDS,
    TOTAL_NAMES,
    TagName,
    Words,
    is_other_loss,
    lr_rank,
    tag_name,
    words,
)

_Ranked = list[tuple[tuple[int, ...], TagName]]
_Pick = tuple[str | None, str]


def assign_roles(run: Run, *, loss: str | None = None, lr: str | None = None, val: str | None = None) -> Roles:
    """Which series plays which part; `loss`, `lr` and `val` name series and override the rules.

    Raises:
        UsageError: the run has no series of a name given; the message lists the nearest.
    """
    # One point beside a curve is a summary: Hugging Face ends with the mean over the run as `train_loss`.
    fewest_points = 2 if any(len(series) > 2 for series in run.series.values()) else 1
    names = [tag_name(tag, series) for tag, series in run.series.items() if len(series) >= fewest_points]
    picked: dict[str, str | None] = {}
    why: dict[str, str] = {}

    def fill(part: str, rule: Callable[[], _Pick], wanted: str | None = None, flag: str = "") -> None:
        picked[part], reason = rule() if wanted is None else (find_series(run, wanted), flag)
        if reason:
            why[part] = reason

    fill("loss", lambda: _training_loss(names), loss, "--loss")
    fill("val_loss", lambda: _validation_loss(names, picked["loss"]), val, "--val")
    fill("lr", lambda: _learning_rate(run, names), lr, "--lr")
    fill("grad_norm", lambda: _first(_ranked(_of_split(names, "train"), GRAD_NORM_NAMES)))
    fill("accuracy", lambda: _accuracy(run, _of_split(names, "train"), picked["loss"]))
    fill("val_accuracy", lambda: _accuracy(run, _of_split(names, "validation"), picked["loss"]))
    return Roles(**picked, why=MappingProxyType(why))


def find_series(run: Run, wanted: str) -> str:
    """The tag a user means by `wanted`: spelled exactly, or but for case and separators.

    Raises:
        UsageError: there is none, or several; the message lists the nearest.
    """
    if wanted in run.series:
        return wanted
    alike = [tag for tag in run.series if words(tag) == words(wanted)]
    if len(alike) == 1:
        return alike[0]
    near = alike or get_close_matches(wanted, list(run.series), n=5, cutoff=0.4) or sorted(run.series)[:5]
    raise UsageError(f"{run.name} has no series {wanted!r}: the nearest are {', '.join(near) or 'none'}")


def _of_split(names: Sequence[TagName], split: str) -> list[TagName]:
    return [name for name in names if (name.split == "validation") == (split == "validation")]


def _ranked(names: Sequence[TagName], table: Sequence[Words]) -> _Ranked:
    """The names in `table`, best first, each with the key it was sorted by."""
    known = [name for name in names if name.words in table]
    most = {name.words: name.points for name in sorted(known, key=lambda name: name.points)}
    furthest = max((name.last_step for name in known), default=0.0)

    def key(name: TagName) -> tuple[int, ...]:
        return (
            name.preference,
            int(name.last_step < 0.5 * furthest),  # AlgoPerf logs the loss of the first hundred steps only
            table.index(name.words),
            # The denser curve shows more: a loss each step before its epoch mean, unless epochs outnumber the log.
            int(name.points < 0.9 * most[name.words]),
            int(not name.split),
            len(name.scope),
            int(not STEP_WORDS & name.interval),
        )

    return sorted(((key(name), name) for name in known), key=lambda pair: pair[0])


def _first(ranked: _Ranked) -> _Pick:
    return (ranked[0][1].tag, "name") if ranked else (None, "")


def _accuracy(run: Run, names: Sequence[TagName], loss: str | None) -> _Pick:
    """The accuracy by its name, else a score that is one."""
    named = _first(_ranked(names, ACCURACY_NAMES))
    if named[0] is not None:
        return named
    tag, _ = _first(_ranked(accuracies_among(run, names, loss), SCORE_NAMES))
    return (tag, "a score that is an accuracy") if tag is not None else (None, "")


def _training_loss(names: Sequence[TagName]) -> _Pick:
    train = _of_split(names, "train")
    ranked = _ranked(train, LOSS_NAMES)
    if ranked:
        key, best = ranked[0]
        rivals = [name.tag for other, name in ranked if other == key and name.scope != best.scope]
        if rivals:
            return None, f"several losses of equal claim ({_listed([best.tag, *rivals])})"
        return best.tag, "name"
    others = [name.tag for name in train if is_other_loss(name)]
    if len(others) == 1:
        return others[0], "the only series named like a loss"
    totals = [name.tag for name in train if name.words in TOTAL_NAMES]
    if others and len(totals) == 1:
        return totals[0], f"the total beside {_listed(others)}"
    if others:
        return None, f"several losses and no total ({_listed(others)})"
    parts = [name.tag for name in train if "loss" in name.words]
    if parts:
        return None, f"only parts or look-alikes of a loss ({_listed(parts)})"
    validation = [name.tag for name in _of_split(names, "validation") if name.words in LOSS_NAMES]
    return None, f"only a validation loss ({_listed(validation)})" if validation else ""


def _validation_loss(names: Sequence[TagName], training: str | None) -> _Pick:
    validation = [name for name in _of_split(names, "validation") if name.tag != training]
    ranked = _ranked(validation, LOSS_NAMES)
    if training is not None:
        pair = tag_name(training)
        # The same quantity at the same interval first: Keras logs one validation loss by epoch and one by iteration.
        ranked.sort(key=lambda item: (item[1].words != pair.words, item[0][0], item[1].interval != pair.interval))
    if ranked:
        return _first(ranked)
    others = [name.tag for name in validation if is_other_loss(name)]
    if others:
        return others[0], "name" if len(others) == 1 else f"the first of {_listed(others)}"
    return None, ""


def _learning_rate(run: Run, names: Sequence[TagName]) -> _Pick:
    """The bare LR, else the parameter group with the highest peak, YOLO's bias group aside."""
    candidates = []
    for name in _of_split(names, "train"):
        value, rank = run.series[name.tag].value, lr_rank(name)
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
