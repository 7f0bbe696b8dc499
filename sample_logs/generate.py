"""Remake the sample logs: `python sample_logs/generate.py [NAME ...]`.

Each sample is a real training whose learning rate was placed by a real sweep of that very recipe (see
`generation/sweeps.py`): in the band's middle, at least 0.7 decades below its lower edge, or at least 0.5 above its
upper edge.  So what a diagnosis must say is known before any analysis reads the log; it is written to
`expected.json` and to the table in `README.md`.  Everything is seeded; sweeps are kept under `.sweeps`.

Needs torch, lightning, wandb, tensorboard and scikit-learn (the dependency group `samples`, and `bench`).
"""

import json
import math
import os
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from generation import imitations, lightning_runs, readme, tasks, writers
from generation.sweeps import Sweep, blew_up, judged, sweep
from generation.training import Point, Recipe

HERE = Path(__file__).resolve().parent
SEED = 2  # neither of the sweep's: the sample is a run the sweep has not seen
LARGEST = 200_000  # bytes a sample may have

Write = Callable[[Path, Recipe, float, int], list[Point]]

MLP = Recipe(tasks.digits_mlp, "SGD, momentum 0.9", 64, 30, lowest=-4, highest=0.6)
KERAS_MLP = Recipe(tasks.digits_mlp, "SGD", 32, 40, lowest=-3.4, highest=1)
CNN = Recipe(tasks.digits_cnn, "SGD, momentum 0.9", 32, 24, "steps", weight_decay=5e-4, lowest=-4, highest=0.4)
CNN_NORM = Recipe(
    tasks.digits_cnn_norm, "AdamW", 32, 20, "cosine", warmup=80, weight_decay=0.05, lowest=-5, highest=0.2
)
WIDE = Recipe(tasks.digits_wide, "SGD", 64, 24, "cosine", lowest=-3.6, highest=0.4)
AUTOENCODER = Recipe(tasks.autoencoder, "Adam", 64, 40, lowest=-4, highest=0)
SPIRALS = Recipe(tasks.spirals, "Adam", 50, 50, "cosine", lowest=-5, highest=0)
REGRESSION_SGD = Recipe(tasks.friedman, "SGD", 32, 12, warmup=150, lowest=-3, highest=1)
REGRESSION_ADAM = Recipe(tasks.friedman, "Adam", 48, 16, lowest=-4, highest=1.0)
REGRESSION_GAPS = Recipe(tasks.friedman_with_gaps, "Adam", 48, 16, quarantine=True, lowest=-4, highest=0)
CHARACTERS = Recipe(tasks.char_mlp, "Adam", 64, 4, lowest=-4.4, highest=0.4)
TRANSFORMER = Recipe(
    tasks.char_transformer, "AdamW", 16, 4, "linear", warmup=60, clip=1.0, weight_decay=0.01, lowest=-4, highest=0.2
)


@dataclass(frozen=True)
class Sample:
    """One sample log: which run it holds, who writes it, and what a diagnosis must give.

    Args:
        allowed: verdicts, the first the true one; more only where the log cannot tell them apart.
        findings: names that must be among the findings.
        note: what the table says beside the recipe.
    """

    recipe: Recipe
    lr: float
    allowed: tuple[str, ...]
    write: Write
    writer: str
    findings: tuple[str, ...] = ()
    note: str = ""


def _sweep_run(lr: float, verdict: str) -> Sample:
    return Sample(
        AUTOENCODER, lr, (verdict,), lightning_runs.lightning_csv, "Lightning CSVLogger", note="seed and all else alike"
    )


WELL, SLOW, HIGH, GONE = "well-tuned", "too-slow", "too-high", "divergent"
CSV, TENSORBOARD, HF = "Lightning CSVLogger", "torch SummaryWriter", "Hugging Face Trainer's TensorBoard layout"
SAMPLES = {
    "too-slow": Sample(
        MLP, 0.0015, (SLOW,), partial(writers.summary_writer, hparams=True), f"{TENSORBOARD} with add_hparams"
    ),
    "well-tuned": Sample(
        SPIRALS, 0.03, (WELL,), partial(lightning_runs.lightning_tensorboard, every=10), "Lightning TensorBoardLogger"
    ),
    "too-high": Sample(
        REGRESSION_ADAM, 0.2, (HIGH,), lightning_runs.lightning_csv, CSV, note="stalls on a noise floor"
    ),
    "diverged-to-nan": Sample(
        REGRESSION_SGD, 2.5, (GONE,), writers.add_scalars, f"{TENSORBOARD}, add_scalars", ("diverged-non-finite",)
    ),
    "diverged-rising": Sample(
        CHARACTERS,
        1.0,
        (GONE,),
        partial(writers.wandb_offline, name="diverged-rising", every=3),
        "W&B offline",
        ("diverged-rising",),
        "finite throughout",
    ),
    "early-blow-up-then-recovery": Sample(
        WIDE, 0.04, (WELL,), writers.summary_writer, TENSORBOARD, ("early-blow-up",), "a catapult in the first steps"
    ),
    "transient-non-finite": Sample(
        REGRESSION_GAPS,
        0.01,
        (WELL,),
        partial(writers.summary_writer, new_style=True, every=1),
        f"{TENSORBOARD}, new_style tensors",
        ("transient-non-finite",),
    ),
    "lr-decayed": Sample(
        CNN,
        0.02,
        (WELL,),
        partial(lightning_runs.lightning_csv, every=3),
        CSV,
        ("flat-after-decay",),
        "flat once the LR fell",
    ),
    "restart-with-overlapping-steps": Sample(
        MLP,
        0.05,
        (WELL,),
        partial(writers.restarted, saved=294, killed=400),
        f"{TENSORBOARD}, two event files",
        ("restart-overlap",),
        "killed at step 400, resumed from the checkpoint of step 294",
    ),
    "torn-file": Sample(
        CNN_NORM,
        5e-5,
        (SLOW,),
        partial(writers.torn, share=0.85),
        f"{TENSORBOARD}, cut mid-record",
        ("torn-tail",),
        "the last 15 % of the file are gone",
    ),
    "three-points-only": Sample(
        MLP,
        0.05,
        ("inconclusive",),
        partial(lightning_runs.lightning_csv, every=210, val_every=10, monitor=False),
        CSV,
        ("too-few-points",),
        "logged every 210 steps",
    ),
    "no-lr-in-the-log": Sample(
        KERAS_MLP, 0.15, (WELL,), imitations.keras_csv, "Keras CSVLogger's shape", ("no-learning-rate",)
    ),
    "well-tuned-wandb": Sample(
        CNN_NORM, 0.01, (WELL,), partial(writers.wandb_offline, name="well-tuned-wandb", every=4), "W&B offline"
    ),
    "too-slow-keras-tensorboard": Sample(
        SPIRALS, 7e-4, (SLOW,), imitations.keras_tensorboard, "Keras TensorBoard callback's shape"
    ),
    "too-high-hf-trainer": Sample(TRANSFORMER, 0.2, (HIGH,), partial(imitations.hf_trainer, every=3), f"{HF}, shape"),
    "nan-filtered-hf-trainer": Sample(
        REGRESSION_SGD,
        2.5,
        (GONE, "inconclusive"),
        partial(imitations.hf_trainer, every=4),
        f"{HF}, shape",
        ("non-finite-filtered",),
        "went to NaN; `logging_nan_inf_filter` logs 0.0 instead, only eval/loss says nan",
    ),
    "sweep/lr_0.0003": _sweep_run(3e-4, SLOW),
    "sweep/lr_0.0007": _sweep_run(7e-4, SLOW),
    "sweep/lr_0.0015": _sweep_run(1.5e-3, SLOW),
    "sweep/lr_0.02": _sweep_run(2e-2, WELL),
    "sweep/lr_0.13": _sweep_run(0.13, HIGH),
    "sweep/lr_0.5": _sweep_run(0.5, HIGH),
}


class MisplacedError(Exception):
    """A sample's learning rate does not give the verdict it was made for."""


def check_place(sample: Sample, found: Sweep, points: Sequence[Point]) -> None:
    """Hold the learning rate, and the run it gave, against the sweep's labels."""
    low, high = (math.log10(sample.lr / edge) for edge in found.band)
    regret, gone = found.regret(judged(points)), blew_up([p.loss for p in points])
    truth = WELL if sample.allowed[0] == "inconclusive" else sample.allowed[0]
    right = {
        SLOW: low <= -0.7 and regret > found.limit,
        WELL: low >= 0.2 and high <= -0.2 and regret <= found.limit and not gone,
        HIGH: high >= 0.5 and regret > found.limit and not gone,
        GONE: high >= 0.5 and gone,
    }[truth]
    if found.edge or not right:
        raise MisplacedError(
            f"not {truth}: LR {sample.lr:g}, band {found.band[0]:g} to {found.band[1]:g}"
            f"{' (touches the grid end)' if found.edge else ''}, regret {regret:.3f}, blew up: {gone}"
        )


def make(name: str) -> dict[str, Any]:
    """Write one sample, check it, and give its line of `expected.json`."""
    sample, folder = SAMPLES[name], HERE / name
    found = sweep(sample.recipe)
    shutil.rmtree(folder, ignore_errors=True)
    points = sample.write(folder, sample.recipe, sample.lr, SEED)
    check_place(sample, found, points)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > LARGEST:
        raise MisplacedError(f"{size} bytes are more than {LARGEST}")
    regret = found.regret_at(sample.lr)
    print(f"{name}: {sample.allowed[0]}, band {found.band}, regret {regret:.3f}, {size / 1000:.0f} kB", flush=True)
    made = sample.recipe.described() + (f"; {sample.note}" if sample.note else "")
    return {
        "verdict": list(sample.allowed),
        "findings": list(sample.findings),
        "band": list(found.band),
        "lr": sample.lr,
        "best": found.best,
        "regret": round(regret, 3) if regret < 9 else None,
        "regret_of_this_run": round(own, 3) if (own := found.regret(judged(points))) < 9 else None,
        "writer": sample.writer,
        "made": made,
    }


def main(names: Sequence[str]) -> None:
    """Make the named samples, or all, and bring `expected.json` and the README's table up to date."""
    os.nice(19)
    torch.set_num_threads(1)
    socket.gethostname = lambda: "localhost"  # event files are named after the machine
    listing = HERE / "expected.json"
    expected = json.loads(listing.read_text()) if listing.exists() else {}
    for name in names or SAMPLES:
        expected[name] = make(name)
        ordered = {name: expected[name] for name in SAMPLES if name in expected}
        listing.write_text(json.dumps(ordered, indent=1) + "\n")
        readme.update(HERE / "README.md", ordered)


if __name__ == "__main__":
    main(sys.argv[1:])
