"""What replays of other tasks have shown: where a good LR lies, seen from what short reruns show.

Fitted on sweeps of tasks of `benchmarks/corpus` (1,000 steps, best LR known), none of which `benchmarks/replay`
reports on; `python -m benchmarks.replay_fit` prints these figures beside their spread.  Each is (mean, spread) over
tasks, in decades of LR.
"""

from typing import Literal, TypeAlias

from lrdoctor.signs.setting import PLAIN

Kind: TypeAlias = Literal["plain", "scaled", "fading", "sign", "unknown"]
Expected: TypeAlias = tuple[float, float]

SIGNS = frozenset({"Lion"})
SCALED = frozenset({"Adam", "AdamW", "RMSprop", "Adafactor"})
FADING = frozenset({"Adagrad"})

# How the best LR moves for ten times the steps; (at a constant LR, where the LR decays to nothing).  The spread of
# "scaled" at a constant LR is half of the printed one, of which most is an offset that does not grow with the length;
# "sign, decayed" rests on one task, and is drawn towards the others.  An optimizer whose own steps fade (Adagrad
# divides by a sum that only grows) wants a higher LR the longer it runs; what was swept of it decays too, and stands
# for both.
DRIFT: dict[Kind, tuple[Expected, Expected]] = {
    "plain": ((-0.42, 0.15), (-0.11, 0.20)),
    "scaled": ((-0.06, 0.20), (-0.20, 0.20)),
    "fading": ((0.16, 0.30), (0.16, 0.30)),
    "sign": ((-0.45, 0.20), (-0.35, 0.30)),
    "unknown": ((-0.25, 0.30), (-0.10, 0.25)),
}
# From the LR at which a ramp blows up to the middle of the band; likewise.
BREAK: dict[Kind, tuple[Expected, Expected]] = {
    "plain": ((-1.9, 0.4), (-1.0, 0.5)),
    "scaled": ((-1.4, 0.6), (-1.5, 0.4)),
    "fading": ((-0.7, 0.5), (-0.7, 0.5)),
    "sign": ((-1.7, 0.6), (-1.9, 0.6)),
    "unknown": ((-1.6, 0.7), (-1.2, 0.7)),
}
# From the LR that the curvature after a short rerun allows to the middle of the band; likewise.
LIMIT: dict[Kind, tuple[Expected, Expected]] = {
    "plain": ((-1.5, 0.35), (-0.4, 0.45)),
    "scaled": ((-0.6, 0.8), (-1.2, 0.5)),
    "fading": ((0.1, 0.4), (0.1, 0.4)),
    "sign": ((-0.8, 0.7), (-0.8, 0.7)),
    "unknown": ((-0.8, 0.7), (-0.8, 0.7)),
}


def kind_of(optimizer: str | None) -> Kind:
    """What the optimizer does to a gradient: takes it, scales it by its size, takes its sign."""
    if optimizer in PLAIN:
        return "plain"
    families: tuple[tuple[Kind, frozenset[str]], ...] = (("scaled", SCALED), ("fading", FADING), ("sign", SIGNS))
    return next((kind for kind, members in families if optimizer in members), "unknown")


def drift(kind: Kind, last_share: float) -> Expected:
    """Drift of the best LR for a schedule that ends at `last_share` of its peak."""
    return _between(DRIFT[kind], last_share)


def below_the_break(kind: Kind, last_share: float) -> Expected:
    """The middle of the band, seen from the LR at which a ramp blows up."""
    return _between(BREAK[kind], last_share)


def below_the_limit(kind: Kind, last_share: float) -> Expected:
    """The middle of the band, seen from the LR that the curvature allows."""
    return _between(LIMIT[kind], last_share)


def _between(ends: tuple[Expected, Expected], last_share: float) -> Expected:
    share = min(max(last_share, 0.0), 1.0)
    (constant, wide), (decayed, narrow) = ends
    return share * constant + (1 - share) * decayed, share * wide + (1 - share) * narrow
