"""Which runs form a sweep: those that differ in learning rate alone, as far as their logs say.

Runs are compared by their settings.  Two kinds are left out of the comparison: the LR and what follows from it, and
what does not change a training (names, paths, times, machines, seeds).  A log that names fewer than `ENOUGH` other
settings could belong to anything, so there the run's name and folder have to be the same too, but for the LR in them.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.diagnosis import SAME_LR
from lrdoctor.findings import Case
from lrdoctor.run import HParam, Run
from lrdoctor.vocabulary import words

ENOUGH = 3

# A setting with such a word is the LR or scales with it.
_OF_LR = frozenset({"lr", "lrs", "learningrate", "lr0", "lrf", "eta"})
# A setting with such a word does not change what is trained.
_INCIDENTAL = frozenset(
    words(
        "name names id ids dir dirs path paths file files folder output logdir log logging logger report time date"
        " timestamp host hostname user device devices gpu gpus cuda version notes tags group project entity job run"
        " experiment checkpoint checkpoints resume save saving wandb verbose progress workers debug url sha commit git"
        " seed seeds"
    )
)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Group:
    """Runs of one sweep.

    Args:
        members: positions among the runs given, ascending in LR, then in the order given.
        title: what the runs share, in a few words: `Adam, batch size 64`.
        differs: other settings that differ among them, such as the seed, with their values.
    """

    members: tuple[int, ...]
    title: str
    differs: tuple[tuple[str, tuple[str, ...]], ...]


def groups(cases: Sequence[Case], fewest: int = 3) -> list[Group]:
    """The sweeps among examined runs: at least `fewest` different LRs each, in the order of their first runs."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for i, case in enumerate(cases):
        if case.setting.lr is not None and case.trace is not None:
            alike.setdefault(_kind(case), []).append(i)
    found = [members for members in alike.values() if different([cases[i].setting.lr for i in members]) >= fewest]
    return [group(cases, members) for members in found]


def different(lrs: Iterable[float | None]) -> int:
    """How many different LRs there are; one that was logged in single precision is the same.

    >>> different([0.05, 0.05000000074505806, 0.1, None])
    2
    """
    logs = sorted(math.log10(lr) for lr in lrs if lr is not None)
    return sum(k == 0 or log - logs[k - 1] > SAME_LR for k, log in enumerate(logs))


def group(cases: Sequence[Case], members: Sequence[int]) -> Group:
    """The sweep of the runs at `members`."""
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
    for key in sorted({key for run in runs for key in run.hparams}):
        seen = list(dict.fromkeys(_text(run.hparams.get(key)) for run in runs))
        about = set(words(key))
        incidental = _INCIDENTAL & about and not {"seed", "seeds"} & about
        if len(seen) > 1 and not (_OF_LR & about or _about_lr(key) or incidental):
            found.append((key, tuple(seen)))
    return tuple(found)


def _kind(case: Case) -> tuple[object, ...]:
    """What runs of one sweep have in common; equal for two runs that could be of one."""
    run = case.run
    settings = essential(run.hparams)
    place: tuple[str, ...] = ()
    if len(settings) < ENOUGH:
        where = run.source.path.parent
        place = (_without_lr(run.name, case.setting.lr), _without_lr(where.name, case.setting.lr), str(where.parent))
    return (*sorted(settings.items()), case.setting.optimizer, case.roles.loss, run.step_axis, *place)


def essential(hparams: Mapping[str, HParam]) -> dict[str, str]:
    """The settings that make a training what it is, the LR aside, as texts.

    >>> essential({"lr": 0.1, "min_lr": 0.01, "seed": 3, "run_name": "a", "width": 64, "opt/momentum": 0.9})
    {'width': '64', 'opt/momentum': '0.9'}
    """
    return {
        key: _text(value)
        for key, value in hparams.items()
        if not (_OF_LR | _INCIDENTAL) & set(words(key)) and not _about_lr(key)
    }


def _about_lr(key: str) -> bool:
    found = set(words(key))
    return {"learning", "rate"} <= found


def _text(value: HParam) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    return f"{value:g}"


def _without_lr(name: str, lr: float | None) -> str:
    """A run's or a folder's name with the number that is its LR taken out, so that the names of a sweep are alike.

    >>> _without_lr("adam_lr1e-3_big", 0.001), _without_lr("run12", 0.1)
    ('adam_lr*_big', 'run12')
    """

    def starred(found: re.Match[str]) -> str:
        value = float(found[0])
        return "*" if lr is not None and abs(value - lr) <= 0.01 * lr else found[0]

    return _NUMBER.sub(starred, name)
