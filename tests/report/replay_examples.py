"""Replays made by hand: nothing here trains or analyses anything."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from lrdoctor.records.diagnosis import Belief, Diagnosis, Verdict
from lrdoctor.records.replay import Arm, Cost, Curvature, Drift, Ramp, RangeTest, Replay, Round
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series, Source
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from tests.report import examples as ex

SLOW, WELL, HIGH = Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.TOO_HIGH
LR = 2e-3


def believed(middle: float, width: float, half: float, prior_middle: float, prior_width: float) -> Belief:
    """Two bells in decades from the recipe's own LR."""
    decades = np.linspace(-5, 5, 201)
    near = (np.abs(decades[:, None] - decades[None, :]) <= half).astype(float)
    mass, prior = (np.exp(-(((decades - m) / w) ** 2) / 2) for m, w in ((middle, width), (prior_middle, prior_width)))
    mass, prior = mass / mass.sum(), prior / prior.sum()
    return Belief(decades, np.asarray(near @ mass), mass, np.asarray(near @ prior))


def ramp(points: int, seed: int, breaks: float | None) -> Ramp:
    """A loss that is flat, falls from 1e-3 on and blows up at `breaks`."""
    lr = np.logspace(-5, 0.7, points)
    gained = 1.45 / (1 + (lr / 0.02) ** -1.1)
    loss = 2.31 - gained + 0.13 * ex.noise(points, seed)
    if breaks is None:
        return Ramp(lr[lr < 0.4], loss[lr < 0.4], seed, None)
    beyond = np.maximum(np.log10(lr / breaks), 0)
    loss = loss + 2.2 * beyond * 4
    end = int(np.searchsorted(lr, breaks * 3)) + 1
    return Ramp(lr[:end], np.append(loss[: end - 1], np.nan if seed == 1 else 9.4), seed, breaks)


def range_test() -> RangeTest:
    """Three ramps: the first ends in NaN, the second above its start, the third was stopped before it broke."""
    ramps = (ramp(100, 1, 0.62), ramp(140, 2, 0.55), ramp(140, 3, None))
    edges = np.linspace(-5, 0.5, 23)
    centres, level, spread = [], [], []
    for low, high in pairwise(edges):
        means = [
            float(np.mean(one.loss[inside]))
            for one in ramps
            for inside in [(np.log10(one.lr) >= low) & (np.log10(one.lr) < high) & np.isfinite(one.loss)]
            if inside.any()
        ]
        if means:
            centres.append((low + high) / 2)
            level.append(float(np.mean(means)))
            spread.append(float(np.std(means, ddof=1)) if len(means) > 1 else np.nan)
    return RangeTest(ramps, np.array(centres), np.array(level), np.array(spread), 2.4e-3, 0.58, (0.011, 0.19))


def curve(lr: float, horizon: int, cost: float) -> Floats:
    """A loss that comes down to `cost` with noise that all arms share."""
    step = np.arange(horizon)
    pace = 12 * (0.02 / lr) ** 0.5
    down = (2.31 - cost + 0.02) * (1 - np.exp(-step / pace)) / (1 - np.exp(-horizon / pace))
    return np.asarray(2.31 - down + 0.06 * (1 - 0.5 * step / horizon) * ex.noise(horizon, 4.0))


def arm(lr: float, horizon: int) -> Arm:
    """One arm: too low it is slow, too high it ends higher, from 1 on it breaks."""
    if lr >= 0.99:
        steps = 6
        return Arm(lr, np.array([2.31, 2.6, 4.1, 19.0, 3e4, np.inf])[:steps], np.inf, broke=True)
    off = np.log10(lr) - (-1.15 - 0.16 * np.log10(horizon / 15))
    floor = 1.62 - 0.5 * np.log10(horizon / 15)
    cost = min(2.33, floor + (0.5 if off < 0 else 1.1) * abs(off) ** 1.6)
    return Arm(lr, curve(lr, horizon, float(cost)), float(cost))


def made_round(horizon: int, lrs: Sequence[float], best: float) -> Round:
    return Round(horizon, tuple(arm(lr, horizon) for lr in lrs), 2.308, best)


def rounds() -> tuple[Round, ...]:
    return (
        made_round(15, (1e-3, 3.2e-3, 0.01, 0.032, 0.1, 0.32, 1.0), 0.069),
        made_round(40, (0.01, 0.018, 0.032, 0.056, 0.1, 0.32), 0.061),
        made_round(120, (0.01, 0.018, 0.032, 0.056, 0.1), 0.051),
    )


def judged(last: Round) -> SweepDiagnosis:
    """The last round's arms as a sweep."""
    runs = [
        Diagnosis(
            Run(f"arm {one.lr:g}", {"loss": Series(np.arange(len(one.loss), dtype=float), one.loss)}, source()),
            Roles(loss="loss"),
            one.lr,
            "the arm's",
            WELL,
            "",
            ex.odds(0.1, 0.8, 0.08, 0.02),
            1.0,
            (-0.3, 0.3),
            ex.belief(0.0, 0.3),
        )
        for one in last.arms
    ]
    chances = ((0.93, 0.07, 0.0), (0.62, 0.38, 0.0), (0.14, 0.85, 0.01), (0.02, 0.9, 0.08), (0.0, 0.48, 0.52))
    placed = tuple(
        SweepMember(i, one.lr, one.cost, *shares)
        for i, (one, shares) in enumerate(zip(last.arms, chances, strict=True))
    )
    return SweepDiagnosis(
        runs,
        0.05,
        0.5,
        (0.027, 0.08),
        ex.belief(-0.3, 0.2),
        placed,
        "validation",
        2.308,
        0.01,
        119.0,
        (0.04, 0.93, 0.03),
    )


def source() -> Source:
    return Source(Path("replay"), (), "replay", "made here", ())


def usual(log: Diagnosis | None = None) -> Replay:
    """Momentum SGD whose recipe is too slow: a range test, three rounds, one broken arm, drift and curvature."""
    found = rounds()
    return Replay(
        name="train.py:recipe",
        lr=LR,
        optimizer="SGD+momentum",
        optimizer_class="SGD",
        steps=7_800,
        device="cuda:0 (NVIDIA H100)",
        mode="one after the other",
        prior="what is customary for SGD+momentum" if log is None else "the log's posterior",
        log=log,
        suggested_lr=0.034,
        reason="",
        interval=(0.019, 0.062),
        band=(0.0125, 0.091),
        verdict=SLOW,
        probabilities={SLOW: 0.962, WELL: 0.037, HIGH: 0.001},
        belief=believed(1.23, 0.2, 0.425, 0.9, 0.75),
        range_test=range_test(),
        rounds=found,
        sweep=judged(found[-1]),
        drift=Drift(-0.1, 0.06, -0.18, -0.14),
        curvature=Curvature(
            41.3, 0.092, preconditioned=False, step=60, residual=0.012, products=22, noise_scale=1430, batch_size=128
        ),
        cost=Cost(1_346, 212, 45, 1_506.7, 38.6, 1_270_000_000),
        remarks=("BatchNorm layers keep their own statistics in every rerun",),
    )


def settled() -> Replay:
    """Adam whose recipe is good: no range test, one round, no curvature, it ended early."""
    return replace(
        usual(),
        name="adam.py:make",
        lr=0.032,
        optimizer="Adam",
        optimizer_class="AdamW",
        device="cpu",
        mode="16 at once",
        prior="the log's posterior",
        suggested_lr=0.032,
        reason="the budget of 300 steps was spent",
        verdict=WELL,
        probabilities={SLOW: 0.1, WELL: 0.84, HIGH: 0.06},
        belief=believed(0.02, 0.25, 0.475, 0.1, 0.5),
        range_test=None,
        rounds=rounds()[1:2],
        sweep=None,
        drift=Drift(-0.05, 0.1, -0.01),
        curvature=None,
        cost=Cost(240, 30, 0, 250.0, 312.0),
        remarks=(),
    )


def no_answer() -> Replay:
    """A loss that no LR moves: every arm broke or stood still; numbers at the edge of sense."""
    flat = RangeTest(
        (Ramp(np.logspace(-6, 0, 30), np.full(30, 2.3), 0, None),),
        np.empty(0), np.empty(0), np.empty(0), None, None, None, "the loss does not move at any LR",
    )  # fmt: skip
    broken = tuple(Arm(lr, np.array([2.3, np.nan]), np.inf, broke=True) for lr in (1e-4, 1e-3, 1e-2))
    odd = (Arm(1e-5, np.full(15, -0.5), -0.5), Arm(1e-4, np.empty(0), np.nan), Arm(1e-3, np.full(15, np.nan), np.inf))
    return replace(
        usual(),
        name="flat.py:recipe",
        suggested_lr=None,
        reason="no LR that was tried trains this model: check the loss and the data",
        interval=None,
        band=None,
        verdict=Verdict.INCONCLUSIVE,
        probabilities={SLOW: 0.4, WELL: 0.2, HIGH: 0.4},
        belief=Belief(np.linspace(-4, 4, 81), *(np.full(81, np.nan) for _ in range(3))),
        range_test=flat,
        rounds=(Round(15, odd, np.nan, None), Round(40, broken, -0.4, None)),
        sweep=None,
        drift=Drift(np.nan, np.inf, np.nan),
        curvature=Curvature(-0.3, None, preconditioned=True, step=1, residual=np.nan, products=4, noise_scale=np.nan),
        cost=Cost(45, 0, 0, 45.0, 0.4, 900),
        remarks=(),
    )


def hostile(log: Diagnosis | None = None) -> Replay:
    """Everything that a recipe can name, named to break out of text, page and terminal."""
    name = f"{ex.HOSTILE}\x1b[31m\u202e$x$\udc80"
    return replace(
        usual(log),
        name=name,
        optimizer=name,
        optimizer_class=name,
        device=name,
        mode=name,
        prior=name,
        remarks=(name, ""),
    )


REPLAYS = {"usual": usual, "settled": settled, "no-answer": no_answer, "hostile": hostile}
