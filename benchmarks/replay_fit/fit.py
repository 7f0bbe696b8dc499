"""How the best LR moves with the horizon, and how far it lies below what a ramp and the curvature show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.replay_fit.collect import HORIZONS, OUT
from benchmarks.replay_fit.tasks import LARGE, Floats, Study
from benchmarks.replay_fit.truth import known, load
from lrdoctor import limits
from lrdoctor.replay.belief.other_tasks import (
    BREAK,
    CENTRE_TO_MIDDLE,
    DRIFT,
    EARLY,
    EDGES_VARY,
    LIMIT,
    TYPICAL_GAIN,
    WIDENS,
)
from lrdoctor.vocabulary.optimizers import StepKind, step_kind

Key: TypeAlias = tuple[StepKind, str]

STEPS = 1000  # of every study
LONG = 3  # horizons from this one on, where replays' longer rounds stand, say what the drift is
MEASURED = 2, 5  # horizons that stand for a replay's own
NAMED = {"SGD-momentum": "SGD+momentum", "SGD-nesterov": "SGD+momentum"}  # as logs name it
WIDEST = 2.5  # decades; where almost every LR is good, nothing can be learned


def regrets(cost: Floats, untrained: float) -> Floats:
    """Cost above the least one over what that gained; 1 where it broke."""
    finite = np.where(np.isfinite(cost), cost, np.inf)
    gained = max(untrained - finite.min(), 1e-12)
    return np.where(np.isfinite(cost), np.clip((finite - finite.min()) / gained, 0, 1), 1.0)


def centre(log_lr: Floats, regret: Floats) -> float:
    """Where the good LRs lie, weighed as replay weighs its arms."""
    fine = np.linspace(log_lr[0], log_lr[-1], 800)
    weight = np.exp(-np.interp(fine, log_lr, regret) / limits.REPLAY_NEAR)
    return float((fine * weight).sum() / weight.sum())


def gain(cost: Floats, untrained: float) -> float:
    """What the best arm came down by, as a share of the untrained loss; negative where none came down."""
    return float((untrained - np.min(cost, where=np.isfinite(cost), initial=np.inf)) / abs(untrained))


def slow(cost: Floats, untrained: float) -> bool:
    """Whether replay would say that arms of this horizon gained too little to be told apart."""
    return not gain(cost, untrained) >= limits.REPLAY_SLOW


def edges(log_lr: Floats, regret: Floats) -> tuple[float, float]:
    """log10 of the lowest and of the highest LR within the tolerance."""
    fine = np.linspace(log_lr[0], log_lr[-1], 800)
    good = fine[np.interp(fine, log_lr, regret) <= limits.BAND_LOSS]
    return float(good[0]), float(good[-1])


def band(study: Study) -> tuple[float, float]:
    """log10 of the band's edges at full length."""
    rates, final, untrained = load(study)
    return edges(np.log10(rates), regrets(final, untrained))


def places(log_lr: Floats, cost: Floats, untrained: float) -> Floats:
    """Centre of the good LRs, low and high edge; NaN where replay would say that too little was gained."""
    if slow(cost, untrained):
        return np.full(3, np.nan)
    regret = regrets(cost, untrained)
    return np.array([centre(log_lr, regret), *edges(log_lr, regret)])


def drifts(log_lr: Floats, found: Mapping[str, Floats], full: Floats) -> Floats:
    """Decades a decade of steps from each horizon to the full length of centre, low and high edge, shape (h, 3)."""
    pairs = zip(found["cost"], found["untrained"], strict=True)
    at = np.array([places(log_lr, cost, float(untrained)) for cost, untrained in pairs])
    return np.asarray((full - at) / np.log10(STEPS / np.array(HORIZONS))[:, None])


def lines() -> Iterator[str]:
    """A paragraph a figure, a line a kind of optimizer and schedule."""
    drift: dict[Key, list[Floats]] = {}
    below: dict[Key, list[float]] = {}
    under: dict[Key, list[float]] = {}
    stretches, above = [], []
    early: list[tuple[str, float, float]] = []
    unseen: list[float] = []
    for study in known():
        rates, final, untrained = load(study)
        full = places(np.log10(rates), final, untrained)
        middle = float(full[1:].mean())
        if full[2] - full[1] > WIDEST:
            continue
        kind = step_kind(NAMED.get(study.optimizer, study.optimizer))
        key: Key = kind, "constant" if study.schedule == "constant" else "decayed"
        usual = DRIFT[kind][key[1] == "decayed"][0]
        new = study.batch == LARGE
        if not new:
            above.append(middle - full[0])
        for seed in (0, 1):
            found = np.load(OUT / f"{study.name}-{seed}.npz", allow_pickle=False)
            moves = drifts(np.log10(found["rates"]), found, full)
            beyond_usual = moves[LONG:, 0] - usual
            if new:
                unseen.append(float(np.nanmean(beyond_usual)))
                continue
            gains = [gain(c, float(u)) for c, u in zip(found["cost"], found["untrained"], strict=True)][LONG:]
            early += [(study.family, g, y) for g, y in zip(gains, beyond_usual, strict=True) if np.isfinite(y)]
            drift.setdefault(key, []).append(moves)
            stretches.append((measured(moves[:, 0]), moves[MEASURED[1], 0]))
            below.setdefault(key, []).extend(middle - np.log10(found["broke"][np.isfinite(found["broke"])]))
            allowed = np.load(OUT / f"{study.name}-{seed}-limits.npy", allow_pickle=False)
            under.setdefault(key, []).extend(middle - np.log10(allowed[np.isfinite(allowed)]))
    yield from how_it_drifts(drift)
    yield (
        f"drift beyond its kind's of {len(unseen)} replays with batches of {LARGE}, which the figures have not seen: "
        f"mean {np.mean(unseen):.2f}, sd {np.std(unseen):.2f}"
    )
    yield from by_gain(early)
    yield (
        f"\nmiddle of the band above the centre of the good LRs: mean {np.mean(above):.2f}, sd {np.std(above):.2f}; "
        f"shipped {CENTRE_TO_MIDDLE}"
    )
    short, beyond = np.array([pair for pair in stretches if np.isfinite(pair).all()]).T
    yield (
        f"drift measured from {HORIZONS[MEASURED[0]]} to {HORIZONS[MEASURED[1]]} steps against that to 1,000: "
        f"correlation {np.corrcoef(short, beyond)[0, 1]:.2f}, root mean square of the difference "
        f"{np.sqrt(np.mean((short - beyond) ** 2)):.2f}; shipped {limits.REPLAY_STRETCH}"
    )
    for what, table, gaps in (("blows a ramp up", BREAK, below), ("the curvature allows", LIMIT, under)):
        yield f"\nmiddle of the band from the LR that {what}, decades"
        for (kind, ends), values in sorted(gaps.items()):
            if values:
                shipped = table[kind][ends == "decayed"]
                yield f"{kind:8s} {ends:8s} median {np.median(values):.2f}, sd {np.std(values):.2f}; shipped {shipped}"


def measured(slopes: Floats) -> float:
    """The drift between two horizons, from the drifts of either to the full length."""
    start, end = MEASURED
    far, near = (np.log10(STEPS / HORIZONS[k]) for k in MEASURED)
    return float((slopes[start] * far - slopes[end] * near) / (far - near))


def how_it_drifts(drift: Mapping[Key, list[Floats]]) -> Iterator[str]:
    """By kind, and of the edges beside the centre."""
    apart, spreads = [], []
    yield f"drift from {', '.join(map(str, HORIZONS[LONG:]))} steps to {STEPS}, decades a decade of steps"
    for (kind, ends), rows in sorted(drift.items()):
        moves = np.array([row[LONG:] for row in rows if np.isfinite(row[LONG:]).any()])  # (replay, horizon, place)
        typical, spread = np.nanmedian(moves, axis=(0, 1)), np.nanstd(np.nanmean(moves, axis=1), axis=0)
        apart.append(typical[1:] - typical[0])
        spreads.append(spread[1:].mean() / spread[0])
        shipped = DRIFT[kind][ends == "decayed"]
        by_horizon = np.nanmedian(moves[:, :, 0], axis=0)
        yield (
            f"{kind:8s} {ends:8s} {len(rows):3d} replays: best LR {typical[0]:.2f} {by_horizon}, sd {spread[0]:.2f}; "
            f"shipped {shipped}; edges {typical[1:]}, sd {spread[1:]}"
        )
    yield (
        f"edges beyond the best LR, over the kinds: {np.mean(apart, axis=0)}, sd {np.mean(spreads):.1f} times its; "
        f"shipped {WIDENS}, {EDGES_VARY}"
    )


def by_gain(points: Sequence[tuple[str, float, float]], draws: int = 300) -> Iterator[str]:
    """What is left of the drift against the gain: a line through it, families counting alike, errors over families."""
    family, gained, rest = (np.array(column) for column in zip(*points, strict=True))
    names, at = np.unique(family, return_inverse=True)
    root = 1 / np.sqrt(np.bincount(at)[at])

    def line(index: NDArray[np.intp]) -> Floats:
        sides = np.c_[np.ones(len(index)), gained[index]] * root[index, None]
        return np.asarray(np.linalg.lstsq(sides, rest[index] * root[index], rcond=None)[0])

    rng = np.random.default_rng(0)
    drawn = [
        line(np.concatenate([np.flatnonzero(at == k) for k in rng.integers(len(names), size=len(names))]))
        for _ in range(draws)
    ]
    start, slope = line(np.arange(len(rest)))
    yield (
        f"drift beyond its kind's by gain: {start:.2f} at 0, {slope:+.2f} for all of the loss, standard errors "
        f"{np.std(drawn, axis=0)}; shipped {EARLY * TYPICAL_GAIN:.2f}, {-EARLY:+.2f}"
    )
