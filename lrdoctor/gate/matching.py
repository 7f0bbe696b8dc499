"""Which run of now is which of before: each stands for one at most, so that a new run never hides behind an old one."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from lrdoctor.gate.before import Before

Key = Callable[[Before], Hashable | None]


def matched(now: Sequence[Before], then: Sequence[Before]) -> dict[int, Before]:
    """By position in `now`, the same run in `then`, where there is one.

    A run is known by its path and name, by the content of its files, by its path where it is the only run there, by
    its settings; each of these only where it belongs to one run of now and one of then.  Runs whose logs are there
    (the user named them to compare with) are known by their names too, and the only one of them stands for every run.
    """
    if len(then) == 1 and then[0].diagnosis is not None:
        return dict.fromkeys(range(len(now)), then[0])
    keys: list[Key] = [_path_and_name, _content_and_name, _content, _path, _settings]
    if all(one.diagnosis is not None for one in then):
        keys.append(_name)
    pairs: dict[int, int] = {}
    for key in keys:
        here, there = _by_key(now, key), _by_key(then, key)
        taken = set(pairs.values())
        pairs |= {i: there[k] for k, i in here.items() if i not in pairs and k in there and there[k] not in taken}
    return {i: then[j] for i, j in pairs.items()}


def _by_key(runs: Sequence[Before], key: Key) -> dict[Hashable, int]:
    """The runs by what only one of them has."""
    keys = [key(one) for one in runs]
    counts = Counter(keys)
    return {k: i for i, k in enumerate(keys) if k is not None and counts[k] == 1}


def _path_and_name(one: Before) -> Hashable:
    return one.path, one.name


def _content_and_name(one: Before) -> Hashable | None:
    return (one.digests, one.name) if one.digests else None


def _content(one: Before) -> Hashable | None:
    return one.digests or None


def _path(one: Before) -> Hashable:
    return one.path


def _settings(one: Before) -> Hashable | None:
    return (one.settings, one.lr and float(f"{one.lr:.6g}")) if one.settings else None


def _name(one: Before) -> Hashable:
    return one.name
