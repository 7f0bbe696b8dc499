"""Short reruns of every study over a grid of LRs and horizons, and its ramps: what the fit learns from."""

import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.replay_fit.tasks import Study, lrs, recipe
from benchmarks.replay_fit.truth import known
from lrdoctor.replay.belief.blow_up import blown_up
from lrdoctor.replay.probes.curvature_probe import curvature
from lrdoctor.replay.probes.range_test import ramp, run_ramp
from lrdoctor.replay.recipe.schedule import schedule_of
from lrdoctor.replay.reruns.batches import Batches
from lrdoctor.replay.reruns.training import train
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.budget import Budget

OUT = Path("build/replay_fit")
HORIZONS = (10, 16, 25, 40, 64, 100, 160)
HELD_OUT = 6
CURVED = (10, 40)  # horizons after which the curvature is measured
ENOUGH = 60.0  # training steps that measuring it may take


def shop_of(study: Study, seed: int) -> Workshop:
    given = recipe(study, seed)
    cpu = torch.device("cpu")
    return Workshop(given, schedule_of(given), cpu, Batches(given, cpu, 1 << 28), Budget(10**9), lambda *_: None)


def collect(study: Study, seed: int) -> None:
    shop = shop_of(study, seed)
    rates = lrs(study)[::2]  # three a decade... of the truth's six
    cost = np.full((len(HORIZONS), len(rates)), np.nan)
    tail = np.full((len(HORIZONS), len(rates)), np.nan)
    untrained = np.full(len(HORIZONS), np.nan)
    for i, h in enumerate(HORIZONS):
        for j, lr in enumerate(rates):
            done = train(
                shop,
                lr * shop.schedule.compressed(h),
                seed,
                held_out=HELD_OUT,
                broken=lambda x: blown_up(x) is not None,
            )
            cost[i, j] = done.end
            tail[i, j] = np.inf if done.broke else done.loss[-max(3, h // 6) :].mean()
            if j == 0:
                untrained[i] = done.loss[:3].mean()
    ramps = [run_ramp(shop, ramp(1e-10, 10, 23), seed)]
    low, high = max(rates[0], 1e-6), min(rates[-1] * 3, 10)
    ramps += [run_ramp(shop, ramp(low, high, n), seed + 1 + k) for k, n in enumerate((20, 20, 30, 60))]
    found = {"rates": rates, "cost": cost, "tail": tail, "untrained": untrained}
    found["broke"] = np.array([np.nan if r.broke is None else r.broke for r in ramps])
    np.savez(OUT / f"{study.name}-{seed}.npz", allow_pickle=False, **found)


def collect_limits(study: Study, seed: int) -> None:
    """The LR that the curvature allows at the weights of the best short rerun, NaN where none could be told."""
    shop, found = shop_of(study, seed), np.load(OUT / f"{study.name}-{seed}.npz", allow_pickle=False)
    allowed = []
    for h in CURVED:
        cost = found["cost"][HORIZONS.index(h)]
        lr = float(found["rates"][int(np.nanargmin(cost))])
        done = train(shop, lr * shop.schedule.compressed(h), seed, held_out=HELD_OUT)
        measured, _ = curvature(shop, done, ENOUGH, seed)
        allowed.append(np.nan if measured is None or measured.limit is None else measured.limit)
    np.save(OUT / f"{study.name}-{seed}-limits.npy", np.array(allowed))


def make() -> None:
    """Collect what is missing."""
    OUT.mkdir(parents=True, exist_ok=True)
    for study in known():
        for seed in (0, 1):
            if not (OUT / f"{study.name}-{seed}.npz").exists():
                collect(study, seed)
                print("collected", study.name, seed, file=sys.stderr, flush=True)
            if not (OUT / f"{study.name}-{seed}-limits.npy").exists():
                collect_limits(study, seed)
