"""What replays of other tasks have shown: where a good LR lies, seen from what short reruns show.

Fitted on 135 sweeps of tasks of `benchmarks/corpus` (1,000 steps, best LR known), none of which `benchmarks/replay`
reports on; `python -m benchmarks.replay_fit` prints these figures beside their spread, and how well they hold for
sweeps that they have not seen.  Each is (mean, spread) over tasks, in decades of LR.
"""

from typing import TypeAlias

from lrdoctor.vocabulary.optimizers import StepKind

Expected: TypeAlias = tuple[float, float]

# How the best LR moves for ten times the steps; (at a constant LR, where the LR decays to nothing).  What averages its
# gradients (momentum, Adam, Lion) drifts most, whatever it scales them by.  Adagrad's own steps fade: it divides by a
# sum that only grows.
DRIFT: dict[StepKind, tuple[Expected, Expected]] = {
    "plain": ((-0.30, 0.15), (-0.15, 0.18)),
    "momentum": ((-0.42, 0.17), (-0.37, 0.30)),
    "averaged": ((-0.47, 0.22), (-0.34, 0.18)),
    "scaled": ((-0.15, 0.17), (-0.04, 0.21)),
    "fading": ((-0.02, 0.15), (0.08, 0.21)),
    "sign": ((-0.58, 0.15), (-0.62, 0.17)),
    "unknown": ((-0.32, 0.30), (-0.25, 0.30)),
}
# Added to the drift for what a round still lacks of the typical gain (shares of the untrained loss): what has come down
# little has its descent before it, and there a high LR pays for longer; standard error 0.07.
EARLY, TYPICAL_GAIN = 0.22, 0.72
# The band's edges drift so much more than the best LR (low, high), and by so many times its spread: a longer run gets
# there with a lower LR, while what is stable hardly changes.
WIDENS: Expected = (-0.12, 0.23)
EDGES_VARY = 1.7
# Decades from the centre of gravity of the good LRs, which a round shows, up to the middle of the band.
CENTRE_TO_MIDDLE = 0.10
# From the LR at which a ramp blows up to the middle of the band; likewise.
BREAK: dict[StepKind, tuple[Expected, Expected]] = {
    "plain": ((-1.0, 0.4), (-0.8, 0.5)),
    "momentum": ((-1.8, 0.6), (-1.3, 0.6)),
    "averaged": ((-1.9, 0.5), (-1.6, 0.4)),
    "scaled": ((-1.4, 0.5), (-1.3, 0.8)),
    "fading": ((-1.1, 0.5), (-0.8, 0.5)),
    "sign": ((-2.0, 0.6), (-1.8, 0.4)),
    "unknown": ((-1.6, 0.7), (-1.4, 0.7)),
}
# From the LR that the curvature after a short rerun allows to the middle of the band; likewise.  What takes the sign
# has no such limit.
LIMIT: dict[StepKind, tuple[Expected, Expected]] = {
    "plain": ((-0.3, 0.5), (-0.2, 0.4)),
    "momentum": ((-1.3, 0.6), (-0.8, 0.45)),
    "averaged": ((-1.6, 0.5), (-1.2, 0.6)),
    "scaled": ((0.0, 0.5), (0.0, 0.5)),
    "fading": ((0.2, 0.6), (0.2, 0.4)),
    "sign": ((-0.8, 0.7), (-0.8, 0.7)),
    "unknown": ((-0.8, 0.7), (-0.8, 0.7)),
}


def drift(kind: StepKind, last_share: float, gain: float = TYPICAL_GAIN) -> Expected:
    """Drift of the best LR for a schedule that ends at `last_share` of its peak, from reruns that gained so much."""
    mean, spread = _between(DRIFT[kind], last_share)
    return mean + EARLY * (TYPICAL_GAIN - gain), spread


def below_the_break(kind: StepKind, last_share: float) -> Expected:
    """The middle of the band, seen from the LR at which a ramp blows up."""
    return _between(BREAK[kind], last_share)


def below_the_limit(kind: StepKind, last_share: float) -> Expected:
    """The middle of the band, seen from the LR that the curvature allows."""
    return _between(LIMIT[kind], last_share)


def _between(ends: tuple[Expected, Expected], last_share: float) -> Expected:
    share = min(max(last_share, 0.0), 1.0)
    (constant, wide), (decayed, narrow) = ends
    return share * constant + (1 - share) * decayed, share * wide + (1 - share) * narrow
