"""What a user would do without lrdoctor: the customary LR, ten times more or less, a forest on the same signs."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.metrics import WORDS, Answer, Prescribe
from benchmarks.rows import VIEWS, Row, logged, unseen
from lrdoctor.records.run import Floats
from lrdoctor.vocabulary.optimizers import CUSTOMARY

SIGNUM = 1e-4  # until the vocabulary knows it


def blew_up(loss: Floats) -> bool:
    """The rule every baseline is given: the end is not finite, or above 1.05 times the start."""
    tail = loss[-max(5, len(loss) // 50) :]
    return not bool(np.isfinite(tail).all()) or float(tail.mean()) > 1.05 * float(loss[0])


def seen_loss(row: Row, variant: str) -> Floats:
    """The losses that the variant's log shows."""
    first, last = logged(row, VIEWS[variant])
    return row.loss[(row.step >= first) & (row.step <= last)]


def usual_lr(row: Row) -> float:
    """What is customary for the row's optimizer."""
    return customary_lr(row.optimizer)


def customary_lr(optimizer: str) -> float:
    """What is customary for an optimizer by its name in the sweeps, such as `SGD-momentum` or `AdamW(clip=1)`."""
    name = optimizer.split("(")[0].split("-")[0]
    heavy = "momentum" in optimizer.lower() or "nesterov" in optimizer.lower()
    return SIGNUM if name == "Signum" else CUSTOMARY["SGD+momentum" if name == "SGD" and heavy else name]


def _sure(verdict: str, factor: float) -> Answer:
    return Answer(verdict, {verdict: 1.0}, factor, None)


def customary(rows: Sequence[Row], variant: str) -> list[Answer]:
    """Use the optimizer's usual LR, whatever the curve says."""
    return _towards([usual_lr(row) for row in rows], rows, variant)


def informed(rows: Sequence[Row], variant: str, customary_of: Callable[[Row], float | None]) -> list[Answer]:
    """Use what is customary for this kind of training, whatever the curve says.

    Args:
        rows: labelled runs.
        variant: what their logs lack.
        customary_of: that LR; the optimizer's usual one is taken where it is None.
    """
    return _towards([customary_of(row) or usual_lr(row) for row in rows], rows, variant)


def _towards(lrs: Sequence[float], rows: Sequence[Row], variant: str) -> list[Answer]:
    """Prescribe these LRs, and judge runs by how far they stand from them."""
    found = []
    for lr, row in zip(lrs, rows, strict=True):
        gap = math.log10(lr / row.lr)
        verdict = "too-slow" if gap > 0.7 else "too-high" if gap < -0.7 else "well-tuned"
        found.append(_sure("divergent" if blew_up(seen_loss(row, variant)) else verdict, 10**gap))
    return found


def times_ten(rows: Sequence[Row], variant: str) -> list[Answer]:
    """Ten times less if it diverged, ten times more if it is still falling."""
    found = []
    for row in rows:
        loss = seen_loss(row, variant)
        k = max(2, len(loss) // 5)
        with np.errstate(invalid="ignore", over="ignore"):
            fell = float(np.mean(loss[-2 * k : -k]) - np.mean(loss[-k:]))
            share = fell / max(1e-9, float(np.mean(loss[:5]) - np.mean(loss[-k:])))
        found.append(
            _sure("divergent", 0.1)
            if blew_up(loss)
            else _sure("too-slow", 10.0)
            if share > 0.02
            else _sure("well-tuned", 1.0)
        )
    return found


def forest(rows: Sequence[Row], signs: Mapping[str, Floats]) -> list[Answer]:
    """A random forest on the same signs, fitted on other families; prescribes by each verdict's median distance."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    x = np.nan_to_num(np.column_stack([signs[name] for name in sorted(signs)]), nan=-9.0)
    truth = np.array([row.verdict for row in rows])
    middle = np.array([0.5 * (row.low + row.high) for row in rows])
    of = np.array([row.family for row in rows])
    found: list[Answer | None] = [None] * len(rows)
    for group in unseen(rows):
        left_out = np.isin(of, sorted(group))
        train, test = ~left_out, np.flatnonzero(left_out)
        judge = RandomForestClassifier(300, min_samples_leaf=3, random_state=0, n_jobs=2).fit(x[train], truth[train])
        ruler = RandomForestRegressor(200, min_samples_leaf=3, max_features=0.3, random_state=0, n_jobs=2).fit(
            x[train], middle[train]
        )
        chances = judge.predict_proba(x[test])
        trees = np.stack([tree.predict(x[test]) for tree in ruler.estimators_])
        for k, i in enumerate(test):
            p = dict(zip(judge.classes_, map(float, chances[k]), strict=True))
            verdict = max(p, key=lambda word: p[word])
            low, high = np.quantile(trees[:, k], [0.1, 0.9])
            factor = 1.0 if verdict == "well-tuned" else float(10 ** np.median(trees[:, k]))
            found[i] = Answer(verdict, {w: p.get(w, 0.0) for w in WORDS}, factor, (float(low), float(high)))
    return [answer for answer in found if answer is not None]


def one_by_one(rows: Sequence[Row], said: Sequence[Answer]) -> Prescribe:
    """The prescription of a tool that judges each run alone."""
    return lambda made: float(np.log10(rows[made[-1]].lr * (said[made[-1]].factor or 1.0)))


def perfect_verdicts(rows: Sequence[Row]) -> tuple[list[Answer], Prescribe]:
    """A yardstick that is told every verdict and searches with the other families' bands as its prior."""
    bands = {
        row.sweep: (math.log10(row.band_low), math.log10(row.band_high), row.family) for row in rows if not row.edge
    }
    shifts = np.arange(-2, 2.01, 0.2)
    cache: dict[str, tuple[Floats, Floats, Floats]] = {}

    def prior(family: str) -> tuple[Floats, Floats, Floats]:
        if family not in cache:
            other = np.array([b[:2] for b in bands.values() if b[2] != family])
            low = np.concatenate([other[:, 0] + s for s in shifts])
            high = np.concatenate([other[:, 1] + s for s in shifts])
            cache[family] = low, high, np.concatenate([np.full(len(other), math.exp(-abs(s))) for s in shifts])
        return cache[family]

    grids: dict[str, list[float]] = {}
    for row in rows:
        grids.setdefault(row.sweep, []).append(math.log10(row.lr))

    def prescribe(made: Sequence[int]) -> float:
        last = rows[made[-1]]
        if last.verdict == "well-tuned":
            return math.log10(last.lr)
        low, high, weight = prior(last.family)
        for i in made:
            at = math.log10(rows[i].lr)
            weight = weight * ((low > at + 0.01) if rows[i].verdict == "too-slow" else (high < at - 0.01))
        gain = [(weight * ((low <= g + 0.01) & (high >= g - 0.01))).sum() for g in grids[last.sweep]]
        return grids[last.sweep][int(np.argmax(gain))]

    return [_sure(row.verdict, 1.0) for row in rows], prescribe
