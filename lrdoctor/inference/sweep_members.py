"""Which runs form a sweep: those that differ in learning rate alone, as far as their logs say.

Runs are compared by their settings.  Two kinds are left out of the comparison: the LR and what follows from it, and
what does not change a training (names, paths, times, machines, seeds).  A log that names fewer than
`MIN_SETTINGS` others could belong to anything, so there its path and name have to be the same too, but for the LR and
for counting (`seed1`, `run_07`) in them, unless the user says that the runs are a sweep.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from lrdoctor.measurement.case import Case
from lrdoctor.records.run import HParam, Layered, Run
from lrdoctor.records.sweep import SAME_LR
from lrdoctor.vocabulary.lr_names import SCALING_WORDS
from lrdoctor.vocabulary.once import cached_by_mapping
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS
from lrdoctor.vocabulary.tags import words

MIN_SETTINGS = 3  # beside the LR
MAX_DISTINGUISHING = 2  # settings that distinguish sweeps, where one is enough most often

# A setting with such a word does not change what is trained.
_INCIDENTAL = frozenset(
    words(
        "name names id ids dir dirs path paths file files folder output logdir log logging logger report time date"
        " timestamp host hostname user device devices gpu gpus cuda version notes tags group project entity job run"
        " experiment checkpoint checkpoints resume save saving wandb verbose progress workers debug url sha commit git"
        " seed seeds"
    )
)
_COUNTED = re.compile(r"((?:^|(?<=[^a-z]))(?:seed|s|run|trial|version|rep|exp|job)[-_=]?)\d+(?![\d.])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Group:
    """Runs of one sweep.

    Args:
        members: positions among the runs given, ascending in LR, then in the order given.
        title: what the runs share, in a few words: `Adam, batch size 64`.
        differs: other settings that differ among them, such as the seed, with their values.
        apart: settings that distinguish it from other sweeps of the same title, with its values.
    """

    members: tuple[int, ...]
    title: str
    differs: tuple[tuple[str, tuple[str, ...]], ...]
    apart: tuple[tuple[str, str], ...] = ()


def find_groups(cases: Sequence[Case], min_lrs: int = 3, *, assume_sweep: bool = False) -> list[Group]:
    """The sweeps among examined runs, in the order of their first runs.

    Args:
        cases: the runs; those without an LR, or without a curve though they did not diverge, take no part.
        min_lrs: different LRs that a sweep must have.
        assume_sweep: the user says that they are sweeps, so runs need not be called alike.
    """
    by_key: dict[tuple[object, ...], list[int]] = {}
    for i, case in enumerate(cases):
        if case.setting.lr is not None and (case.curve is not None or case.quality.diverged):
            by_key.setdefault(_sweep_key(case, assume_sweep=assume_sweep), []).append(i)
    found = [group_of(cases, members) for members in by_key.values() if _count_lrs(cases, members) >= min_lrs]
    return distinguish(cases, found)


def _count_lrs(cases: Sequence[Case], members: Sequence[int]) -> int:
    return count_different(cases[i].setting.lr for i in members)


def distinguish(cases: Sequence[Case], found: Sequence[Group]) -> list[Group]:
    """The groups; those of one title with what distinguishes them: settings that differ, else their folders."""
    titled: dict[str, list[int]] = {}
    for place, one in enumerate(found):
        titled.setdefault(one.title, []).append(place)
    named = list(found)
    for places in titled.values():
        if len(places) == 1:
            continue
        runs = [cases[found[place].members[0]].run for place in places]
        settings = [essential(run.hparams) for run in runs]
        varying = _varying(settings)
        for place, run, mine in zip(places, runs, settings, strict=True):
            keys = [key for key in varying if key in mine][:MAX_DISTINGUISHING]
            folder = run.source.path.parent.name
            apart = tuple((key, mine[key]) for key in keys) or (("in", folder),)
            named[place] = replace(found[place], apart=apart)
    return named


def _varying(settings: Sequence[Mapping[str, HParam]]) -> list[str]:
    """The keys, sorted, whose values do not read the same everywhere; an absent one reads `None`."""
    distinct = list({id(one): one for one in settings}.values())
    laid_over = [one for one in distinct if isinstance(one, Layered)]
    bases = {id(one.base if isinstance(one, Layered) else one) for one in distinct}
    # Over one base only what is laid over it can differ.
    sources: Sequence[Mapping[str, HParam]] = distinct if len(bases) > 1 else [one.own for one in laid_over]
    keys = dict.fromkeys(key for one in sources for key in one) if len(distinct) > 1 else {}
    first = distinct[0] if distinct else {}
    return sorted(key for key in keys if any(_differ(one.get(key), first.get(key)) for one in distinct))


def _differ(one: HParam, other: HParam) -> bool:
    return one is not other and _text(one) != _text(other)


def count_different(lrs: Iterable[float | None]) -> int:
    """How many different LRs there are, None aside; one that was logged in single precision is the same.

    >>> count_different([0.05, 0.05000000074505806, 0.1, None])
    2
    """
    logs = sorted(math.log10(lr) for lr in lrs if lr is not None)
    return sum(k == 0 or log - logs[k - 1] > SAME_LR for k, log in enumerate(logs))


def group_of(cases: Sequence[Case], members: Sequence[int]) -> Group:
    """The sweep of the runs at the positions `members`, which is not empty."""
    ordered = sorted(members, key=lambda i: (cases[i].setting.lr or 0.0, i))
    first = cases[ordered[0]]
    parts = [first.setting.optimizer or ""] if len({cases[i].setting.optimizer for i in members}) == 1 else []
    if first.setting.batch_size and len({cases[i].setting.batch_size for i in members}) == 1:
        parts.append(f"batch size {first.setting.batch_size:g}")
    title = ", ".join(part for part in parts if part)
    return Group(tuple(ordered), title, differences([cases[i].run for i in ordered]))


def differences(runs: Sequence[Run]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Settings other than the LR that differ among runs and could matter, with their values."""
    found = []
    for key in _varying([run.hparams for run in runs]):
        if _matters(key, but=frozenset({"seed", "seeds"})):
            seen = tuple(dict.fromkeys(_text(run.hparams.get(key)) for run in runs))
            if len(seen) > 1:
                found.append((key, seen))
    return tuple(found)


def _sweep_key(case: Case, *, assume_sweep: bool) -> tuple[object, ...]:
    """What runs of one sweep have in common; equal for two runs that could be of one."""
    run, lr = case.run, case.setting.lr
    count, settings = _fingerprint(run.hparams)
    place: tuple[str, ...] = ()
    if count < MIN_SETTINGS and not assume_sweep:
        # The last part of a name is the run's own; what comes before it was put there to make names unique.
        parts = (*run.source.path.parts, run.name.rsplit("/", 1)[-1])
        place = tuple(name_pattern(part, lr) for part in parts)
    return (settings, case.setting.optimizer, case.roles.loss, run.step_axis, *place)


@cached_by_mapping
def essential(hparams: Mapping[str, HParam]) -> Mapping[str, str]:
    """The settings that make a training what it is, the LR aside, as texts.

    >>> essential({"lr": 0.1, "min_lr": 0.01, "seed": 3, "run_name": "a", "width": 64, "opt/momentum": 0.9})
    {'width': '64', 'opt/momentum': '0.9'}
    """
    return {key: _text(value) for key, value in hparams.items() if _matters(key)}


@cached_by_mapping
def _fingerprint(hparams: Mapping[str, HParam]) -> tuple[int, int]:
    """How many essential settings there are, and what is equal for equal ones alone: a sum, whatever their order."""
    if isinstance(hparams, Layered):
        count, total = _fingerprint(hparams.base)
        hidden = [_weight(key, hparams.base[key]) for key in hparams.own if key in hparams.base]
        added = [_weight(key, value) for key, value in hparams.own.items()]
    else:
        count, total, hidden, added = 0, 0, [], [_weight(key, value) for key, value in hparams.items()]
    count += sum(map(bool, added)) - sum(map(bool, hidden))
    return count, (total + sum(added) - sum(hidden)) % 2**256


def _weight(key: str, value: HParam) -> int:
    """A number for an essential setting, as good as one of its own; 0 for any other."""
    if not _matters(key):
        return 0
    return int.from_bytes(sha256(f"{key}\0{_text(value)}".encode("utf-8", "surrogatepass")).digest(), "big")


@lru_cache(maxsize=CACHED_KEYS)
def _matters(key: str, but: frozenset[str] = frozenset()) -> bool:
    """Whether a setting is neither about the LR nor incidental; a name with one of `but` is not incidental."""
    about = set(words(key))
    return not (SCALING_WORDS & about or {"learning", "rate"} <= about or (_INCIDENTAL & about and not but & about))


def _text(value: HParam) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    return f"{value:g}"


def name_pattern(name: str, lr: float | None) -> str:
    """A name with the number that is its LR, and numbers that only count, taken out: the same all over a sweep.

    >>> name_pattern("adam_lr1e-3_big", 0.001), name_pattern("lr0.01_s2", 0.01)
    ('adam_lr*_big', 'lr*_s*')
    >>> name_pattern("run_07", 0.1), name_pattern("layers12", 0.1)
    ('run_*', 'layers12')
    """

    def starred(found: re.Match[str]) -> str:
        return "*" if lr is not None and abs(float(found[0]) - lr) <= 0.01 * lr else found[0]

    return _COUNTED.sub(r"\1*", _NUMBER.sub(starred, name))
