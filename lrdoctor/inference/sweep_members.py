"""Which runs form a sweep: those that differ in learning rate alone, as far as their logs say.

Runs are compared by their settings.  Three kinds are left out of the comparison: the LR and what follows from it, what
does not change a training (names, paths, times, machines, seeds, descriptions), and what came of it (`final_metrics`,
`throughput`).  Most are told by their names; what no name tells is told by the values of several runs, of those that no
sweep holds yet (`values_compared`).  A log that names fewer than `MIN_SETTINGS` others could belong to anything, so
there its path and name have to be the same too, but for the LR and for counting (`seed1`, `run_07`) in them, unless the
user says that the runs are a sweep.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from lrdoctor.inference.values_compared import compared_by_value, name_pattern, setting_text
from lrdoctor.measurement.case import Case
from lrdoctor.records.run import HParam, Layered, Run
from lrdoctor.records.sweep import SAME_LR
from lrdoctor.vocabulary.lr_names import SCALING_WORDS
from lrdoctor.vocabulary.once import cached_by_mapping
from lrdoctor.vocabulary.result_keys import is_result, is_text
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
        ""
        " seed seeds hash uuid guid pid nodename platform slurm machine"
    )
)
# A name says what is trained where it is one of these things' and not the run's own.
_NAMED = frozenset(
    words(
        "model dataset data arch architecture optimizer optim task backbone encoder decoder tokenizer corpus env loss"
    )
)
_NAMES = frozenset({"name", "id"})
_SEEDS = frozenset({"seed", "seeds"})
_OWN = frozenset(
    words("run experiment exp output save checkpoint wandb project group hub log logger job file dir path")
)


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
    with_lr = [
        i
        for i, case in enumerate(cases)
        if case.setting.lr is not None and (case.curve is not None or case.quality.diverged)
    ]
    by_name = _alike(
        (i, (_fingerprint(cases[i].run.hparams)[1], *_frame(cases[i], assume_sweep=assume_sweep))) for i in with_lr
    )
    sweeps = [members for members in by_name if _count_lrs(cases, members) >= min_lrs]
    held = {i for members in sweeps for i in members}
    rest = [i for i in with_lr if i not in held]
    if _count_lrs(cases, rest) >= min_lrs:
        by_value = _alike(
            (i, (texts, *_frame(cases[i], assume_sweep=assume_sweep)))
            for i, texts in zip(rest, _by_value([cases[i] for i in rest]), strict=True)
        )
        sweeps += [members for members in by_value if _count_lrs(cases, members) >= min_lrs]
    return distinguish(cases, [group_of(cases, members) for members in sorted(sweeps)])


def _alike(keyed: Iterable[tuple[int, tuple[object, ...]]]) -> list[list[int]]:
    """Positions of equal keys, together."""
    found: dict[tuple[object, ...], list[int]] = {}
    for i, key in keyed:
        found.setdefault(key, []).append(i)
    return list(found.values())


def _by_value(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    """Of every run the settings that differ among them, as texts, with what the values themselves tell taken out."""
    settings = [case.run.hparams for case in cases]
    keys = [key for key in _varying(settings) if any(_counts(key, one.get(key)) for one in settings)]
    return compared_by_value(
        keys,
        [{key: one.get(key) for key in keys} for one in settings],
        [case.setting.lr or 0.0 for case in cases],
        [case.run.series for case in cases],
    )


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
    return one is not other and setting_text(one) != setting_text(other)


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
    return Group(tuple(ordered), title, _told_apart([cases[i] for i in ordered]))


def _told_apart(cases: Sequence[Case]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What differs among runs of known LR, without what the values tell to be no setting."""
    found = differences([case.run for case in cases])
    known = [case for case in cases if case.setting.lr is not None]
    keys = [key for key, _ in found]
    texts = compared_by_value(
        keys,
        [case.run.hparams for case in known],
        [case.setting.lr or 1.0 for case in known],
        [case.run.series for case in known],
    )
    alike = {key for key, *column in zip(keys, *texts, strict=True) if len(set(column)) == 1}
    return tuple((key, values) for key, values in found if key not in alike)


def differences(runs: Sequence[Run]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Settings other than the LR that differ among runs and could matter, with their values."""
    found = []
    for key in _varying([run.hparams for run in runs]):
        if _matters(key, _SEEDS) and not all(is_result(key, run.hparams.get(key)) for run in runs):
            seen = tuple(dict.fromkeys(setting_text(run.hparams.get(key)) for run in runs))
            if len(seen) > 1:
                found.append((key, seen))
    return tuple(found)


def _frame(case: Case, *, assume_sweep: bool) -> tuple[object, ...]:
    """What runs of one sweep have in common beside their settings."""
    run, lr = case.run, case.setting.lr
    place: tuple[str, ...] = ()
    if _fingerprint(run.hparams)[0] < MIN_SETTINGS and not assume_sweep:
        # The last part of a name is the run's own; what comes before it was put there to make names unique.
        parts = (*run.source.path.parts, run.name.rsplit("/", 1)[-1])
        place = tuple(name_pattern(part, lr) for part in parts)
    return (case.setting.optimizer, case.roles.loss, run.step_axis, *place)


@cached_by_mapping
def essential(hparams: Mapping[str, HParam]) -> Mapping[str, str]:
    """The settings that make a training what it is, the LR aside, as texts.

    >>> essential({"lr": 0.1, "min_lr": 0.01, "seed": 3, "name": "a", "width": 64, "opt/momentum": 0.9, "val_loss": 2})
    {'width': '64', 'opt/momentum': '0.9'}
    """
    return {key: setting_text(value) for key, value in hparams.items() if _counts(key, value)}


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
    if not _counts(key, value):
        return 0
    return int.from_bytes(sha256(f"{key}\0{setting_text(value)}".encode("utf-8", "surrogatepass")).digest(), "big")


def _counts(key: str, value: HParam) -> bool:
    """Whether a setting makes a training what it is."""
    return _matters(key) and not is_result(key, value)


@lru_cache(maxsize=CACHED_KEYS)
def _matters(key: str, but: frozenset[str] = frozenset()) -> bool:
    """Whether a name is neither about the LR nor incidental; one with a word of `but` is not incidental."""
    about = set(words(key))
    if SCALING_WORDS & about or {"learning", "rate"} <= about or is_text(key):
        return False
    leaf = set(words(key.replace(".", "/").rpartition("/")[2]))
    if but & about or (about & _NAMED and leaf & _NAMES and not about & _OWN):
        return True
    return not _INCIDENTAL & about
