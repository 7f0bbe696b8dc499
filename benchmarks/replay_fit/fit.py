"""How the best LR moves with the horizon, and how far it lies below what a ramp and the curvature show."""

from collections.abc import Iterator

import numpy as np

from benchmarks.replay_fit.collect import HORIZONS, OUT
from benchmarks.replay_fit.tasks import Floats, Study
from benchmarks.replay_fit.truth import load, made
from lrdoctor import limits
from lrdoctor.replay.learned import BREAK, DRIFT, LIMIT, Kind, kind_of

LONG = 3  # horizons from this one on say how much the drift differs between tasks
MEASURED = 2, 5  # horizons that stand for a replay's own
WIDEST = 2.5  # decades; where almost every LR is good, nothing can be learned


def regrets(cost: Floats, untrained: float) -> Floats:
    """Cost above the least one over what that gained; 1 where it broke."""
    finite = np.where(np.isfinite(cost), cost, np.inf)
    gained = max(untrained - finite.min(), 1e-12)
    return np.where(np.isfinite(cost), np.clip((finite - finite.min()) / gained, 0, 1), 1.0)


def centre(log_lr: Floats, regret: Floats) -> float:
    """Where the good LRs lie, weighed as replay weighs its arms."""
    fine = np.linspace(log_lr[0], log_lr[-1], 800)
    weight = np.exp(-np.interp(fine, log_lr, regret) / limits.REPLAY_NEAR.value)
    return float((fine * weight).sum() / weight.sum())


def slope(at: list[float], start: int, end: int) -> float:
    """Decades of LR that the best one moves a decade of steps, from one horizon to another."""
    return (at[end] - at[start]) / float(np.log10(HORIZONS[end] / HORIZONS[start]))


def band(study: Study) -> tuple[float, float]:
    """log10 of the band's edges at full length."""
    rates, final, untrained = load(study)
    x = np.log10(rates)
    fine = np.linspace(x[0], x[-1], 800)
    good = fine[np.interp(fine, x, regrets(final, untrained)) <= limits.BAND_LOSS.value]
    return float(good[0]), float(good[-1])


def lines() -> Iterator[str]:
    """One paragraph a kind of optimizer and schedule."""
    drift: dict[tuple[Kind, str], list[Floats]] = {}
    below: dict[tuple[Kind, str], list[float]] = {}
    under: dict[tuple[Kind, str], list[float]] = {}
    stretches: list[tuple[float, float]] = []
    for study in made():
        low, high = band(study)
        if high - low > WIDEST:
            continue
        middle = 0.5 * (low + high)
        kind = kind_of(
            {"SGD-momentum": "SGD+momentum", "SGD-nesterov": "SGD+momentum"}.get(study.optimizer, study.optimizer)
        )
        key = kind, "constant" if study.schedule == "constant" else "decayed"
        for seed in (0, 1):
            found = np.load(OUT / f"{study.name}-{seed}.npz", allow_pickle=False)
            x = np.log10(found["rates"])
            at = [centre(x, regrets(c, u)) for c, u in zip(found["cost"], found["untrained"], strict=True)]
            drift.setdefault(key, []).append(np.array(at) - middle)
            stretches.append(
                (slope(at, *MEASURED), (middle - at[MEASURED[1]]) / np.log10(1000 / HORIZONS[MEASURED[1]]))
            )
            below.setdefault(key, []).extend(middle - np.log10(found["broke"][np.isfinite(found["broke"])]))
            allowed = np.load(OUT / f"{study.name}-{seed}-limits.npy", allow_pickle=False)
            under.setdefault(key, []).extend(middle - np.log10(allowed[np.isfinite(allowed)]))
    yield f"best LR of short reruns over that of 1,000 steps, decades, at horizons {', '.join(map(str, HORIZONS))}"
    for (kind, ends), rows in sorted(drift.items()):
        moved = np.array(rows)
        slopes = -moved / np.log10(1000 / np.array(HORIZONS))
        own = slopes[:, LONG:].mean(axis=1).std()
        shipped = DRIFT[kind][ends == "decayed"]
        yield f"{kind:7s} {ends:8s} {len(rows):3d} replays: {np.median(moved, axis=0)}, sd {moved.std(axis=0)}"
        yield f"{'':16s} drift {np.median(slopes):.2f} a decade of steps, sd {own:.2f}; shipped {shipped}"
    measured, beyond = np.array(stretches).T
    yield (
        f"\ndrift measured from {HORIZONS[MEASURED[0]]} to {HORIZONS[MEASURED[1]]} steps against that to 1,000: "
        f"correlation {np.corrcoef(measured, beyond)[0, 1]:.2f}, root mean square of the difference "
        f"{np.sqrt(np.mean((measured - beyond) ** 2)):.2f}; shipped {limits.REPLAY_STRETCH.value}"
    )
    for what, table, gaps in (("blows a ramp up", BREAK, below), ("the curvature allows", LIMIT, under)):
        yield f"\nmiddle of the band from the LR that {what}, decades"
        for (kind, ends), values in sorted(gaps.items()):
            if values:
                shipped = table[kind][ends == "decayed"]
                yield f"{kind:7s} {ends:8s} median {np.median(values):.2f}, sd {np.std(values):.2f}; shipped {shipped}"
