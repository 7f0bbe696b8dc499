"""Which curves may be one, found by their values at a few points: in near linear time, not by looking at every pair.

Of each curve some points are drawn; where another has a point at the same place with the same value, that counts for
the two.  What is found is to be looked at closely: nothing that passes `duplicates.same_training` is missed but by
chance, and curves of different lengths whose steps are off by as much, unless a third one tells of both.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrdoctor.records.run import Floats

DRAWN = 24  # points of a curve: of two that agree in 45 %, fewer than three are drawn together once in 10,000 times
COMMON = 32  # curves with one value at one place: with more, the place says little
SHARE = 8  # one drawn point in so many must agree, where agreement is allowed to be partial
CLOSEST = 32  # curves that are looked at closely for one
GOLDEN = (5**0.5 - 1) / 2  # multiples of it spread evenly and beat with no stride

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd: multiplying by it is a bijection
_BITS = 22  # of the table that says which places were drawn; others are dropped before anything is sorted


@dataclass(frozen=True, eq=False)
class Curve:
    """Values at places; only curves of one key are compared.

    Args:
        owner: the position of the run that it belongs to.
        key: what is counted, and how places are.
        place, value: shape (n,).
    """

    owner: int
    key: Hashable
    place: Floats
    value: Floats


def pairs(asking: Sequence[Curve], among: Sequence[Curve], relative: float, absolute: float) -> set[tuple[int, int]]:
    """Owners of curves of `asking` with those of `among` that may be the same one.

    Args:
        asking: curves that are drawn from: of two, the one with fewer points finds the other.
        among: curves that are looked through.
        relative, absolute: differences allowed; without any, all the drawn points have to agree.
    """
    keys: dict[Hashable, int] = {}
    drawn = [_drawn(curve) for curve in asking]
    hashes = [_hashed(c.place[at], keys.setdefault(c.key, len(keys))) for c, at in zip(asking, drawn, strict=True)]
    if not sum(map(len, hashes)):
        return set()
    query_hash = np.concatenate(hashes)
    query_value = np.concatenate([c.value[at] for c, at in zip(asking, drawn, strict=True)])
    query_curve = np.repeat(np.arange(len(asking)), [len(at) for at in drawn])

    entry_hash, entry_value, entry_curve = _entries(among, query_hash, keys)
    if not len(entry_hash):
        return set()
    allowed = 1.01 * (absolute + relative * np.abs(query_value))
    low, high = _ranges(entry_hash, entry_value, query_hash, query_value - allowed, query_value + allowed)
    order = np.lexsort((entry_value, entry_hash))
    found = _tell_most(query_curve, low, high, len(asking))
    partial = bool(relative or absolute)
    together: set[tuple[int, int]] = set()
    for one, other in _voted(found, entry_curve[order], query_curve, len(among), partial=partial):
        if asking[one].owner != among[other].owner:
            together.add((asking[one].owner, among[other].owner))
    return together


def _drawn(curve: Curve) -> NDArray[np.intp]:
    """The positions of some of its finite points."""
    finite = np.flatnonzero(np.isfinite(curve.value))
    if len(finite) <= DRAWN:
        return finite
    chosen: NDArray[np.intp] = np.unique((len(finite) * (GOLDEN * np.arange(1, DRAWN + 1) % 1)).astype(np.intp))
    return np.asarray(finite[chosen], dtype=np.intp)


def _hashed(place: Floats, key: int) -> NDArray[np.uint64]:
    """A number for each place under a key; -0 and 0 are one place."""
    bits = (place + 0.0).view(np.uint64) ^ np.uint64((key + 1) * 0xD6E8FEB86659FD93 % 2**64)
    mixed = (bits ^ (bits >> np.uint64(32))) * _SPREAD
    return (mixed ^ (mixed >> np.uint64(29))) * _SPREAD


def _entries(
    among: Sequence[Curve], wanted: NDArray[np.uint64], keys: dict[Hashable, int]
) -> tuple[NDArray[np.uint64], Floats, NDArray[np.intp]]:
    """The points of `among` at places that were drawn: hash, value, curve; a few others do no harm."""
    table = np.zeros(1 << _BITS, dtype=bool)
    table[wanted >> np.uint64(64 - _BITS)] = True
    hashes, values, curves = [], [], []
    for place, curve in enumerate(among):
        if curve.key in keys:
            hashed = _hashed(curve.place, keys[curve.key])
            kept = table[hashed >> np.uint64(64 - _BITS)] & np.isfinite(curve.value)
            hashes.append(hashed[kept])
            values.append(curve.value[kept])
            curves.append(np.full(int(kept.sum()), place))
    if not hashes:
        return np.empty(0, np.uint64), np.empty(0), np.empty(0, np.intp)
    return np.concatenate(hashes), np.concatenate(values), np.concatenate(curves)


def _ranges(
    entry_hash: NDArray[np.uint64], entry_value: Floats, query_hash: NDArray[np.uint64], least: Floats, most: Floats
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where, among entries sorted by hash and then by value, each query's begin and end."""
    hashes, values = np.unique(entry_hash), np.unique(entry_value)
    wide = len(values) + 1  # a value's rank is below it: rank of the hash, then of the value, is one number
    ranked = np.sort(np.searchsorted(hashes, entry_hash) * wide + np.searchsorted(values, entry_value))
    own = np.searchsorted(hashes, query_hash)
    known = hashes[np.minimum(own, len(hashes) - 1)] == query_hash
    low = np.searchsorted(ranked, own * wide + np.searchsorted(values, least, "left"), "left")
    high = np.searchsorted(ranked, own * wide + np.searchsorted(values, most, "right"), "left")
    return np.where(known, low, 0), np.where(known, high, 0)


@dataclass(frozen=True, eq=False)
class _Telling:
    """The drawn points that tell most: which, where their entries begin, how many there are."""

    query: NDArray[np.intp]
    low: NDArray[np.intp]
    count: NDArray[np.intp]


def _tell_most(query_curve: NDArray[np.intp], low: NDArray[np.intp], high: NDArray[np.intp], curves: int) -> _Telling:
    """The points that few curves share; of a curve that has none such all points, and of each the first few curves."""
    count = high - low
    rare = count <= COMMON
    has_rare = np.zeros(curves, dtype=bool)
    has_rare[query_curve[rare]] = True
    query = np.flatnonzero(rare | ~has_rare[query_curve])
    return _Telling(query, low[query], np.minimum(count[query], COMMON))


def _voted(
    found: _Telling, entry_curve: NDArray[np.intp], query_curve: NDArray[np.intp], among: int, *, partial: bool
) -> Iterator[tuple[int, int]]:
    """Curves asking with curves found at enough of their points, the closest few of each."""
    within = np.arange(int(found.count.sum())) - np.repeat(np.cumsum(found.count) - found.count, found.count)
    other = entry_curve[np.repeat(found.low, found.count) + within]
    one = query_curve[np.repeat(found.query, found.count)]
    both, votes = np.unique(one.astype(np.int64) * among + other, return_counts=True)
    one, other = both // among, both % among
    asked = np.bincount(query_curve[found.query], minlength=int(one.max(initial=0)) + 1)[one]
    enough = votes >= (np.maximum(1, asked // SHARE) if partial else np.minimum(asked, COMMON))
    one, other, votes = one[enough], other[enough], votes[enough]
    order = np.lexsort((other, -votes, one))
    one, other = one[order], other[order]
    rank = np.arange(len(one)) - np.searchsorted(one, one, "left")
    near = rank <= CLOSEST  # itself is among them where a curve is looked for among its own kind
    yield from zip(one[near].tolist(), other[near].tolist(), strict=True)
